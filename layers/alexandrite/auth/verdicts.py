"""What the authorizer of partners' keys answers to API Gateway."""

from typing import Any

from alexandrite.partners.directory import PartnerTable
from alexandrite.partners.keys import opens, parse, usage_identifier


def verdict(authorization: str, method_arn: str, table: PartnerTable, pepper: bytes) -> dict[str, Any] | None:
    """Return the policy for whoever presents this Authorization header, or None when the key opens nothing.

    The policy allows the whole prefix of partners, not the method asked for: API Gateway keeps the answer for a minute
    and uses it for every method that the same key asks for meanwhile.
    """
    key = parse(authorization)
    if key is None:
        return None
    found = table.key(key.key_id)
    record, credit = found if found is not None else (None, False)
    if not opens(key, record, pepper) or record is None:
        return None
    return {
        "principalId": record.partner,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": prefix_of(method_arn)}],
        },
        "usageIdentifierKey": usage_identifier(record.partner, record.mode, pepper),
        "context": {
            "partner": record.partner,
            "mode": str(record.mode),
            "scopes": " ".join(sorted(record.scopes)),
            "credit": "true" if credit else "false",
            "key_id": record.key_id,
        },
    }


def prefix_of(method_arn: str) -> str:
    """Return the resource of all methods under the partners' prefix of the API and stage that a method belongs to."""
    api, stage, *_ = method_arn.split("/")
    return f"{api}/{stage}/*/partner/*"
