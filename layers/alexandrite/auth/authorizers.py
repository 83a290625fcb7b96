"""Who guards which routes: read by Chalice at import, and by the template, which knows the pools and the function.

The Chalice objects carry no addresses of resources: a template that walks the routes finds the authorizer's `name`,
`kind` and `scopes` and supplies the rest.
"""

from enum import StrEnum

from chalice.app import CognitoUserPoolAuthorizer, CustomAuthorizer


class AuthorizerKind(StrEnum):
    """What API Gateway checks."""

    USER_POOL = "user_pool"
    PARTNER_KEY = "partner_key"


KINDS = {
    "customers": AuthorizerKind.USER_POOL,
    "staff": AuthorizerKind.USER_POOL,
    "partners": AuthorizerKind.PARTNER_KEY,
}

_FROM_TEMPLATE = "supplied-by-the-template"

# Revocation of a partner's key must work within 60 s: API Gateway may remember a verdict no longer than this.
PARTNER_VERDICT_SECONDS = 60

customers = CognitoUserPoolAuthorizer("customers", [_FROM_TEMPLATE], scopes=["shop/orders"])
staff = CognitoUserPoolAuthorizer("staff", [_FROM_TEMPLATE])
sellers = staff.with_scopes(["crm/orders"])
operators = staff.with_scopes(["mes/orders"])
partners = CustomAuthorizer("partners", _FROM_TEMPLATE, ttl_seconds=PARTNER_VERDICT_SECONDS)
