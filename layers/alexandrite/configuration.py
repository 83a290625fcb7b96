"""What the deployment tells a function: names of resources, read when they are needed and never at import."""

import os

STAGES = ("dev", "release", "prod")


class MissingSetting(LookupError):
    """The template gave this function no such setting."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The environment variable {name} is not set for this function.")


def setting(name: str) -> str:
    """Return the environment variable `name`.

    Raises:
        MissingSetting: it is absent or empty; a function gets exactly what it uses.
    """
    value = os.environ.get(name, "")
    if not value:
        raise MissingSetting(name)
    return value


def orders_table() -> str:
    """Return the name of the table of orders."""
    return setting("ORDERS_TABLE")


def contacts_table() -> str:
    """Return the name of the table of names and addresses."""
    return setting("CONTACTS_TABLE")


def company_table() -> str:
    """Return the name of the table of price lists, rates, rules and partners."""
    return setting("COMPANY_TABLE")


def board_table() -> str:
    """Return the name of the operators' read model."""
    return setting("BOARD_TABLE")


def attention_table() -> str:
    """Return the name of the sellers' read model."""
    return setting("ATTENTION_TABLE")


def models_bucket() -> str:
    """Return the bucket of 3D files and their previews."""
    return setting("MODELS_BUCKET")


def event_bus() -> str:
    """Return the name of the bus that carries what has happened."""
    return setting("EVENT_BUS")


def order_machine() -> str:
    """Return the ARN of the order machine."""
    return setting("ORDER_MACHINE_ARN")


def pricing_queue() -> str:
    """Return the URL of the queue of files to analyse."""
    return setting("PRICING_QUEUE_URL")


def api_key_pepper_secret() -> str:
    """Return the name of the secret under which partners' keys are hashed."""
    return setting("API_KEY_PEPPER_SECRET")


def carrier_secret() -> str:
    """Return the name of the secret that carriers sign with."""
    return setting("CARRIER_SECRET")


def partner_usage_plan() -> str:
    """Return the name of the usage plan that counts partners' requests."""
    return setting("PARTNER_USAGE_PLAN")


def public_url() -> str:
    """Return the address under which the world sees the system, without a slash at its end."""
    return setting("PUBLIC_URL").rstrip("/")


def stage() -> str:
    """Return the stage: dev, release or prod."""
    return setting("STAGE")
