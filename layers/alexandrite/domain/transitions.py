"""Which fact may happen in which status, and where it leads: the one table that everything else is held against."""

from collections.abc import Mapping

from alexandrite.domain.statuses import OPEN, Status

S = Status  # the table below reads better without the word on every line

type Step = tuple[Status | None, Status]


def _moves(*origins: Status, to: Status) -> frozenset[Step]:
    return frozenset((origin, to) for origin in origins)


def _stays(*statuses: Status) -> frozenset[Step]:
    return frozenset((status, status) for status in statuses)


_BEFORE_ACCEPTANCE = (S.INITIATED, S.FILE_UPLOADED, S.SUBMITTED, S.PRICE_CALCULATED)
_BEFORE_SHIPPED = tuple(sorted(OPEN - {S.SHIPPED}))

TRANSITIONS: Mapping[str, frozenset[Step]] = {
    # the buyer composes
    "OrderCreated": frozenset({(None, S.INITIATED)}),
    "OrderChanged": _moves(*_BEFORE_ACCEPTANCE, to=S.INITIATED) | _moves(*_BEFORE_ACCEPTANCE, to=S.FILE_UPLOADED),
    "FilesRecorded": _moves(S.INITIATED, to=S.FILE_UPLOADED) | _stays(S.INITIATED),
    "OrderSubmitted": _moves(S.FILE_UPLOADED, to=S.SUBMITTED),
    # a price is offered, renewed, accepted
    "OrderPriced": _moves(S.SUBMITTED, S.PRICE_CALCULATED, to=S.PRICE_CALCULATED),
    "PriceAccepted": _stays(S.PRICE_CALCULATED),
    # the seller releases it, or not
    "ManufacturingApproved": _moves(S.PRICE_CALCULATED, to=S.MANUFACTURING_APPROVED),
    "OrderRejected": _moves(S.FILE_UPLOADED, S.SUBMITTED, S.PRICE_CALCULATED, S.MANUFACTURING_APPROVED, to=S.REJECTED),
    "OrderCancelled": _moves(*_BEFORE_SHIPPED, to=S.CANCELLED),
    # the floor makes it
    "OrderTaken": _moves(S.MANUFACTURING_APPROVED, to=S.MANUFACTURING_STARTED),
    "TakeUndone": _moves(S.MANUFACTURING_STARTED, to=S.MANUFACTURING_APPROVED),
    "OrderReleased": _moves(S.MANUFACTURING_STARTED, to=S.MANUFACTURING_APPROVED),
    "OrderReassigned": _stays(S.MANUFACTURING_STARTED),
    "PiecesScrapped": _stays(S.MANUFACTURING_STARTED),
    "PiecesRecorded": _stays(S.MANUFACTURING_STARTED),
    "SentToAssay": _stays(S.MANUFACTURING_STARTED),
    "ReturnedFromAssay": _stays(S.MANUFACTURING_STARTED),
    "ManufacturingCompleted": _moves(S.MANUFACTURING_STARTED, to=S.MANUFACTURING_COMPLETED),
    "ReworkStarted": _moves(S.MANUFACTURING_COMPLETED, S.PACKAGING, to=S.MANUFACTURING_STARTED),
    "PackingStarted": _moves(S.MANUFACTURING_COMPLETED, to=S.PACKAGING),
    "OrderShipped": _moves(S.PACKAGING, to=S.SHIPPED),
    "OrderClosed": _moves(S.SHIPPED, to=S.CLOSED),
    # a changed design goes back to the queue under a new promise
    "RevisionProposed": _stays(S.MANUFACTURING_APPROVED, S.MANUFACTURING_STARTED),
    "RevisionAccepted": _moves(S.MANUFACTURING_APPROVED, S.MANUFACTURING_STARTED, to=S.MANUFACTURING_APPROVED),
    # facts beside the status
    "OrderHeld": _stays(*_BEFORE_SHIPPED),
    "OrderResumed": _stays(*_BEFORE_SHIPPED),
    "PaymentRecorded": _stays(*Status),
    "IssueRaised": _stays(*OPEN),
    "IssueResolved": _stays(*OPEN),
    "OrderEscalated": _stays(*OPEN),
    "BuyerReminded": _stays(S.INITIATED, S.FILE_UPLOADED, S.PRICE_CALCULATED),
    "RefundBecameDue": _stays(S.CANCELLED, S.REJECTED),
    "NoteAdded": _stays(*Status),
}


def may(fact: str, status: Status | None) -> bool:
    """Whether a fact of this name may happen to an order in `status` (None: to an order that is not there yet)."""
    return any(origin == status for origin, _ in TRANSITIONS[fact])


def is_legal(fact: str, origin: Status | None, to: Status) -> bool:
    """Whether this fact may lead from `origin` to `to`."""
    return (origin, to) in TRANSITIONS[fact]
