"""What API Gateway says by itself, in the form the functions use: application/problem+json (RFC 9457)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway


@dataclass(frozen=True)
class GatewayProblem:
    """One of API Gateway's own answers."""

    kind: apigateway.ResponseType
    status: int | None
    code: str
    title: str
    detail: str
    retry_after_seconds: int | None = None


_TYPES = apigateway.ResponseType

PROBLEMS: Sequence[GatewayProblem] = (
    GatewayProblem(_TYPES.UNAUTHORIZED, 401, "auth.required", "Unauthorized", "Valid credentials are required."),
    GatewayProblem(_TYPES.EXPIRED_TOKEN, 401, "auth.expired", "Unauthorized", "The credentials have expired."),
    GatewayProblem(_TYPES.ACCESS_DENIED, 403, "auth.forbidden", "Forbidden", "These credentials do not allow it."),
    GatewayProblem(_TYPES.INVALID_API_KEY, 403, "auth.forbidden", "Forbidden", "These credentials do not allow it."),
    # API Gateway's word for a route that does not exist.
    GatewayProblem(_TYPES.MISSING_AUTHENTICATION_TOKEN, 404, "route.unknown", "Not Found", "There is no such route."),
    GatewayProblem(_TYPES.REQUEST_TOO_LARGE, 413, "body.too_large", "Content Too Large", "The body is too large."),
    GatewayProblem(_TYPES.THROTTLED, 429, "rate.limited", "Too Many Requests", "Slow down.", retry_after_seconds=1),
    GatewayProblem(_TYPES.QUOTA_EXCEEDED, 429, "quota.exceeded", "Too Many Requests", "The quota is used up.", 3600),
    GatewayProblem(
        _TYPES.INTEGRATION_TIMEOUT, 504, "server.timeout", "Gateway Timeout", "Repeat with the same key.", 1
    ),
    GatewayProblem(_TYPES.DEFAULT_4_XX, None, "request.refused", "Bad Request", "The request was refused."),
    GatewayProblem(_TYPES.DEFAULT_5_XX, None, "server.error", "Server Error", "Repeat with the same key.", 1),
)


def describe(api: apigateway.RestApi) -> None:
    """Let `api` answer with problems where it answers alone; nothing of its own wording reaches a client."""
    for problem in PROBLEMS:
        headers = {"Content-Type": "'application/problem+json'", "Cache-Control": "'no-store'"}
        if problem.retry_after_seconds is not None:
            headers["Retry-After"] = f"'{problem.retry_after_seconds}'"
        body = {
            "type": "about:blank",
            "title": problem.title,
            "detail": problem.detail,
            "code": problem.code,
            "request_id": "$context.requestId",
        }
        # A status that is not ours to choose comes as a number from the context.
        status = str(problem.status) if problem.status else "$context.status"
        api.add_gateway_response(
            problem.kind.response_type.title().replace("_", ""),
            type=problem.kind,
            status_code=str(problem.status) if problem.status else None,
            response_headers=headers,
            templates={"application/json": f'{json.dumps(body)[:-1]}, "status": {status}}}'},
        )
