"""The driver's side of the table, and the one way in which an order gets its next execution."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from alexandrite.domain.orders import Order
from alexandrite.driving.machine import Machine
from alexandrite.store.checks import rest_after
from alexandrite.store.table import Driver, Place, Record, Recorded
from alexandrite.telemetry import count, logger


class DriverTable(Protocol):
    """What driving reads and writes beside the fold."""

    def record(self, order_id: str) -> Record | None:
        """Return the order with its driver's attributes, read consistently."""
        ...

    def raise_generation(self, order_id: str, generation: int, *, next_check_at: datetime) -> bool:
        """Go from `generation` to the next and forget the token; False when it is another, or nothing is open."""
        ...

    def postpone(self, order_id: str, *, seen: Driver, version: int, until: datetime) -> bool:
        """Let the sweeper look again at `until`, unless the order or its schedule has moved since `seen`."""
        ...

    def due(self, shard: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """Return up to `limit` orders of a shard whose `next_check_at` is not after `before`, the oldest first."""
        ...

    def walk(self, place: Place, limit: int) -> tuple[Sequence[str], Place | None]:
        """Return up to `limit` orders that need driving, and where their shard goes on: None at its end."""
        ...

    def records_of(self, order_ids: Sequence[str]) -> Sequence[Record]:
        """Return up to 100 orders with their driver's attributes, read consistently and at once."""
        ...

    def last_events(self, orders: Sequence[Order]) -> Sequence[Recorded]:
        """Return, of up to 100 orders, the events that made them what they are."""
        ...

    def place(self) -> Place | None:
        """Return where the sweep of everything has stopped; None when it came to its end."""
        ...

    def move(self, seen: Place | None, to: Place | None) -> bool:
        """Remember `to` as the place of the sweep of everything; False when it is not at `seen` (None: wherever)."""
        ...

    def stuck(self) -> int:
        """Return how many live orders have been escalated and not moved since."""
        ...


def start_next_generation(
    order_id: str, generation: int, *, table: DriverTable, machine: Machine, now: datetime, correlation_id: str
) -> bool:
    """Give an order whose execution of `generation` is no more the next one; return whether this call raised it.

    The new execution only looks the order up, so it does not matter where the old one stopped. Whoever raised the
    generation may have died before starting it: so the next one is started in any case, and a second start is none.
    """
    raised = table.raise_generation(order_id, generation, next_check_at=now + rest_after(generation))
    if raised:
        logger().warning("an order's execution has ended early", extra={"order_id": order_id, "generation": generation})
        count("DriverGenerations", generation + 1)
    record = table.record(order_id)
    if record is not None and record.driver.generation == generation + 1:
        machine.start(order_id, generation + 1, correlation_id=correlation_id)
    return raised


def correlation(record: Record) -> str:
    """Return what ties an execution's logs to its order when no event is at hand: the order itself."""
    return record.order.order_id
