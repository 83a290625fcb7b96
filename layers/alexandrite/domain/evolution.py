"""How facts change an order, and how a command becomes the next event of its history."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import singledispatch
from typing import Any

from alexandrite.domain import promise
from alexandrite.domain.commands import AnyCommand
from alexandrite.domain.company import Company
from alexandrite.domain.decisions import decide
from alexandrite.domain.events import (
    AnyFact,
    BuyerReminded,
    Event,
    FilesRecorded,
    IssueRaised,
    IssueResolved,
    ManufacturingApproved,
    ManufacturingCompleted,
    NoteAdded,
    OrderCancelled,
    OrderChanged,
    OrderClosed,
    OrderCreated,
    OrderEscalated,
    OrderHeld,
    OrderPriced,
    OrderReassigned,
    OrderRejected,
    OrderReleased,
    OrderResumed,
    OrderShipped,
    OrderSubmitted,
    OrderTaken,
    PackingStarted,
    PaymentRecorded,
    PiecesRecorded,
    PiecesScrapped,
    PriceAccepted,
    RefundBecameDue,
    ReturnedFromAssay,
    RevisionAccepted,
    RevisionProposed,
    ReworkStarted,
    SentToAssay,
    TakeUndone,
)
from alexandrite.domain.orders import Escalation, Hold, Issue, Order, Payment, Piece, Rest, Shipment
from alexandrite.domain.statuses import Status
from alexandrite.domain.transitions import is_legal

type Change = dict[str, Any]


class IllegalHistory(Exception):
    """An event that cannot follow the ones before it: the log is damaged or the code that wrote it was wrong."""


def record(order: Order | None, command: AnyCommand, company: Company, *, order_id: str) -> tuple[Event, Order]:
    """Decide `command` and return the event that says so with the order after it.

    Raises:
        Refusal: when the rules do not allow it.
    """
    fact = decide(order, command, company)
    to_status = order.status if order is not None else Status.INITIATED
    draft = Event(
        order_id=order_id,
        version=order.version + 1 if order is not None else 1,
        at=command.at,
        actor=command.actor,
        command_id=command.command_id,
        from_status=order.status if order is not None else None,
        to_status=to_status,
        deadline_at=None,
        trace=command.trace,
        fact=fact,
    )
    change = _change(order, draft)
    event = draft.model_copy(update={"to_status": change.get("status", to_status)})
    after = _applied(order, event, change)
    event = event.model_copy(update={"deadline_at": promise.deadline(after, company)})
    return event, after.model_copy(update={"deadline_at": event.deadline_at})


def evolve(order: Order | None, event: Event) -> Order:
    """Return the order after `event`.

    Raises:
        IllegalHistory: when the event is not the next one, or not a legal one.
    """
    seen = order.version if order is not None else 0
    if event.version != seen + 1:
        raise IllegalHistory(f"{event.order_id}: event {event.version} follows version {seen}")
    return _applied(order, event, _change(order, event)).model_copy(update={"deadline_at": event.deadline_at})


def fold(events: Iterable[Event]) -> Order:
    """Return the order that a whole history tells of.

    Raises:
        IllegalHistory: when the history is empty, has a gap, or takes a step that the table does not know.
    """
    order: Order | None = None
    for event in events:
        order = evolve(order, event)
    if order is None:
        raise IllegalHistory("an order without events")
    return order


def _change(order: Order | None, event: Event) -> Change:
    if order is None:
        if not isinstance(event.fact, OrderCreated):
            raise IllegalHistory(f"{event.order_id}: begins with {event.fact.name}")
        return _created(event.fact, event)
    return _changed(event.fact, order, event)


def _applied(order: Order | None, event: Event, change: Change) -> Order:
    origin = order.status if order is not None else None
    to_status = change.get("status", origin)
    if event.from_status != origin or event.to_status != to_status or not is_legal(event.fact.name, origin, to_status):
        raise IllegalHistory(
            f"{event.order_id}: {event.fact.name} from {origin} to {to_status} as event {event.version}"
        )
    common: Change = {"version": event.version, "updated_at": event.at, "last_command": event.command_id}
    if order is None:
        return Order(**change, **common)
    if to_status != origin:
        common |= {"status_since": event.at, "rests": (), "escalation": None, "reminded_at": None}
    return order.model_copy(update=common | change)


def _created(fact: OrderCreated, event: Event) -> Change:
    return {
        "order_id": event.order_id,
        "status": Status.INITIATED,
        "status_since": event.at,
        "created_at": event.at,
        "channel": fact.channel,
        "mode": fact.mode,
        "buyer": fact.buyer,
        "creating_hash": fact.creating_hash,
        "client_reference": fact.client_reference,
        "lines": fact.lines,
        "lead_time": fact.lead_time,
        "delivery": fact.delivery,
        "accept_up_to_minor": fact.accept_up_to_minor,
        "payment": fact.payment,
        "remake_of": fact.remake_of,
    }


@singledispatch
def _changed(fact: AnyFact, order: Order, event: Event) -> Change:
    raise IllegalHistory(f"{event.order_id}: {fact.name} cannot happen to an order that exists")


def _on[F: AnyFact](kind: type[F]) -> Callable[[Callable[[F, Order, Event], Change]], Callable[..., Change]]:
    return _changed.register(kind)


@_on(OrderChanged)
def _(fact: OrderChanged, order: Order, event: Event) -> Change:
    lines = fact.lines or order.lines
    models = {line.model for line in lines}
    files = {model: file for model, file in order.files.items() if model in models}
    return {
        "status": Status.FILE_UPLOADED if models <= files.keys() else Status.INITIATED,
        "lines": lines,
        "files": files,
        "lead_time": fact.lead_time or order.lead_time,
        "delivery": fact.delivery or order.delivery,
        "offer": None,  # a changed order is no longer the one that was priced
        "issues": tuple(issue for issue in order.issues if not issue.blocking),
        # a buyer who is at work on it has the whole time again
        "status_since": event.at,
        "escalation": None,
        "reminded_at": None,
        "rests": (),
    }


@_on(FilesRecorded)
def _(fact: FilesRecorded, order: Order, event: Event) -> Change:
    files = {**order.files, **fact.files}
    return {"files": files, "status": Status.FILE_UPLOADED if order.models <= files.keys() else Status.INITIATED}


@_on(OrderSubmitted)
def _(fact: OrderSubmitted, order: Order, event: Event) -> Change:
    change: Change = {"status": Status.SUBMITTED}
    if fact.accept_up_to_minor is not None:
        change["accept_up_to_minor"] = fact.accept_up_to_minor
    return change


@_on(OrderPriced)
def _(fact: OrderPriced, order: Order, event: Event) -> Change:
    return {
        "status": Status.PRICE_CALCULATED,
        "offer": fact.offer,
        "issues": tuple(issue for issue in order.issues if not issue.blocking),
        # a renewed offer runs its own time
        "status_since": event.at,
        "escalation": None,
        "reminded_at": None,
        "rests": (),
    }


@_on(PriceAccepted)
def _(fact: PriceAccepted, order: Order, event: Event) -> Change:
    offer = order.offer.model_copy(update={"accepted_at": event.at}) if order.offer else None
    return {"offer": offer, "due_at": fact.due_at, "escalation": None, "reminded_at": None, "rests": ()}


@_on(ManufacturingApproved)
def _(fact: ManufacturingApproved, order: Order, event: Event) -> Change:
    return {"status": Status.MANUFACTURING_APPROVED}


_FREED: Change = {"owner": None, "taken_at": None, "in_rework": False, "at_assay_since": None}


@_on(OrderRejected)
def _(fact: OrderRejected, order: Order, event: Event) -> Change:
    return {"status": Status.REJECTED, "closed_because": fact.reason, "hold": None, "revision": None, **_FREED}


@_on(OrderCancelled)
def _(fact: OrderCancelled, order: Order, event: Event) -> Change:
    return {"status": Status.CANCELLED, "closed_because": fact.reason, "hold": None, "revision": None, **_FREED}


@_on(OrderHeld)
def _(fact: OrderHeld, order: Order, event: Event) -> Change:
    hold = Hold(kind=fact.kind, reason=fact.reason, caused_by=fact.caused_by, since=event.at, by=event.actor)
    return {"hold": hold, "escalation": None}


def _resumed(order: Order, event: Event) -> Change:
    rests = _rested(order, order.hold.since if order.hold else None, event)
    return {"hold": None, "revision": None, "escalation": None, "rests": rests}


def _rested(order: Order, since: datetime | None, event: Event) -> tuple[Rest, ...]:
    """Return the order's rests with the one that ends now; what lies before the present status is not its rest."""
    begun = max(since or event.at, order.status_since)
    return (*order.rests, Rest(since=begun, until=event.at)) if begun < event.at else order.rests


@_on(OrderResumed)
def _(fact: OrderResumed, order: Order, event: Event) -> Change:
    return {**_resumed(order, event), "due_at": fact.due_at}


@_on(RevisionProposed)
def _(fact: RevisionProposed, order: Order, event: Event) -> Change:
    return {"revision": fact.revision}


@_on(RevisionAccepted)
def _(fact: RevisionAccepted, order: Order, event: Event) -> Change:
    if order.revision is None:
        raise IllegalHistory(f"{order.order_id}: a revision accepted that was never proposed")
    return {
        **_FREED,
        "status": Status.MANUFACTURING_APPROVED,
        "status_since": event.at,
        "lines": order.revision.lines,
        "files": order.revision.files,
        "offer": order.revision.offer.model_copy(update={"accepted_at": event.at}),
        "due_at": fact.due_at,
        "hold": None,
        "revision": None,
        "escalation": None,
        "rests": (),
        "pieces": (),
    }


@_on(PaymentRecorded)
def _(fact: PaymentRecorded, order: Order, event: Event) -> Change:
    return {"payment": fact.payment}


@_on(OrderTaken)
def _(fact: OrderTaken, order: Order, event: Event) -> Change:
    return {
        "status": Status.MANUFACTURING_STARTED,
        "owner": fact.owner,
        "taken_at": event.at,
        "fence": event.version,
    }


@_on(TakeUndone)
@_on(OrderReleased)
def _(fact: TakeUndone | OrderReleased, order: Order, event: Event) -> Change:
    return {"status": Status.MANUFACTURING_APPROVED, **_FREED}


@_on(OrderReassigned)
def _(fact: OrderReassigned, order: Order, event: Event) -> Change:
    return {"owner": fact.owner, "taken_at": event.at, "fence": event.version}


@_on(PiecesScrapped)
def _(fact: PiecesScrapped, order: Order, event: Event) -> Change:
    return {"scrapped_pieces": order.scrapped_pieces + fact.pieces}


def _merged(known: tuple[Piece, ...], news: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Return the pieces with what is new of each laid over what was known."""
    pieces = {(piece.line, piece.number): piece for piece in known}
    for piece in news:
        before = pieces.get((piece.line, piece.number), piece)
        pieces[piece.line, piece.number] = before.model_copy(update=piece.model_dump(exclude_none=True))
    return tuple(pieces[place] for place in sorted(pieces))


@_on(PiecesRecorded)
def _(fact: PiecesRecorded, order: Order, event: Event) -> Change:
    return {"pieces": _merged(order.pieces, fact.pieces)}


@_on(SentToAssay)
def _(fact: SentToAssay, order: Order, event: Event) -> Change:
    return {"at_assay_since": event.at, "escalation": None}


@_on(ReturnedFromAssay)
def _(fact: ReturnedFromAssay, order: Order, event: Event) -> Change:
    return {
        "at_assay_since": None,
        "escalation": None,
        "rests": _rested(order, order.at_assay_since, event),  # the assay office's time is not the operator's
        "pieces": _merged(order.pieces, fact.pieces),
    }


@_on(ManufacturingCompleted)
def _(fact: ManufacturingCompleted, order: Order, event: Event) -> Change:
    return {"status": Status.MANUFACTURING_COMPLETED, "maker": order.owner, **_FREED}


@_on(ReworkStarted)
def _(fact: ReworkStarted, order: Order, event: Event) -> Change:
    return {
        "status": Status.MANUFACTURING_STARTED,
        "owner": fact.owner,
        "taken_at": event.at,
        "fence": event.version,
        "in_rework": True,
    }


@_on(PackingStarted)
def _(fact: PackingStarted, order: Order, event: Event) -> Change:
    return {"status": Status.PACKAGING}


@_on(OrderShipped)
def _(fact: OrderShipped, order: Order, event: Event) -> Change:
    shipment = Shipment(carrier=fact.carrier, tracking_number=fact.tracking_number, shipped_at=event.at)
    return {"status": Status.SHIPPED, "shipment": shipment}


@_on(OrderClosed)
def _(fact: OrderClosed, order: Order, event: Event) -> Change:
    return {"status": Status.CLOSED, "closed_because": fact.reason}


@_on(IssueRaised)
def _(fact: IssueRaised, order: Order, event: Event) -> Change:
    issue = Issue(
        code=fact.code,
        detail=fact.detail,
        must_act=fact.must_act,
        blocking=fact.blocking,
        since=event.at,
        line=fact.line,
    )
    return {"issues": (*order.issues, issue)}


@_on(IssueResolved)
def _(fact: IssueResolved, order: Order, event: Event) -> Change:
    return {"issues": tuple(issue for issue in order.issues if issue.code != fact.code)}


@_on(OrderEscalated)
def _(fact: OrderEscalated, order: Order, event: Event) -> Change:
    return {"escalation": Escalation(level=fact.level, at=event.at)}


@_on(BuyerReminded)
def _(fact: BuyerReminded, order: Order, event: Event) -> Change:
    return {"reminded_at": event.at, "escalation": None}


@_on(RefundBecameDue)
def _(fact: RefundBecameDue, order: Order, event: Event) -> Change:
    return {"payment": Payment.REFUND_DUE}


@_on(NoteAdded)
def _(fact: NoteAdded, order: Order, event: Event) -> Change:
    return {}
