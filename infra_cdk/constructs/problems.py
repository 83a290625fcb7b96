"""What API Gateway says by itself, in the form the functions use: application/problem+json (RFC 9457)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway

from alexandrite.domain.errors import Refusal
from alexandrite.http.problems import MEDIA_TYPE, TooLarge, Unauthenticated, problem

_TYPES = apigateway.ResponseType
_REPEAT = "Repeat the request with the same Idempotency-Key."


class _Forbidden(Refusal):
    code = "caller.not_allowed"
    status = 403
    title = "Not allowed"


class _NoSuchRoute(Refusal):
    code = "route.unknown"
    status = 404
    title = "No such route"


class _TooManyRequests(Refusal):
    code = "requests.too_many"
    status = 429
    title = "Too many requests"


class _Unavailable(Refusal):
    code = "unavailable"
    status = 503
    title = "Not available"


@dataclass(frozen=True)
class GatewayProblem:
    """One of API Gateway's own answers."""

    kind: apigateway.ResponseType
    refusal: Refusal
    retry_after_s: int | None = None


PROBLEMS: Sequence[GatewayProblem] = (
    GatewayProblem(_TYPES.UNAUTHORIZED, Unauthenticated("Valid credentials are required.")),
    GatewayProblem(_TYPES.EXPIRED_TOKEN, Unauthenticated("The credentials have expired.")),
    GatewayProblem(_TYPES.ACCESS_DENIED, _Forbidden("These credentials do not allow it.")),
    GatewayProblem(_TYPES.INVALID_API_KEY, _Forbidden("These credentials do not allow it.")),
    # API Gateway's words for a route that does not exist.
    GatewayProblem(_TYPES.MISSING_AUTHENTICATION_TOKEN, _NoSuchRoute("There is no such route.")),
    GatewayProblem(_TYPES.RESOURCE_NOT_FOUND, _NoSuchRoute("There is no such route.")),
    GatewayProblem(_TYPES.REQUEST_TOO_LARGE, TooLarge("The body is larger than 10 MB.")),
    GatewayProblem(_TYPES.WAF_FILTERED, _Forbidden("The request looks like an attack.")),
    GatewayProblem(_TYPES.THROTTLED, _TooManyRequests("The limit of requests per second is reached."), 1),
    GatewayProblem(_TYPES.QUOTA_EXCEEDED, _TooManyRequests("The limit of requests per day is reached."), 3600),
    # Whatever else goes wrong between the gateway and a function: the command may have taken effect.
    GatewayProblem(_TYPES.DEFAULT_5_XX, _Unavailable(_REPEAT), 1),
)


def describe(api: apigateway.RestApi) -> None:
    """Let `api` answer with problems where it answers alone; nothing of its own wording reaches a client."""
    for each in PROBLEMS:
        headers = {"Content-Type": f"'{MEDIA_TYPE}'", "Cache-Control": "'no-store'"}
        if each.retry_after_s is not None:
            headers["Retry-After"] = f"'{each.retry_after_s}'"
        api.add_gateway_response(
            each.kind.response_type.title().replace("_", ""),
            type=each.kind,
            status_code=str(each.refusal.status),
            response_headers=headers,
            templates={"application/json": json.dumps(problem(each.refusal, "$context.requestId"))},
        )
