"""API keys named by an authorizer.

With `apiKeySource: AUTHORIZER` API Gateway takes the key from `usageIdentifierKey` of the authorizer's answer; the
emulator looks at the `x-api-key` header only, so that a partner's own key would be 403.
"""

import contextvars
from typing import Any

from ministack.services import apigateway_v1

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


def install() -> None:
    """Adapt the imported emulator."""
    _remember_identifier()
    _take_it_out_of_the_context()
    _prefer_it_to_the_header()
