"""The door to each audience: one decorator that registers a route, describes it, and speaks HTTP for its view."""

import functools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from re import compile as regular
from typing import Any

from chalice.app import Blueprint, Response
from pydantic import BaseModel

from alexandrite.auth.callers import Caller, NoCaller, anybody
from alexandrite.domain.commands import Trace
from alexandrite.domain.errors import NotAllowed, NotFound, Refusal
from alexandrite.http import problems
from alexandrite.http.answers import Answer
from alexandrite.http.problems import Unauthenticated, Unexpected
from alexandrite.http.requests import Call, Nothing, body_of, expected_version_of, key_of, query_of, trace_of
from alexandrite.intents import Intent
from alexandrite.telemetry import about, logger

PUBLIC_PREFIX = "/api"  # the name of the stage, so that the edge rewrites nothing

_IDENTIFIER = regular(r"[A-Za-z0-9._-]{1,80}")

type View = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """What is known of a route beside its path: what it takes, gives and refuses, and who may call it."""

    operation: str
    summary: str
    takes: type[BaseModel]
    query: type[BaseModel]
    gives: type[BaseModel] | None
    status: int
    refuses: tuple[str, ...]
    keyed: bool
    key_required: bool
    conditional: bool
    groups: frozenset[str]
    scope: str | None
    public: bool
    description: str


class Audience:
    """Everybody who comes through one prefix in one way.

    Example:
        partner = Audience("partner", "/partner/v1", authorizer=partners, knows=callers.partner, keys_required=True)

        @partner.route("POST", "/orders/{order_id}/accept", summary="Accept the price", takes=Acceptance, gives=...)
        def accept(call: Call[Acceptance, Nothing], order_id: str) -> Answer: ...
    """

    def __init__(
        self,
        name: str,
        prefix: str,
        *,
        authorizer: Any,
        knows: Callable[[Mapping[str, Any]], Caller],
        groups: frozenset[str] = frozenset(),
        keys_required: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.prefix = prefix
        self.clock = clock
        self._authorizer = authorizer
        self._knows = knows
        self._groups = groups
        self._keys_required = keys_required
        self._blueprint = Blueprint(__name__)

    def open(self, app: Any) -> None:
        """Register the routes with a Chalice app."""
        app.register_blueprint(self._blueprint, url_prefix=self.prefix)

    def location(self, path: str) -> str:
        """Return the public address of a resource of this audience."""
        return f"{PUBLIC_PREFIX}{self.prefix}{path}"

    def route(
        self,
        method: str,
        path: str,
        *,
        summary: str,
        gives: type[BaseModel] | None,
        takes: type[BaseModel] = Nothing,
        query: type[BaseModel] = Nothing,
        status: int = 200,
        refuses: tuple[str, ...] = (),
        keyed: bool = False,
        conditional: bool = False,
        groups: frozenset[str] | None = None,
        scope: str | None = None,
        public: bool = False,
    ) -> Callable[[View], View]:
        """Register a view.

        Args:
            gives: the model of the body of the answer; None for an answer without one.
            refuses: the codes of the refusals that are this route's own, for its description.
            keyed: a creation or command: repeated with the same Idempotency-Key, it has one effect.
            conditional: a command to an order, which may name the version it is meant for by If-Match.
            groups: of staff, one of which the caller must have; those of the audience when left out.
            scope: which the caller's key must have.
            public: for everybody, without a token or key.
        """

        def register(view: View) -> View:
            described = Route(
                operation=view.__name__,
                summary=summary,
                description=(view.__doc__ or "").strip(),
                takes=takes,
                query=query,
                gives=gives,
                status=status,
                refuses=refuses,
                keyed=keyed,
                key_required=keyed and self._keys_required,
                conditional=conditional,
                groups=self._groups if groups is None else groups,
                scope=scope,
                public=public,
            )
            speaking = self._speaks_http(view, described)
            # no content types for Chalice to check: its own refusal would not be a problem document
            options: dict[str, Any] = {"methods": [method], "content_types": []}
            if not public:
                options["authorizer"] = self._authorizer
            self._blueprint.route(path, name=f"{self.name}_{view.__name__}", **options)(speaking)
            return view

        return register

    def _speaks_http(self, view: View, route: Route) -> Callable[..., Response]:
        @functools.wraps(view)
        def spoken(**path: str) -> Response:
            began = time.perf_counter()
            request = self._blueprint.current_request
            trace = trace_of(request)
            known = {name: value for name, value in path.items() if _IDENTIFIER.fullmatch(value)}
            with about(**known, correlation_id=trace.correlation_id, traceparent=trace.traceparent):
                response = self._answered(view, route, request, trace, path)
                spent_ms = round((time.perf_counter() - began) * 1000, 1)
                answered = {"route": f"{self.name}.{route.operation}", "status": response.status_code}
                logger().info("answered", extra={**answered, "duration_ms": spent_ms})
                return response

        spoken.route = route  # type: ignore[attr-defined]  # where the description of the API finds it
        return spoken

    def _answered(self, view: View, route: Route, request: Any, trace: Trace, path: Mapping[str, str]) -> Response:
        headers = {"X-Request-Id": trace.correlation_id, "traceparent": trace.traceparent}
        try:
            call = self._call(request, route, trace)
            _must_be_identifiers(path.values())
            return _response(view(call, **path), headers)
        except NoCaller as nobody:
            headers["WWW-Authenticate"] = "Bearer"
            return problems.refuse(Unauthenticated(str(nobody)), trace.correlation_id, headers)
        except Refusal as refusal:
            return problems.refuse(refusal, trace.correlation_id, headers)
        except Exception:
            # The edge of the process: Chalice would answer for itself, and not as a problem document.
            logger().exception("unexpected failure")
            return problems.refuse(Unexpected("Something failed on our side."), trace.correlation_id, headers)

    def _call(self, request: Any, route: Route, trace: Trace) -> Call[BaseModel, BaseModel]:
        caller = anybody(request.context) if route.public else self._knows(request.context)
        if route.groups and not route.groups & caller.groups:
            raise NotAllowed(
                f"This needs one of the groups {', '.join(sorted(route.groups))}.", code="caller.wrong_role"
            )
        if route.scope is not None and self._keys_required and route.scope not in caller.scopes:
            raise NotAllowed(f"The key lacks the scope {route.scope}.", code="key.scope_missing")
        body, raw, body_hash = body_of(request, route.takes)
        intent = Intent(
            caller=caller,
            at=self.clock(),
            key=key_of(request, required=route.key_required),
            body_hash=body_hash,
            expected_version=expected_version_of(request) if route.conditional else None,
            trace=trace,
        )
        return Call(intent=intent, body=body, query=query_of(request, route.query), raw=raw, headers=request.headers)


def _must_be_identifiers(values: Iterable[str]) -> None:
    for value in values:
        if not _IDENTIFIER.fullmatch(value):
            raise NotFound("An identifier of ours does not look like this.")


def _response(answer: Answer, headers: dict[str, str]) -> Response:
    text = "" if answer.body is None else answer.body.model_dump_json()
    return Response(
        body=text,
        status_code=answer.status,
        headers={
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            **headers,
            **answer.headers,
        },
    )


def described_routes(app: Any) -> list[tuple[str, str, Route, Any]]:
    """Return (method, path, description, authorizer) of every route of a Chalice app, in order of path and method."""
    return [
        (method, path, entry.view_function.route, entry.authorizer)
        for path, entries in sorted(app.routes.items())
        for method, entry in sorted(entries.items())
    ]
