"""Names, addresses and telephones: kept apart from orders, which carry only an id, and erasable.

The law on personal data may want this store in another place than the orders, hence the port.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from alexandrite.domain.errors import KeyReused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Address(BaseModel):
    """Where a parcel goes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")] = "RU"
    postal_code: Annotated[str, Field(min_length=1, max_length=20)]
    city: Text
    street: Text


class Recipient(BaseModel):
    """Who receives a parcel, or collects it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Text
    phone: Annotated[str, Field(pattern=r"^\+[0-9]{7,15}$", description="E.164, for example +79990000000")]
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    address: Address | None = None


class Contacts(Protocol):
    """The store of contacts."""

    def keep(self, contact_id: str, owner: str, recipient: Recipient, at: datetime) -> None:
        """Store a recipient under an id that nobody else's data may have.

        Raises:
            KeyReused: another recipient is stored under it: the key it is derived from came before with another body.
        """

    def find(self, contact_id: str) -> Recipient | None:
        """Return the recipient, or None when there is none or it was erased."""

    def erase(self, contact_id: str) -> None:
        """Forget the recipient; orders that point to it lose nothing else."""


class DynamoContacts:
    """`Contacts` in a table of their own."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def keep(self, contact_id: str, owner: str, recipient: Recipient, at: datetime) -> None:
        content = recipient.model_dump_json()
        try:
            self._client.put_item(
                TableName=self._name,
                Item={
                    "pk": {"S": contact_id},
                    "owner": {"S": owner},
                    "recipient": {"S": content},
                    "created_at": {"S": at.isoformat()},
                },
                # the same request sent again writes the same; the id is derived from the caller's key
                ConditionExpression="attribute_not_exists(pk) OR recipient = :same",
                ExpressionAttributeValues={":same": {"S": content}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise KeyReused("This idempotency key was used before with another recipient.") from None

    def find(self, contact_id: str) -> Recipient | None:
        answer = self._client.get_item(TableName=self._name, Key={"pk": {"S": contact_id}}, ConsistentRead=True)
        item = answer.get("Item")
        return Recipient.model_validate_json(item["recipient"]["S"]) if item is not None else None

    def erase(self, contact_id: str) -> None:
        self._client.delete_item(TableName=self._name, Key={"pk": {"S": contact_id}})
