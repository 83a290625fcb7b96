"""From an API Gateway event to a typed call: who asks, for what, with which key, as part of which trace."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from alexandrite.auth.callers import Caller
from alexandrite.domain.commands import Trace
from alexandrite.http.problems import Malformed, TooLarge, UnsupportedMediaType
from alexandrite.intents import Intent
from alexandrite.telemetry import trace_of_request

LARGEST_BODY_BYTES = 512 * 1024

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ENTITY_TAG = re.compile(r'"([0-9]{1,9})"')


class Asked(BaseModel):
    """A body or a query that refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Nothing(Asked):
    """A body or query without members."""


@dataclass(frozen=True, slots=True)
class Call[Body: BaseModel, Query: BaseModel]:
    """One request, read and checked.

    Attributes:
        intent: who asks, when, under which key.
        raw: the bytes of the body as they came, for signatures.
    """

    intent: Intent
    body: Body
    query: Query
    raw: bytes
    headers: Mapping[str, str]

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.intent.caller


def trace_of(request: Any) -> Trace:
    """Return the thread that a request belongs to; its correlation id is the request's id to the outside."""
    return trace_of_request(request.headers, _gateway_id(request))


def key_of(request: Any, *, required: bool) -> str:
    """Return the idempotency key of a request.

    Raises:
        Malformed: `idempotency.key_required` or `idempotency.key_malformed`.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        if required:
            raise Malformed("Send an Idempotency-Key header.", code="idempotency.key_required")
        return f"request:{_gateway_id(request)}"
    if not _KEY.fullmatch(key):
        raise Malformed("An Idempotency-Key has 1 to 255 visible ASCII characters.", code="idempotency.key_malformed")
    return str(key)


def expected_version_of(request: Any) -> int | None:
    """Return the version that If-Match names.

    Raises:
        Malformed: `request.if_match_malformed`.
    """
    tag = request.headers.get("if-match")
    if tag is None or tag == "*":
        return None
    match = _ENTITY_TAG.fullmatch(tag)
    if match is None:
        raise Malformed('If-Match takes an ETag of ours, for example "3".', code="request.if_match_malformed")
    return int(match.group(1))


def body_of[Body: BaseModel](request: Any, model: type[Body]) -> tuple[Body, bytes, str]:
    """Return the body as `model`, its bytes, and a hash of the route and the body's meaning.

    Spacing and the order of members do not matter to the hash; the route does, so that a key used on another route is
    a key used for something else.

    Raises:
        TooLarge, UnsupportedMediaType, Malformed: with a pointer to every fault.
    """
    raw = bytes(request.raw_body or b"")
    if len(raw) > LARGEST_BODY_BYTES:
        raise TooLarge(f"A body has at most {LARGEST_BODY_BYTES} bytes.")
    if raw and not _is_json(request.headers.get("content-type", "application/json")):
        raise UnsupportedMediaType("Send application/json.")
    try:
        content = from_json(raw or b"{}", allow_inf_nan=False)  # refuses nesting that would exhaust the stack
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    except ValueError as error:
        raise Malformed("The body is not JSON.", code="request.not_json") from error
    if not isinstance(content, dict):
        raise Malformed("The body must be a JSON object.", code="request.not_an_object")
    # the parsed content is written again so that pydantic reads JSON: strict about types, lenient about dates as text
    return _validated(lambda: model.model_validate_json(canonical)), raw, hash_of(_route(request), canonical)


def query_of[Query: BaseModel](request: Any, model: type[Query]) -> Query:
    """Return the query parameters as `model`.

    Raises:
        Malformed: an unknown parameter, one given twice, or a value out of its range.
    """
    given = request.query_params
    if given is None:
        return _validated(lambda: model.model_validate({}))
    values = {}
    for name in given:
        several = given.getlist(name)
        if len(several) > 1:
            raise Malformed(
                f"The parameter {name!r} was given {len(several)} times.", errors=[(f"/{name}", "given twice")]
            )
        values[name] = several[0]
    return _validated(lambda: model.model_validate(values))


def _validated[T](validate: Callable[[], T]) -> T:
    try:
        return validate()
    except ValidationError as error:
        raise Malformed.by(error) from error


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def hash_of(route: str, canonical: str) -> str:
    """Return the SHA-256 of a body sent to a route, hexadecimal."""
    return hashlib.sha256(f"{route}\n{canonical}".encode()).hexdigest()


def _route(request: Any) -> str:
    path = str(request.path)
    for name, value in (request.uri_params or {}).items():
        path = path.replace(f"{{{name}}}", value)
    return f"{request.method} {path}"


def _gateway_id(request: Any) -> str:
    identity = request.context.get("requestId")
    if identity is None:  # outside API Gateway there is none
        identity = request.context["requestId"] = secrets.token_hex(16)
    return str(identity)
