"""What sellers' lists show of an order, and in which lists; pure.

Whether an order is stuck or at risk depends on the time, but the moment from which it will be does not: the lists are
sorted by that moment, and whoever reads one reads up to now.
"""

import unicodedata
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from alexandrite.domain.company import Company
from alexandrite.domain.orders import Channel, Hold, Issue, Mode, Order, Payment
from alexandrite.domain.promise import Level, standing
from alexandrite.domain.statuses import TERMINAL, Status
from alexandrite.domain.values import Value
from alexandrite.projections.numbers import order_number
from alexandrite.projections.shapes import Place, Row, SortedList, ascending, descending, entry

OPEN_ORDERS = SortedList("open")
SEARCH = SortedList("search")


class Kind(StrEnum):
    """Why an order needs somebody's attention."""

    STUCK = "stuck"
    AT_RISK = "at_risk"
    UNPRICEABLE = "unpriceable"
    HELD = "held"


class OrderEntry(Value):
    """One order in a seller's list; `stuck` and `level` as of the moment of reading."""

    order_id: str
    number: str
    version: int
    status: Status
    status_since: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    channel: Channel
    buyer: str
    client_reference: str | None
    lines: int
    pieces: int
    gross_minor: int | None
    currency: str | None
    payment: Payment
    due_at: AwareDatetime | None
    owner: str | None
    hold: Hold | None
    issues: tuple[Issue, ...]
    tracking_number: str | None
    stuck_from: AwareDatetime | None
    at_risk_from: AwareDatetime | None
    stuck: bool = False
    level: Level = "on_time"

    def seen_at(self, now: datetime) -> "OrderEntry":
        """Return the entry with what the time has made of it since it was written."""
        rests = self.hold is not None and self.hold.caused_by == "buyer"
        judged_at = self.hold.since if self.hold is not None and rests else now
        level: Level = "on_time"
        if self.at_risk_from is not None and judged_at > self.at_risk_from:
            level = "late" if self.due_at is not None and judged_at > self.due_at else "at_risk"
        stuck = self.stuck_from is not None and now > self.stuck_from
        return self.model_copy(update={"stuck": stuck, "level": level})


def row(order: Order, company: Company) -> Row | None:
    """Return what sellers' lists have to know of the order; None: nothing, for a test order."""
    if order.mode is Mode.TEST:
        return None
    listed = order_entry(order, company)
    return Row(
        order_id=order.order_id,
        version=order.version,
        card=listed.model_dump_json(exclude={"stuck", "level"}),
        places=frozenset(
            Place(sorted_list, entry(key, order.order_id))
            for sorted_list, key in (*_by_status(order), *_by_attention(listed), *_by_term(listed))
        ),
    )


def order_entry(order: Order, company: Company) -> OrderEntry:
    """Return the order's entry as of its last event."""
    stands = standing(order, company, order.updated_at)
    return OrderEntry(
        order_id=order.order_id,
        number=order_number(order.order_id),
        version=order.version,
        status=order.status,
        status_since=order.status_since,
        created_at=order.created_at,
        updated_at=order.updated_at,
        channel=order.channel,
        buyer=order.buyer,
        client_reference=order.client_reference,
        lines=len(order.lines),
        pieces=order.quantity,
        gross_minor=order.offer.gross_minor if order.offer else None,
        currency=order.offer.currency if order.offer else None,
        payment=order.payment,
        due_at=order.due_at,
        owner=order.owner,
        hold=order.hold,
        issues=order.issues,
        tracking_number=order.shipment.tracking_number if order.shipment else None,
        stuck_from=stands.stuck_from,
        at_risk_from=stands.at_risk_from,
        stuck=stands.stuck,
        level=stands.level,
    )


def status_list(status: Status) -> SortedList:
    """Return the list of the orders in `status`: open ones due first, ended ones latest first."""
    return SortedList(f"status/{status}")


def attention_list(kind: Kind) -> SortedList:
    """Return the list of the orders that are, or will be from their sort key on, of this kind."""
    return SortedList(f"attention/{kind}")


def search_term(text: str) -> str:
    """Return what `text` is found under: without case, compatibility forms, and spaces around or doubled within."""
    term = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return term.removeprefix("ord_")


def _by_status(order: Order) -> list[tuple[SortedList, str]]:
    if order.status in TERMINAL:
        return [(status_list(order.status), descending(order.status_since))]
    # Without a due date they follow those that have one: "~" sorts after all digits.
    key = ascending(order.due_at) if order.due_at else f"~{ascending(order.created_at)}"
    return [(OPEN_ORDERS, key), (status_list(order.status), key)]


def _by_attention(listed: OrderEntry) -> list[tuple[SortedList, str]]:
    if listed.status in TERMINAL:
        return []
    blocking = [issue.since for issue in listed.issues if issue.blocking]
    moments = {
        Kind.STUCK: listed.stuck_from,
        Kind.AT_RISK: listed.at_risk_from,
        Kind.UNPRICEABLE: min(blocking, default=None),
        Kind.HELD: listed.hold.since if listed.hold else None,
    }
    return [(attention_list(kind), ascending(moment)) for kind, moment in moments.items() if moment is not None]


def _by_term(listed: OrderEntry) -> list[tuple[SortedList, str]]:
    terms = {search_term(term) for term in (listed.number, listed.client_reference, listed.tracking_number) if term}
    return [(SEARCH, term) for term in sorted(terms - {""})]
