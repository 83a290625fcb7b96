"""API Gateway (REST) where clients can tell the difference.

- With `apiKeySource: AUTHORIZER` the key comes from `usageIdentifierKey` of the authorizer's answer; the emulator looks
  at the `x-api-key` header only, so that a partner's own key would be 403.
- A function that fails is a 502 without a reason; the emulator sends the function's error to the client.
- Requests are counted and timed in `AWS/ApiGateway`.
"""

import contextvars
import time
from typing import Any

from ministack.services import apigateway_v1

from local.emulator import metrics

_usage_identifier: contextvars.ContextVar[str | None] = contextvars.ContextVar("usage_identifier", default=None)

_CONTEXT_KEY = "usageIdentifierKey"


def _remember_identifier() -> None:
    invoke = apigateway_v1._invoke_authorizer_lambda

    async def invoke_authorizer_lambda(*arguments: Any, **options: Any) -> Any:
        result = await invoke(*arguments, **options)
        answer = result.get("body") if isinstance(result, dict) else None
        if isinstance(answer, dict) and answer.get(_CONTEXT_KEY):
            # The context is what the gateway caches with the policy, so that a cached answer carries the key too.
            answer["context"] = {**(answer.get("context") or {}), _CONTEXT_KEY: answer[_CONTEXT_KEY]}
        return result

    apigateway_v1._invoke_authorizer_lambda = invoke_authorizer_lambda


def _take_it_out_of_the_context() -> None:
    authorize = apigateway_v1._authorize_request_v1

    async def authorize_request(*arguments: Any, **options: Any) -> Any:
        error, context = await authorize(*arguments, **options)
        identifier = None
        if context:
            context = dict(context)
            identifier = context.pop(_CONTEXT_KEY, None)
        _usage_identifier.set(identifier)
        return error, context

    apigateway_v1._authorize_request_v1 = authorize_request


def _prefer_it_to_the_header() -> None:
    from_header = apigateway_v1._api_key_from_request

    def api_key_from_request(headers: dict[str, Any]) -> Any:
        return _usage_identifier.get() or from_header(headers)

    apigateway_v1._api_key_from_request = api_key_from_request


def _keep_errors_inside() -> None:
    shape = apigateway_v1._lambda_proxy_response

    def lambda_proxy_response(result: dict[str, Any]) -> tuple[Any, str | None]:
        response, error = shape(result)
        return response, "Internal server error" if error else None

    apigateway_v1._lambda_proxy_response = lambda_proxy_response


def _measure() -> None:
    execute = apigateway_v1._handle_execute_in_scope

    async def handle_execute(api_id: str, stage: str, *arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        answer = await execute(api_id, stage, *arguments, **options)
        metrics.request_answered(
            (apigateway_v1._rest_apis.get(api_id) or {}).get("name", api_id),
            stage,
            status=answer[0],
            milliseconds=(time.perf_counter() - began) * 1000,
        )
        return answer

    apigateway_v1._handle_execute_in_scope = handle_execute


def install() -> None:
    """Adapt the imported emulator."""
    _keep_errors_inside()
    _measure()
    _remember_identifier()
    _take_it_out_of_the_context()
    _prefer_it_to_the_header()
