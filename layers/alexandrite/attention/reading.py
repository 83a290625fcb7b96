"""Reading the sellers' lists."""

from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import AwareDatetime

from alexandrite.attention.entries import (
    OPEN_ORDERS,
    SEARCH,
    Kind,
    OrderEntry,
    attention_list,
    search_term,
    status_list,
)
from alexandrite.domain.errors import Invalid
from alexandrite.domain.statuses import TERMINAL, Status
from alexandrite.domain.values import Value
from alexandrite.projections.items import Items
from alexandrite.projections.reading import RowReader, Slice, checked_limit, cursor_after, entry_before
from alexandrite.projections.shapes import ascending
from alexandrite.projections.trees import TOP


class Page(Value):
    """Part of a list as it was at `as_of`; it may be shorter than asked for although `next_cursor` leads on."""

    orders: tuple[OrderEntry, ...]
    next_cursor: str | None
    as_of: AwareDatetime


def _now() -> datetime:
    return datetime.now(UTC)


class AttentionReader:
    """Reads the sellers' lists, eventually consistently: what a command has just changed may lag by seconds."""

    def __init__(self, items: Items, *, clock: Callable[[], datetime] = _now) -> None:
        self._rows = RowReader(items)
        self._clock = clock

    def orders(
        self,
        status: Status | None = None,
        due_before: datetime | None = None,
        q: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """Return up to `limit` (1 to 100) orders: of one status or all open ones, due first; ended ones latest first.

        `due_before` leaves those that are due before it. `q` finds orders whose number, client reference or tracking
        number begins with it, in any status, in the order of what was found; the other filters then only thin out each
        page.

        Raises:
            Invalid: for a limit out of range, a cursor of another kind, or `due_before` for orders that have ended.
        """
        now = self._clock()
        after = entry_before(cursor)
        checked_limit(limit)
        term = search_term(q or "")
        if term:
            found = self._rows.page(SEARCH, limit, after=after, low=term, high=term + TOP)
            return _page(found, now, lambda order: _fits(order, status, due_before))
        if status in TERMINAL and due_before is not None:
            raise Invalid("orders that have ended are not due any more", pointer="/due_before")
        listed = status_list(Status(status)) if status is not None else OPEN_ORDERS
        high = ascending(due_before) if due_before is not None else TOP
        return _page(self._rows.page(listed, limit, after=after, high=high), now)

    def attention(self, kind: Kind, limit: int = 50, cursor: str | None = None) -> Page:
        """Return up to `limit` (1 to 100) orders that are of this kind now, the longest so first, to the millisecond.

        Late orders are among those at risk: their level says so. Raises like `orders`.
        """
        now = self._clock()
        checked_limit(limit)
        found = self._rows.page(attention_list(Kind(kind)), limit, after=entry_before(cursor), high=ascending(now))
        return _page(found, now)


def _fits(order: OrderEntry, status: Status | None, due_before: datetime | None) -> bool:
    if status is not None and order.status != status:
        return False
    return due_before is None or (order.due_at is not None and order.due_at < due_before)


def _page(found: Slice, now: datetime, fits: Callable[[OrderEntry], bool] = lambda _: True) -> Page:
    """Return the page that shows what was found, each order once."""
    rows = {row.order_id: row.card for row in found.rows if row.card is not None}
    orders = (OrderEntry.model_validate_json(card).seen_at(now) for card in rows.values())
    return Page(orders=tuple(filter(fits, orders)), next_cursor=cursor_after(found.after), as_of=now)
