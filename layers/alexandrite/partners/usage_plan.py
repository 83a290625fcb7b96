"""The usage plan that counts partners' requests: API Gateway's part of the limits.

API Gateway lets a request of a partner through only if the identifier that the authorizer names is one of its own keys
in a usage plan. Such a key opens nothing by itself: it is the name under which requests are counted.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient


class UsagePlan(Protocol):
    """Where requests are counted."""

    def admit(self, identifier: str, name: str) -> None:
        """Count requests under `identifier` from now on; admitting it twice does no harm."""


class PlanMissing(LookupError):
    """There is no usage plan of the name that the template gave."""


class ApiGatewayUsagePlan:
    """`UsagePlan` in API Gateway, found by its name.

    By name, since the plan's id is known only after the API, which needs the function that asks for it.
    """

    def __init__(self, client: "APIGatewayClient", plan_name: str) -> None:
        self._client = client
        self._plan_name = plan_name

    def admit(self, identifier: str, name: str) -> None:
        plan_id = self._plan_id()
        key_id = self._key_id(identifier, name)
        if key_id is None:
            key_id = self._client.create_api_key(name=name, value=identifier, enabled=True)["id"]
        with suppress(self._client.exceptions.ConflictException):  # it is in the plan already
            self._client.create_usage_plan_key(usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")

    def _plan_id(self) -> str:
        for page in self._client.get_paginator("get_usage_plans").paginate():
            for plan in page["items"]:
                if plan.get("name") == self._plan_name:
                    return plan["id"]
        raise PlanMissing(self._plan_name)

    def _key_id(self, identifier: str, name: str) -> str | None:
        # `nameQuery` finds every name that begins so.
        for page in self._client.get_paginator("get_api_keys").paginate(nameQuery=name, includeValues=True):
            for key in page["items"]:
                if key.get("value") == identifier:
                    return key["id"]
        return None
