"""What operators are shown: what is to be made, by when, and what it pays; never what it costs the buyer."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from alexandrite.board.cards import Card
from alexandrite.buying.views import Promise, Timeline, timeline
from alexandrite.contacts import Recipient
from alexandrite.domain.company import Company
from alexandrite.domain.events import Event
from alexandrite.domain.orders import Issue, Line, Order, Piece, Shipment
from alexandrite.domain.promise import standing
from alexandrite.domain.statuses import Status
from alexandrite.http.answers import Told
from alexandrite.links import VALID_FOR, Links
from alexandrite.models.record import UPLOADS


class FloorHold(Told):
    """Work rests."""

    kind: str
    reason: str
    caused_by: Literal["buyer", "company"]
    since: AwareDatetime


class OperatorOrder(Told):
    """An order as the floor sees it."""

    order_id: str
    version: int
    status: Status
    status_since: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    client_reference: str | None
    lines: tuple[Line, ...]
    quantity: int = Field(description="pieces over all lines")
    lead_time: str
    pay_minor: int | None = Field(description="what completing it earns, integer minor units")
    promise: Promise | None
    stuck: bool
    owner: str | None
    maker: str | None
    taken_at: AwareDatetime | None
    undo_until: AwareDatetime | None = Field(description="until when the take can be undone, if nothing else happens")
    fence: int
    hold: FloorHold | None
    issues: tuple[Issue, ...]
    in_rework: bool
    at_assay_since: AwareDatetime | None
    pieces: tuple[Piece, ...]
    scrapped_pieces: int
    delivery_method: Literal["courier", "pickup_point", "post", "collect"]
    shipment: Shipment | None
    remake_of: str | None


class OperatorOrderDetail(OperatorOrder):
    """The same, with the recipient for whoever packs and ships it."""

    deliver_to: Recipient | None = Field(description="only while the order is being packed")


def operator_order(order: Order, company: Company, now: datetime) -> OperatorOrder:
    """Return `order` as the floor sees it."""
    return OperatorOrder.model_validate(_members(order, company, now))


def operator_order_detail(
    order: Order, company: Company, now: datetime, recipient: Recipient | None
) -> OperatorOrderDetail:
    """Return `order` with the recipient, where it is to be shown."""
    return OperatorOrderDetail.model_validate(_members(order, company, now) | {"deliver_to": recipient})


def _members(order: Order, company: Company, now: datetime) -> dict[str, object]:
    hold, undoable = order.hold, order.taken_at is not None and order.version == order.fence and not order.in_rework
    derived: dict[str, object] = {
        "pay_minor": order.offer.pay_minor if order.offer is not None else None,
        "promise": Promise.of(order, company, now),
        "stuck": standing(order, company, max(now, order.updated_at)).stuck,
        "undo_until": order.taken_at + timedelta(seconds=company.undo_seconds)
        if undoable and order.taken_at is not None
        else None,
        "hold": hold and FloorHold(kind=hold.kind, reason=hold.reason, caused_by=hold.caused_by, since=hold.since),
        "delivery_method": order.delivery.method,
    }
    return {name: getattr(order, name) for name in OperatorOrder.model_fields if name not in derived} | derived


class WorkInProgress(Told):
    """What an operator has in hand, and how much that may be."""

    operator: str
    is_foreman: bool
    orders: int
    pieces: int
    limit_orders: int
    limit_pieces: int


class ModelFile(Told):
    """One file of an order, to download while the links are valid."""

    line: int
    model: str
    sha256: str = Field(description="base64url, of the bytes that were priced: make no others")
    file_url: str
    preview_url: str


class ModelFiles(Told):
    """All files of an order."""

    items: tuple[ModelFile, ...]
    expires_at: AwareDatetime


def model_files(order: Order, links: Links, now: datetime) -> ModelFiles:
    """Return signed addresses of the files of `order`, in the versions that were priced."""
    return ModelFiles(
        items=tuple(
            ModelFile(
                line=line.line,
                model=line.model,
                sha256=order.files[line.model].sha256,
                file_url=links.download(
                    f"{UPLOADS}{line.model}", order.files[line.model].version_id, f"{order.order_id}-{line.line}"
                ),
                preview_url=links.preview(line.model),
            )
            for line in order.lines
        ),
        expires_at=now + VALID_FOR,
    )


class QueuePage(Told):
    """A page of a queue; it may be shorter than asked for although `next_cursor` leads on."""

    items: tuple[Card, ...]
    next_cursor: str | None
    as_of: AwareDatetime = Field(description="when the list was read; single orders are always current")


class QueueCounts(Told):
    """How many orders each queue holds, at one moment."""

    queues: dict[str, int]
    as_of: AwareDatetime


# What the floor may know of each fact beside its name.
_TOLD_TO_OPERATORS: dict[str, tuple[str, ...]] = {
    "OrderCreated": (),
    "ManufacturingApproved": (),
    "RevisionProposed": (),
    "RevisionAccepted": ("due_at",),
    "OrderRejected": ("reason",),
    "OrderCancelled": ("reason",),
    "OrderHeld": ("kind", "reason", "caused_by"),
    "OrderResumed": ("due_at",),
    "OrderTaken": ("owner", "pieces"),
    "TakeUndone": (),
    "OrderReleased": ("reason",),
    "OrderReassigned": ("owner",),
    "PiecesScrapped": ("pieces", "reason", "mass_g"),
    "PiecesRecorded": (),
    "SentToAssay": (),
    "ReturnedFromAssay": (),
    "ManufacturingCompleted": (),
    "ReworkStarted": ("owner", "reason"),
    "PackingStarted": (),
    "OrderShipped": ("carrier", "tracking_number"),
    "OrderClosed": ("reason",),
    "IssueRaised": ("code", "detail", "must_act", "blocking", "line"),
    "IssueResolved": ("code", "detail"),
    "OrderEscalated": ("level",),
    "NoteAdded": ("text",),
}


def operator_timeline(events: tuple[Event, ...], limit: int) -> Timeline:
    """Return a history as the floor may know it."""
    return timeline(events, _TOLD_TO_OPERATORS, limit)
