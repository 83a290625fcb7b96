"""Refusals as problem documents (RFC 9457), and the few refusals that only HTTP knows."""

import json
from collections.abc import Sequence
from typing import Any, Self

from chalice.app import Response
from pydantic import ValidationError

from alexandrite.domain.errors import Invalid, NotFound, Refusal

MEDIA_TYPE = "application/problem+json"
_TYPE_PREFIX = "urn:alexandrite:problem:"  # a name, not an address: nothing has to be reachable to compare it


class Malformed(Invalid):
    """The request does not have the shape that the route asks for; every fault is listed with its place."""

    code = "request.malformed"
    title = "Malformed request"

    def __init__(self, detail: str, *, errors: Sequence[tuple[str, str]] = (), code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.errors = tuple(errors)

    @classmethod
    def by(cls, error: ValidationError) -> Self:
        """Return the refusal that lists what pydantic found; values are left out, they may be personal."""
        errors = [(_pointer(fault["loc"]), fault["msg"]) for fault in error.errors(include_input=False)]
        return cls("The request does not match the description of this route.", errors=errors)


class Unauthenticated(Refusal):
    """Nobody we know, or a token that is not for this door."""

    code = "caller.unauthenticated"
    status = 401
    title = "Not authenticated"


class TooLarge(Refusal):
    """More bytes than any honest request of this route has."""

    code = "request.too_large"
    status = 413
    title = "Request too large"


class UnsupportedMediaType(Refusal):
    """A body that is not JSON."""

    code = "request.unsupported_media_type"
    status = 415
    title = "Unsupported media type"


class Unexpected(Refusal):
    """A fault of ours; its cause is in the log under the request id, never in the answer."""

    code = "internal"
    status = 500
    title = "Internal error"


# One sentence for every 404, so that another owner's resource and a made-up id cannot be told apart.
_NOT_FOUND = "There is no such thing, or none that you may know of."


def problem(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """Return the members of the problem document for `refusal`."""
    document: dict[str, Any] = {
        **refusal.facts,
        "type": _TYPE_PREFIX + refusal.code,
        "title": refusal.title,
        "status": refusal.status,
        "detail": _NOT_FOUND if isinstance(refusal, NotFound) else refusal.detail,
        "code": refusal.code,
        "request_id": request_id,
    }
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in getattr(refusal, "errors", ())]
    if refusal.pointer is not None:
        errors.append({"pointer": refusal.pointer, "detail": refusal.detail})
    if errors:
        document["errors"] = errors
    return document


def refuse(refusal: Refusal, request_id: str, headers: dict[str, str]) -> Response:
    """Return the HTTP answer for `refusal`."""
    return Response(
        body=json.dumps(problem(refusal, request_id), ensure_ascii=False, separators=(",", ":")),
        status_code=refusal.status,
        headers={**headers, "Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"},
    )


def _pointer(location: tuple[int | str, ...]) -> str:
    """Return the JSON pointer (RFC 6901) of a place within the body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
