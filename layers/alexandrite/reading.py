"""What use cases read of orders beside deciding about them."""

from collections.abc import Sequence
from typing import Protocol

from alexandrite.domain.errors import NotFound
from alexandrite.domain.events import Event
from alexandrite.domain.orders import Mode, Order
from alexandrite.store.apply import OrderTable, Record, Recorded
from alexandrite.store.dynamodb import Page, WorkInHand
from alexandrite.visibility import Sees


class ReadableOrders(OrderTable, Protocol):
    """The table of orders, as `apply` and as readers see it."""

    def record(self, order_id: str) -> Record | None:
        """Return the order as it stands, read consistently."""
        ...

    def events(self, order_id: str, *, after: int = 0, limit: int = 100) -> Sequence[Recorded]:
        """Return up to `limit` events that follow version `after`, oldest first."""
        ...

    def orders_of(self, buyer: str, mode: Mode, *, limit: int = 20, cursor: str | None = None) -> Page:
        """Return a page of a buyer's orders, newest first."""
        ...

    def work_in_hand(self, operator: str) -> WorkInHand:
        """Return how many orders and pieces an operator holds."""
        ...


def visible_order(table: ReadableOrders, order_id: str, sees: Sees) -> Order:
    """Return an order that the caller may see.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    record = table.record(order_id)
    if record is None or not sees(record.order):
        raise NotFound("There is no such order.")
    return record.order


def visible_history(table: ReadableOrders, order_id: str, sees: Sees, *, after: int, limit: int) -> tuple[Event, ...]:
    """Return a part of the history of an order that the caller may see.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    visible_order(table, order_id, sees)
    return tuple(step.event for step in table.events(order_id, after=after, limit=limit))
