"""What every use case is told beside its own arguments: who wants it, when, under which key, as part of which trace."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict

from alexandrite.auth.callers import Caller
from alexandrite.domain.commands import Trace
from alexandrite.domain.identifiers import command_id
from alexandrite.domain.orders import Actor


class Stamp(TypedDict):
    """The members that every command has."""

    command_id: str
    actor: Actor
    at: datetime
    trace: Trace


@dataclass(frozen=True, slots=True)
class Intent:
    """One wish of one caller.

    Attributes:
        key: the client's idempotency key, or one that belongs to this request alone.
        body_hash: SHA-256 of the route and the body's meaning, hexadecimal.
        expected_version: the only version of the order that the caller means, where one was named.
    """

    caller: Caller
    at: datetime
    key: str
    body_hash: str
    expected_version: int | None
    trace: Trace

    def stamp(self, actor: Actor, step: str = "") -> Stamp:
        """Return what a command carries; `step` tells apart the commands that one wish leads to."""
        cause = (self.key, step) if step else (self.key,)
        return Stamp(command_id=command_id(self.caller.name, *cause), actor=actor, at=self.at, trace=self.trace)

    def part(self, name: str, body_hash: str) -> "Intent":
        """Return the intent of one part of a batch: a key of its own, and no version."""
        return replace(self, key=f"{self.key}/{name}", body_hash=body_hash, expected_version=None)
