"""What the board shows of an order, and in which queues; pure."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from alexandrite.domain.orders import HoldKind, LeadTime, Mode, Order
from alexandrite.domain.statuses import Status
from alexandrite.domain.values import Value
from alexandrite.projections.numbers import order_number
from alexandrite.projections.shapes import Place, Row, SortedList, Tally, ascending, descending, entry


class Queue(StrEnum):
    """The tabs of the board."""

    AVAILABLE = "available"
    MINE = "mine"
    STARTED = "started"
    COMPLETED = "completed"
    PACKAGING = "packaging"
    SHIPPED = "shipped"


class Sort(StrEnum):
    """How a queue is ordered: longest in it last, or due first."""

    NEWEST = "newest"
    DUE = "due"


class CardHold(Value):
    """Why work on it rests."""

    kind: HoldKind
    reason: str
    since: AwareDatetime


class Card(Value):
    """What an operator needs to know before taking an order, and while making it."""

    order_id: str
    number: str
    version: int
    status: Status
    status_since: AwareDatetime
    due_at: AwareDatetime | None
    lead_time: LeadTime
    materials: tuple[str, ...]
    finishes: tuple[str, ...]
    lines: int
    pieces: int
    pay_minor: Annotated[int, Field(description="minor units of `currency` that completing the order earns")]
    currency: str
    owner: str | None
    taken_at: AwareDatetime | None
    hold: CardHold | None
    in_rework: bool
    at_assay: bool
    scrapped_pieces: int
    thumbnail: Annotated[str, Field(description="key of the first model's preview in the bucket of models")]


_QUEUES = {
    Status.MANUFACTURING_APPROVED: Queue.AVAILABLE,
    Status.MANUFACTURING_STARTED: Queue.STARTED,
    Status.MANUFACTURING_COMPLETED: Queue.COMPLETED,
    Status.PACKAGING: Queue.PACKAGING,
    Status.SHIPPED: Queue.SHIPPED,
}
# No fact leads back to these from a status of the board, so what is in them needs no row to guard it.
_NOT_YET = frozenset({Status.INITIATED, Status.FILE_UPLOADED, Status.SUBMITTED, Status.PRICE_CALCULATED})
# Queues and dead-letter queues keep a message for 14 days each.
_LATEST_MESSAGE = timedelta(days=60)
_NO_DUE_DATE = "9" * 13


def row(order: Order) -> Row | None:
    """Return what the board has to know of the order; None: nothing, and it never has known anything."""
    if order.mode is Mode.TEST or order.status in _NOT_YET:
        return None
    if order.status not in _QUEUES:
        gone_at = order.updated_at + _LATEST_MESSAGE
        return Row(order.order_id, order.version, expires_at=int(gone_at.timestamp()))
    lists = tuple(_queues(order))
    return Row(
        order_id=order.order_id,
        version=order.version,
        card=card(order).model_dump_json(),
        places=frozenset(
            Place(queue_list(queue, sort, order.owner), entry(_sort_key(order, sort), order.order_id))
            for queue in lists
            for sort in Sort
        ),
        tallies=frozenset(tally(queue, order.owner) for queue in lists),
    )


def card(order: Order) -> Card:
    """Return the order's card."""
    return Card(
        order_id=order.order_id,
        number=order_number(order.order_id),
        version=order.version,
        status=order.status,
        status_since=order.status_since,
        due_at=order.due_at,
        lead_time=order.lead_time,
        materials=tuple(dict.fromkeys(line.material for line in order.lines)),
        finishes=tuple(dict.fromkeys(line.finish for line in order.lines)),
        lines=len(order.lines),
        pieces=order.quantity,
        pay_minor=order.offer.pay_minor if order.offer else 0,
        currency=order.offer.currency if order.offer else "RUB",
        owner=order.owner,
        taken_at=order.taken_at,
        hold=CardHold(kind=order.hold.kind, reason=order.hold.reason, since=order.hold.since) if order.hold else None,
        in_rework=order.in_rework,
        at_assay=order.at_assay_since is not None,
        scrapped_pieces=order.scrapped_pieces,
        thumbnail=f"previews/{order.lines[0].model}.png",
    )


def queue_list(queue: Queue, sort: Sort, owner: str | None) -> SortedList:
    """Return the sorted list behind a tab.

    An operator's own list is one tree: the limit of work in progress keeps it short.
    """
    if queue is Queue.MINE:
        return SortedList(f"{queue}/{owner}/{sort}", lanes=1)
    return SortedList(f"{queue}/{sort}")


def tally(queue: Queue, owner: str | None) -> Tally:
    """Return the count behind a tab."""
    if queue is Queue.MINE:
        return Tally(f"{queue}/{owner}", queue, lanes=1)
    return Tally("queues", queue)


def _queues(order: Order) -> list[Queue]:
    queue = _QUEUES[order.status]
    if queue is Queue.AVAILABLE and order.hold is not None:
        return []
    if queue is Queue.STARTED and order.owner is not None:
        return [Queue.STARTED, Queue.MINE]
    return [queue]


def _sort_key(order: Order, sort: Sort) -> str:
    if sort is Sort.NEWEST:
        return descending(order.status_since)
    return ascending(order.due_at) if order.due_at else _NO_DUE_DATE
