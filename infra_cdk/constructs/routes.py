"""The routes of a Chalice app, which are declared there and nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from alexandrite.auth.authorizers import KINDS, AuthorizerKind


class UnknownAuthorizerError(LookupError):
    """A route is guarded by somebody the template does not know."""


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    path: str
    method: str
    authorizer: str | None
    scopes: tuple[str, ...]
    counted: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: Any) -> Iterator[Route]:
    """Yield the routes of a Chalice app, sorted, so that the same app makes the same template."""
    for path, methods in sorted(app.routes.items()):
        for method, entry in sorted(methods.items()):
            guard = entry.authorizer
            if guard is not None and guard.name not in KINDS:
                raise UnknownAuthorizerError(f"{method} {path} is guarded by {guard.name!r}: nobody knows who that is")
            yield Route(
                path=path,
                method=method,
                authorizer=guard.name if guard is not None else None,
                scopes=tuple(guard.scopes) if guard is not None else (),
                # A partner's key is verified by the authorizer and counted by a usage plan, under the key of API
                # Gateway's own that the authorizer names.
                counted=guard is not None and KINDS[guard.name] is AuthorizerKind.PARTNER_KEY,
            )
