"""What the company answers to a command: a fact, or a refusal with its reason.

`decide` looks only at its arguments. Every rule about who may do what, when, stands in this module; which statuses a
fact connects stands in `transitions`.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import singledispatch
from typing import Any

from alexandrite.domain import commands as asked
from alexandrite.domain import events as facts
from alexandrite.domain import promise
from alexandrite.domain.commands import AnyCommand
from alexandrite.domain.company import Company
from alexandrite.domain.errors import Conflict, Invalid, NotAllowed, NotFound, VersionMismatch
from alexandrite.domain.events import AnyFact
from alexandrite.domain.orders import MOST_PIECES, Actor, ActorKind, HoldKind, Line, Order, Payment, Piece
from alexandrite.domain.statuses import Status
from alexandrite.domain.transitions import may

_STAFF = (ActorKind.SELLER, ActorKind.FOREMAN, ActorKind.SYSTEM)
_MAKERS = (ActorKind.OPERATOR, ActorKind.FOREMAN)
_BUYERS = (ActorKind.CUSTOMER, ActorKind.PARTNER)


def decide(order: Order | None, command: AnyCommand, company: Company) -> AnyFact:
    """Return the fact that `command` makes of `order` (None: no such order yet).

    Raises:
        NotFound: a command to an order that does not exist, or from a buyer whose order it is not.
        NotAllowed: somebody who may never do this.
        Conflict: something that the order's present state rules out; its code says what.
        Invalid: a command that contradicts itself.
    """
    if isinstance(command, asked.CreateOrder):
        return _create(order, command)
    if order is None or (command.actor.is_buyer and command.actor.id != order.buyer):
        raise NotFound("There is no such order.")
    return _answer(command, order, company)


@singledispatch
def _answer(command: AnyCommand, order: Order, company: Company) -> AnyFact:
    raise Invalid(f"{type(command).__name__} is not a command that an order understands.")


def _to[C: AnyCommand](kind: type[C]) -> Callable[[Callable[[C, Order, Company], AnyFact]], Callable[..., AnyFact]]:
    return _answer.register(kind)


def _must_be_possible(fact: type[Any], order: Order) -> None:
    """Refuse what the transition table does not know from this status."""
    if not may(fact.__name__, order.status):
        raise Conflict(
            f"The order is {order.status}; this cannot happen to it now.",
            code="order.wrong_status",
            facts={"order_status": order.status, "version": order.version},
        )


def _must_be(actor: Actor, *kinds: ActorKind) -> None:
    if actor.kind not in kinds:
        raise NotAllowed(f"A {actor.kind} may not do this.")


def _must_not_be_held(order: Order) -> None:
    if order.hold is not None:
        raise Conflict(f"The order is on hold: {order.hold.reason}", code="order.held", facts={"hold": order.hold.kind})


def _must_not_be_accepted(order: Order) -> None:
    if order.is_accepted:
        raise Conflict("The price has been accepted; the order stands as it is.", code="price.already_accepted")


def _must_hold_the_fence(order: Order, fence: int) -> None:
    """Refuse somebody who believes to own the order but has lost it since: the fence is the proof of ownership."""
    if fence != order.fence:
        raise Conflict(
            "The order has changed hands since you had it.",
            code="order.stale_fence",
            facts={"fence": order.fence, **({"owner": order.owner} if order.owner else {})},
        )


def _must_own(order: Order, actor: Actor, fence: int) -> None:
    _must_be(actor, *_MAKERS)
    _must_hold_the_fence(order, fence)
    if actor.kind is ActorKind.OPERATOR and order.owner != actor.id:
        raise Conflict("Another operator has this order.", code="order.not_yours", facts={"owner": order.owner or ""})


def _create(order: Order | None, command: asked.CreateOrder) -> AnyFact:
    if order is not None:
        raise Conflict("The order exists already.", code="order.exists")
    _must_be(command.actor, *_BUYERS, ActorKind.SELLER)
    _must_be_numbered(command.lines)
    return facts.OrderCreated(
        channel=command.channel,
        mode=command.mode,
        buyer=command.buyer,
        creating_hash=command.creating_hash,
        client_reference=command.client_reference,
        lines=command.lines,
        lead_time=command.lead_time,
        delivery=command.delivery,
        accept_up_to_minor=command.accept_up_to_minor,
        payment=command.payment,
        remake_of=command.remake_of,
    )


def _must_be_numbered(lines: tuple[Line, ...]) -> None:
    if sorted(line.line for line in lines) != list(range(1, len(lines) + 1)):
        raise Invalid("Lines are numbered from 1 without gaps.", code="order.line_numbers", pointer="/lines")


@_to(asked.ChangeOrder)
def _(command: asked.ChangeOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_BUYERS, ActorKind.SELLER)
    _must_be_possible(facts.OrderChanged, order)
    _must_not_be_accepted(order)
    if command.lines is not None:
        _must_be_numbered(command.lines)
    return facts.OrderChanged(lines=command.lines, lead_time=command.lead_time, delivery=command.delivery)


@_to(asked.RecordFiles)
def _(command: asked.RecordFiles, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_BUYERS, ActorKind.SELLER, ActorKind.SYSTEM)
    _must_be_possible(facts.FilesRecorded, order)
    strangers = command.files.keys() - order.models
    if strangers:
        raise Invalid(f"The order has no line with {min(strangers)}.", code="order.unknown_model")
    return facts.FilesRecorded(files=command.files)


@_to(asked.SubmitOrder)
def _(command: asked.SubmitOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_BUYERS, ActorKind.SELLER)
    if order.status is Status.INITIATED and order.missing_files:
        raise Conflict(
            f"{len(order.missing_files)} of the order's files are not uploaded yet, for example "
            f"{min(order.missing_files)}.",
            code="order.files_missing",
        )
    _must_be_possible(facts.OrderSubmitted, order)
    _must_not_be_held(order)
    return facts.OrderSubmitted(accept_up_to_minor=command.accept_up_to_minor)


@_to(asked.RecordPrice)
def _(command: asked.RecordPrice, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_BUYERS, ActorKind.SELLER, ActorKind.SYSTEM)
    _must_be_possible(facts.OrderPriced, order)
    _must_not_be_accepted(order)
    if command.offer.files != order.files:
        raise Conflict("The price is for other files than the order holds.", code="price.other_files")
    if command.offer.accepted_at is not None:
        raise Invalid("An offer is not accepted by whoever makes it.", code="price.accepted_unasked")
    return facts.OrderPriced(offer=command.offer)


@_to(asked.AcceptPrice)
def _(command: asked.AcceptPrice, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_BUYERS)
    revision = order.revision
    offer = revision.offer if revision is not None else order.offer
    if revision is None:
        _must_be_possible(facts.PriceAccepted, order)
        _must_not_be_accepted(order)
        _must_not_be_held(order)
    if offer is None or offer.price_id != command.price_id:
        raise Conflict(
            "This is not the price that the order is offered at.",
            code="price.superseded",
            facts={"price_id": offer.price_id} if offer else {},
        )
    if not offer.is_open_at(command.at):
        raise Conflict(
            f"The price was valid until {offer.valid_until.isoformat()}; ask for a new one.", code="price.expired"
        )
    due_at = promise.due_at(command.at, company)
    if revision is not None:
        return facts.RevisionAccepted(price_id=command.price_id, due_at=due_at)
    return facts.PriceAccepted(price_id=command.price_id, due_at=due_at)


@_to(asked.ApproveOrder)
def _(command: asked.ApproveOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER, ActorKind.SYSTEM)
    _must_be_possible(facts.ManufacturingApproved, order)
    _must_not_be_held(order)
    if not order.is_accepted:
        raise Conflict("The buyer has not accepted the price.", code="price.not_accepted")
    if order.payment not in (Payment.PAID, Payment.CREDIT):
        raise Conflict("The order is not paid for.", code="payment.required", facts={"payment": order.payment})
    if order.is_blocked:
        raise Conflict("An issue stands in the way.", code="order.blocked")
    return facts.ManufacturingApproved()


@_to(asked.RejectOrder)
def _(command: asked.RejectOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER)
    _must_be_possible(facts.OrderRejected, order)
    return facts.OrderRejected(reason=command.reason)


_BUYER_MAY_CANCEL = frozenset(
    {
        Status.INITIATED,
        Status.FILE_UPLOADED,
        Status.SUBMITTED,
        Status.PRICE_CALCULATED,
        Status.MANUFACTURING_APPROVED,
    }
)


@_to(asked.CancelOrder)
def _(command: asked.CancelOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_BUYERS, ActorKind.SELLER, ActorKind.SYSTEM)
    _must_be_possible(facts.OrderCancelled, order)
    if command.actor.is_buyer and order.status not in _BUYER_MAY_CANCEL:
        raise Conflict(
            "Work on the order has begun; please ask a seller.",
            code="order.work_has_begun",
            facts={"order_status": order.status},
        )
    if command.actor.kind is ActorKind.SYSTEM and order.is_accepted:
        raise Conflict("The system cancels only what nobody accepted.", code="price.already_accepted")
    return facts.OrderCancelled(reason=command.reason)


@_to(asked.HoldOrder)
def _(command: asked.HoldOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER, *_MAKERS)
    _must_be_possible(facts.OrderHeld, order)
    _must_not_be_held(order)
    if command.kind is HoldKind.DESIGN_CHANGE and not may("RevisionProposed", order.status):
        raise Conflict(
            "A design changes by hold only between approval and completion.",
            code="order.wrong_status",
            facts={"order_status": order.status, "version": order.version},
        )
    return facts.OrderHeld(kind=command.kind, reason=command.reason, caused_by=command.caused_by)


@_to(asked.ResumeOrder)
def _(command: asked.ResumeOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER, *_MAKERS)
    _must_be_possible(facts.OrderResumed, order)
    if order.hold is None:
        raise Conflict("The order is not on hold.", code="order.not_held")
    due_at = order.due_at
    if due_at is not None and order.hold.caused_by == "buyer":
        due_at += max(command.at - order.hold.since, timedelta())
    return facts.OrderResumed(due_at=due_at)


@_to(asked.ReviseOrder)
def _(command: asked.ReviseOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER)
    _must_be_possible(facts.RevisionProposed, order)
    if order.hold is None or order.hold.kind is not HoldKind.DESIGN_CHANGE:
        raise Conflict("Hold the order for a design change first.", code="order.not_held_for_design_change")
    revision = command.revision
    _must_be_numbered(revision.lines)
    if {line.model for line in revision.lines} != revision.files.keys() or revision.offer.files != revision.files:
        raise Invalid("A revision is priced for exactly the files of its lines.", code="price.other_files")
    if revision.offer.accepted_at is not None:
        raise Invalid("An offer is not accepted by whoever makes it.", code="price.accepted_unasked")
    return facts.RevisionProposed(revision=revision)


@_to(asked.RecordPayment)
def _(command: asked.RecordPayment, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER, ActorKind.SYSTEM)
    _must_be_possible(facts.PaymentRecorded, order)
    return facts.PaymentRecorded(payment=command.payment)


@_to(asked.TakeOrder)
def _(command: asked.TakeOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_MAKERS)
    if order.status is Status.MANUFACTURING_STARTED:
        raise Conflict(
            "Another operator was faster." if order.owner != command.actor.id else "You have this order already.",
            code="order.already_taken",
            facts={"owner": order.owner or "", "version": order.version},
        )
    _must_be_possible(facts.OrderTaken, order)
    _must_not_be_held(order)
    return facts.OrderTaken(owner=command.actor.id, pieces=order.quantity)


@_to(asked.UndoTake)
def _(command: asked.UndoTake, order: Order, company: Company) -> AnyFact:
    _must_be_possible(facts.TakeUndone, order)
    _must_own(order, command.actor, command.fence)
    if order.version != order.fence:
        raise Conflict("Something has happened since; release the order instead.", code="take.not_undoable")
    if order.taken_at is None or command.at - order.taken_at > timedelta(seconds=company.undo_seconds):
        raise Conflict(
            f"A take can be undone for {company.undo_seconds} s; release the order instead.", code="take.not_undoable"
        )
    if order.in_rework:
        raise Conflict("Rework is not a take that can be undone.", code="take.not_undoable")
    return facts.TakeUndone()


@_to(asked.ReleaseOrder)
def _(command: asked.ReleaseOrder, order: Order, company: Company) -> AnyFact:
    _must_be_possible(facts.OrderReleased, order)
    _must_own(order, command.actor, command.fence)
    return facts.OrderReleased(reason=command.reason)


@_to(asked.ReassignOrder)
def _(command: asked.ReassignOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.FOREMAN)
    _must_be_possible(facts.OrderReassigned, order)
    _must_hold_the_fence(order, command.fence)
    if command.operator == order.owner:
        raise Conflict("That operator has the order already.", code="order.already_taken", facts={"owner": order.owner})
    return facts.OrderReassigned(owner=command.operator)


@_to(asked.ScrapPieces)
def _(command: asked.ScrapPieces, order: Order, company: Company) -> AnyFact:
    _must_be_possible(facts.PiecesScrapped, order)
    _must_own(order, command.actor, command.fence)
    return facts.PiecesScrapped(pieces=command.pieces, reason=command.reason, mass_g=command.mass_g)


@_to(asked.RecordPieces)
def _(command: asked.RecordPieces, order: Order, company: Company) -> AnyFact:
    _must_be_possible(facts.PiecesRecorded, order)
    _must_own(order, command.actor, command.fence)
    _must_be_pieces_of(order, command.pieces)
    return facts.PiecesRecorded(pieces=command.pieces)


def _must_be_pieces_of(order: Order, pieces: tuple[Piece, ...]) -> None:
    quantities = {line.line: line.quantity for line in order.lines}
    for index, piece in enumerate(pieces):
        if piece.number > quantities.get(piece.line, 0):
            raise Invalid("The order has no such piece.", code="order.unknown_piece", pointer=f"/pieces/{index}")
    known = {(piece.line, piece.number) for piece in (*order.pieces, *pieces)}
    if len(known) > MOST_PIECES:
        raise Conflict(
            f"An order keeps what is known of {MOST_PIECES} pieces, and these would be {len(known)}.",
            code="order.too_many_pieces",
            pointer="/pieces",
            facts={"limit": MOST_PIECES},
        )


@_to(asked.SendToAssay)
def _(command: asked.SendToAssay, order: Order, company: Company) -> AnyFact:
    _must_be_possible(facts.SentToAssay, order)
    _must_own(order, command.actor, command.fence)
    _must_not_be_held(order)
    if order.at_assay_since is not None:
        raise Conflict("The pieces are at the assay office already.", code="order.at_assay")
    return facts.SentToAssay()


@_to(asked.ReturnFromAssay)
def _(command: asked.ReturnFromAssay, order: Order, company: Company) -> AnyFact:
    _must_be_possible(facts.ReturnedFromAssay, order)
    _must_own(order, command.actor, command.fence)
    if order.at_assay_since is None:
        raise Conflict("The pieces are not at the assay office.", code="order.not_at_assay")
    _must_be_pieces_of(order, command.pieces)
    return facts.ReturnedFromAssay(pieces=command.pieces)


@_to(asked.CompleteOrder)
def _(command: asked.CompleteOrder, order: Order, company: Company) -> AnyFact:
    _must_be_possible(facts.ManufacturingCompleted, order)
    _must_own(order, command.actor, command.fence)
    _must_not_be_held(order)
    if order.at_assay_since is not None:
        raise Conflict("The pieces are still at the assay office.", code="order.at_assay")
    return facts.ManufacturingCompleted()


@_to(asked.ReworkOrder)
def _(command: asked.ReworkOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_MAKERS)
    _must_be_possible(facts.ReworkStarted, order)
    _must_not_be_held(order)
    owner = command.operator or order.maker
    if owner is None:
        raise Invalid("Name the operator who makes it again.", code="order.no_maker", pointer="/operator")
    return facts.ReworkStarted(owner=owner, reason=command.reason)


@_to(asked.PackOrder)
def _(command: asked.PackOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_MAKERS)
    _must_be_possible(facts.PackingStarted, order)
    _must_not_be_held(order)
    return facts.PackingStarted()


@_to(asked.ShipOrder)
def _(command: asked.ShipOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_MAKERS)
    _must_be_possible(facts.OrderShipped, order)
    _must_not_be_held(order)
    return facts.OrderShipped(carrier=command.carrier, tracking_number=command.tracking_number)


@_to(asked.CloseOrder)
def _(command: asked.CloseOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER, ActorKind.CARRIER)
    _must_be_possible(facts.OrderClosed, order)
    return facts.OrderClosed(reason=command.reason)


@_to(asked.RaiseIssue)
def _(command: asked.RaiseIssue, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_STAFF, ActorKind.OPERATOR)
    _must_be_possible(facts.IssueRaised, order)
    if any(issue.code == command.code and issue.line == command.line for issue in order.issues):
        raise Conflict("This issue is open already.", code="issue.open_already")
    return facts.IssueRaised(
        code=command.code,
        detail=command.detail,
        must_act=command.must_act,
        blocking=command.blocking,
        line=command.line,
    )


@_to(asked.ResolveIssue)
def _(command: asked.ResolveIssue, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, *_STAFF)
    _must_be_possible(facts.IssueResolved, order)
    if all(issue.code != command.code for issue in order.issues):
        raise Conflict("No such issue is open.", code="issue.not_open")
    return facts.IssueResolved(code=command.code, detail=command.detail)


@_to(asked.EscalateOrder)
def _(command: asked.EscalateOrder, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SYSTEM)
    _must_be_possible(facts.OrderEscalated, order)
    if order.deadline_at is None or command.at < order.deadline_at:
        raise Conflict("The order is within its time.", code="order.within_time")
    return facts.OrderEscalated(level=order.escalation.level + 1 if order.escalation else 1)


@_to(asked.RemindBuyer)
def _(command: asked.RemindBuyer, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SYSTEM)
    _must_be_possible(facts.BuyerReminded, order)
    _must_not_be_accepted(order)
    if order.reminded_at is not None:
        raise Conflict("The buyer has been reminded.", code="buyer.already_reminded")
    return facts.BuyerReminded()


@_to(asked.MarkRefundDue)
def _(command: asked.MarkRefundDue, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SYSTEM)
    _must_be_possible(facts.RefundBecameDue, order)
    if order.payment not in (Payment.PAID, Payment.DEPOSIT):
        raise Conflict("There is nothing to give back.", code="payment.nothing_to_refund")
    return facts.RefundBecameDue()


@_to(asked.AddNote)
def _(command: asked.AddNote, order: Order, company: Company) -> AnyFact:
    _must_be(command.actor, ActorKind.SELLER, *_MAKERS)
    return facts.NoteAdded(text=command.text)


def check_version(order: Order | None, expected_version: int | None) -> None:
    """Refuse a caller who decided on a version that the order has left.

    Raises:
        VersionMismatch: with the version that the order has now.
    """
    if expected_version is not None and order is not None and order.version != expected_version:
        raise VersionMismatch(
            f"The order is at version {order.version}, not {expected_version}.", facts={"version": order.version}
        )
