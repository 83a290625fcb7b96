"""The people of the demonstration: accounts in the two pools, signed in as browsers sign in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud import LocalCloud
from local.sign_in import Client, access_token

# Known to everybody on purpose: these accounts exist on a developer's machine only.
PASSWORD = "Local-demo-2026!"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """Somebody with an account; customers belong to no group."""

    name: str
    pool: str
    groups: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """Also the name to sign in with."""
        return f"{self.name}@example.com"


# What describes a client and cannot be sent back.
_SET_BY_THE_POOL = {"ClientSecret", "LastModifiedDate", "CreationDate"}

CUSTOMERS = (Person("anna", "Customers"), Person("boris", "Customers"))
SELLER = Person("vera", "Staff", ("sellers",))
OPERATORS = (Person("gleb", "Staff", ("operators",)), Person("dina", "Staff", ("operators",)))
FOREMAN = Person("egor", "Staff", ("operators", "foremen"))
EVERYBODY = (*CUSTOMERS, SELLER, *OPERATORS, FOREMAN)


def ensure(cloud: LocalCloud, outputs: Mapping[str, str], persons: Iterable[Person] = EVERYBODY) -> None:
    """Give each of them an account and their groups; who has one keeps it."""
    pools = cloud.client("cognito-idp")
    for person in persons:
        _ensure_one(pools, outputs[f"{person.pool}PoolId"], person)


def _ensure_one(pools: Any, pool: str, person: Person) -> None:
    try:
        pools.admin_create_user(
            UserPoolId=pool,
            Username=person.email,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": person.email},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
    except pools.exceptions.UsernameExistsException:
        return
    pools.admin_set_user_password(UserPoolId=pool, Username=person.email, Password=PASSWORD, Permanent=True)
    for group in person.groups:
        pools.admin_add_user_to_group(UserPoolId=pool, Username=person.email, GroupName=group)


def let_browsers_return(cloud: LocalCloud, outputs: Mapping[str, str]) -> None:
    """Let the staff's sign-in page send browsers back to this cloud's origin, whatever port it has.

    The template knows the address that is usual on a developer's machine.
    """
    pools = cloud.client("cognito-idp")
    pool, client_id = outputs["StaffPoolId"], outputs["StaffClientId"]
    client = pools.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"]
    origin = f"{cloud.base_url}/"
    if origin in client["CallbackURLs"]:
        return
    kept = {name: value for name, value in client.items() if name not in _SET_BY_THE_POOL and value != ""}
    kept["CallbackURLs"] = [*client["CallbackURLs"], origin]
    kept["LogoutURLs"] = [*client["LogoutURLs"], origin]
    pools.update_user_pool_client(**kept)


def token_of(cloud: LocalCloud, outputs: Mapping[str, str], person: Person) -> str:
    """A fresh access token of this person, good for an hour, with every scope the pool's browser client may ask for."""
    pool, client_id = outputs[f"{person.pool}PoolId"], outputs[f"{person.pool}ClientId"]
    described = cloud.client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=client_id)
    settings = described["UserPoolClient"]
    client = Client(client_id, settings["CallbackURLs"][-1], settings["AllowedOAuthScopes"])
    return access_token(cloud.endpoint, client, person.email, PASSWORD)


def tokens(cloud: LocalCloud, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Fresh access tokens by role."""
    return {
        "customers": [token_of(cloud, outputs, person) for person in CUSTOMERS],
        "seller": token_of(cloud, outputs, SELLER),
        "operators": [token_of(cloud, outputs, person) for person in OPERATORS],
        "foreman": token_of(cloud, outputs, FOREMAN),
    }
