"""Whose order is it? A table of orders that shows a caller only those that are theirs to see."""

from collections.abc import Callable, Sequence

from alexandrite.auth.callers import Caller
from alexandrite.domain.errors import NotFound
from alexandrite.domain.orders import Mode, Order
from alexandrite.domain.statuses import Status
from alexandrite.store.apply import ItemKey, KeyUse, OrderTable, Recorded, Snapshot
from alexandrite.store.table import Change

type Sees = Callable[[Order], bool]

_BEFORE_THE_FLOOR = frozenset({Status.INITIATED, Status.FILE_UPLOADED, Status.SUBMITTED, Status.PRICE_CALCULATED})


def owned_by(caller: Caller) -> Sees:
    """A buyer sees the orders that came from this very buyer, through this channel, in this mode."""
    return lambda order: (order.channel, order.buyer, order.mode) == (caller.channel, caller.id, caller.mode)


def on_the_floor(order: Order) -> bool:
    """Operators see what has been released for production; test orders never reach them."""
    return order.mode is Mode.LIVE and order.status not in _BEFORE_THE_FLOOR


class VisibleOrders:
    """The orders that somebody may see: any other looks as if it did not exist, to reading and to writing alike.

    The check stands between the read and the decision, so it costs no further call and cannot be forgotten by a
    single use case.
    """

    def __init__(self, table: OrderTable, sees: Sees) -> None:
        self._table = table
        self._sees = sees

    def read(
        self,
        order_id: str,
        *,
        key: KeyUse | None = None,
        commands: frozenset[str] = frozenset(),
        also: Sequence[ItemKey] = (),
    ) -> Snapshot:
        """Read as the table does; an order that must not be seen is `NotFound`."""
        seen = self._table.read(order_id, key=key, commands=commands, also=also)
        if seen.order is not None and not self._sees(seen.order):
            raise NotFound("There is no such order.")
        return seen

    def commit(self, change: Change) -> None:
        """Commit as the table does: what it changes has been read here."""
        self._table.commit(change)

    def event(self, order_id: str, version: int) -> Recorded:
        """Return an event as the table does."""
        return self._table.event(order_id, version)

    def claimed_by(self, key: ItemKey) -> str | None:
        """Return the holder of a reference as the table does."""
        return self._table.claimed_by(key)
