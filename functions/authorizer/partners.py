"""The authorizer of partners' API keys: a TOKEN authorizer whose policy covers the partners' whole prefix."""

from functools import cache
from typing import Any

from alexandrite import clients, configuration
from alexandrite.auth.verdicts import verdict
from alexandrite.partners.directory import DynamoPartnerTable


class Unauthorized(Exception):
    """API Gateway answers 401 to an authorizer that fails with exactly this word."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


@cache
def _table() -> DynamoPartnerTable:
    return DynamoPartnerTable(clients.dynamodb(), configuration.company_table())


@cache
def _pepper() -> bytes:
    return clients.secret(configuration.api_key_pepper_secret())


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer whether the key in `authorizationToken` opens the partners' prefix, and whose it is."""
    found = verdict(str(request.get("authorizationToken", "")), str(request["methodArn"]), _table(), _pepper())
    if found is None:
        raise Unauthorized
    return found
