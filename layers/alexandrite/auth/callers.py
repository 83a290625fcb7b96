"""From what API Gateway has verified to a caller that use cases understand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alexandrite.domain.orders import Actor, ActorKind, Channel, Mode

_BETWEEN_GROUPS = re.compile(r"[\[\]\",]")


class CallerKind(StrEnum):
    """Through which kind of door somebody comes."""

    CUSTOMER = "customer"
    PARTNER = "partner"
    STAFF = "staff"
    CARRIER = "carrier"
    ANYBODY = "anybody"


class Group(StrEnum):
    """The groups of the staff pool."""

    SELLERS = "sellers"
    OPERATORS = "operators"
    FOREMEN = "foremen"
    ENGINEERS = "engineers"


class NoCaller(Exception):
    """The request carries no identity that this door accepts; the message says what is wrong, never a token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        id: opaque: the `sub` of a person, the id of a partner, the name of a carrier.
        groups: of staff.
        mode: of a partner's key; everybody else is live.
        scopes: of a partner's key, `resource:action`.
        credit: whether the partner pays by invoice, so that its orders need no payment before production.
    """

    kind: CallerKind
    id: str
    groups: frozenset[str] = frozenset()
    mode: Mode = Mode.LIVE
    scopes: frozenset[str] = frozenset()
    credit: bool = False

    @property
    def name(self) -> str:
        """One name per caller: what idempotency keys belong to. A test key and a live one share nothing."""
        suffix = ".test" if self.mode is Mode.TEST else ""
        return f"{self.kind}:{self.id}{suffix}"

    @property
    def channel(self) -> Channel:
        """The channel that this caller's orders come through."""
        return Channel.PARTNER if self.kind is CallerKind.PARTNER else Channel.SHOP

    def acting_as(self, kind: ActorKind) -> Actor:
        """Return the actor that this caller is in an order's history."""
        return Actor(kind=kind, id=self.id)

    @property
    def is_foreman(self) -> bool:
        """Whether this caller may do what only foremen may."""
        return Group.FOREMEN in self.groups


def customer(context: Mapping[str, Any]) -> Caller:
    """Return the customer whose access token API Gateway has verified.

    Raises:
        NoCaller: when there is none.
    """
    claims = _access_claims(context)
    return Caller(kind=CallerKind.CUSTOMER, id=claims["sub"])


def staff(context: Mapping[str, Any]) -> Caller:
    """Return the member of staff whose access token API Gateway has verified.

    Raises:
        NoCaller: when there is none.
    """
    claims = _access_claims(context)
    return Caller(kind=CallerKind.STAFF, id=claims["sub"], groups=groups_in(claims.get("cognito:groups")))


def partner(context: Mapping[str, Any]) -> Caller:
    """Return the partner whose key the authorizer has verified.

    Raises:
        NoCaller: when there is none.
    """
    verified = context.get("authorizer") or {}
    if not verified.get("partner") or verified.get("mode") not in tuple(Mode):
        raise NoCaller("The request carries no partner's key.")
    return Caller(
        kind=CallerKind.PARTNER,
        id=str(verified["partner"]),
        mode=Mode(verified["mode"]),
        scopes=frozenset(str(verified.get("scopes", "")).split()),
        credit=verified.get("credit") == "true",
    )


def carrier(_context: Mapping[str, Any]) -> Caller:
    """Return the carrier: its messages carry a signature, which the use case checks over the body's bytes."""
    return Caller(kind=CallerKind.CARRIER, id="carrier")


def anybody(_context: Mapping[str, Any]) -> Caller:
    """Return nobody in particular, for what everybody may read."""
    return Caller(kind=CallerKind.ANYBODY, id="")


def groups_in(claim: object) -> frozenset[str]:
    """Return the groups named by a `cognito:groups` claim.

    API Gateway turns the token's list into text, and not always the same: `a,b`, `[a b]`, `["a","b"]` and a real list
    have all been seen.
    """
    if claim is None:
        return frozenset()
    if isinstance(claim, list | tuple):
        return frozenset(str(group) for group in claim)
    return frozenset(_BETWEEN_GROUPS.sub(" ", str(claim)).split())


def _access_claims(context: Mapping[str, Any]) -> Mapping[str, Any]:
    claims: Mapping[str, Any] = (context.get("authorizer") or {}).get("claims") or {}
    if not claims.get("sub"):
        raise NoCaller("The request carries no verified token.")
    if claims.get("token_use") != "access":
        raise NoCaller("Send an access token; this is another kind.")
    return claims
