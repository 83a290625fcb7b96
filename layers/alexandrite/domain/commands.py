"""What may be asked of an order: imperatives, each with who asks, when, and an id that makes it happen at most once."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from alexandrite.domain.orders import (
    Actor,
    Channel,
    Delivery,
    FileVersion,
    HoldKind,
    Identifier,
    LeadTime,
    Line,
    Minor,
    Mode,
    Offer,
    Payment,
    Piece,
    Revision,
)
from alexandrite.domain.values import Value

Reason = Annotated[str, Field(min_length=1, max_length=500)]
Pieces = Annotated[int, Field(ge=1, le=50_000)]


class Trace(Value):
    """Which request or message led here, so that one order is one trace."""

    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""


class Command(Value):
    """What every command carries."""

    command_id: Identifier
    actor: Actor
    at: AwareDatetime
    trace: Trace = Trace()


class CreateOrder(Command):
    """A buyer begins an order; its files may still be on their way."""

    channel: Channel
    mode: Mode
    buyer: str
    creating_hash: str
    client_reference: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
    lead_time: LeadTime = LeadTime.STANDARD
    delivery: Delivery
    accept_up_to_minor: Minor | None = None
    payment: Literal[Payment.UNPAID, Payment.CREDIT] = Payment.UNPAID
    remake_of: Identifier | None = None


class ChangeOrder(Command):
    """The buyer changes lines, lead time or delivery before acceptance; what is None stays as it is."""

    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)] | None = None
    lead_time: LeadTime | None = None
    delivery: Delivery | None = None


class RecordFiles(Command):
    """Files of the order have been seen in storage."""

    files: Annotated[dict[str, FileVersion], Field(min_length=1)]


class SubmitOrder(Command):
    """The buyer presses "order"."""

    accept_up_to_minor: Minor | None = None


class RecordPrice(Command):
    """Pricing, or a seller by hand, offers a price for exactly the files that the order holds."""

    offer: Offer


class AcceptPrice(Command):
    """The buyer accepts the price with this id, and no other."""

    price_id: Identifier


class ApproveOrder(Command):
    """A seller, or the company's auto-approval rule, releases an accepted order for production."""


class RejectOrder(Command):
    """A seller finds that it cannot be made."""

    reason: Reason


class CancelOrder(Command):
    """The buyer, a seller or the passing of time calls the order off."""

    reason: Reason


class HoldOrder(Command):
    """Work rests."""

    kind: HoldKind
    reason: Reason
    caused_by: Literal["buyer", "company"]


class ResumeOrder(Command):
    """Work goes on."""


class ReviseOrder(Command):
    """A seller offers a changed design for an order that is held for it."""

    revision: Revision


class RecordPayment(Command):
    """A seller or the payment system says what it knows of the money."""

    payment: Payment


class TakeOrder(Command):
    """An operator takes the order to make it."""


class UndoTake(Command):
    """The operator who has just taken it gives it back as if nothing had been."""

    fence: int


class ReleaseOrder(Command):
    """The owner, or a foreman, puts the order back into the queue."""

    fence: int
    reason: Reason


class ReassignOrder(Command):
    """A foreman gives a taken order to another operator."""

    fence: int
    operator: str


class ScrapPieces(Command):
    """Pieces failed and are made again without leaving the status."""

    fence: int
    pieces: Pieces
    reason: Reason
    mass_g: Annotated[float, Field(gt=0, description="grams of metal that went back to the melt")]


class RecordPieces(Command):
    """What was measured of single pieces."""

    fence: int
    pieces: Annotated[tuple[Piece, ...], Field(min_length=1, max_length=50)]


class SendToAssay(Command):
    """Precious pieces leave the house for hallmarking."""

    fence: int


class ReturnFromAssay(Command):
    """They are back."""

    fence: int
    pieces: Annotated[tuple[Piece, ...], Field(max_length=50)] = ()


class CompleteOrder(Command):
    """The owner has made it."""

    fence: int


class ReworkOrder(Command):
    """What came off the bench is not good: back to it, to the same operator unless another is named."""

    reason: Reason
    operator: str | None = None


class PackOrder(Command):
    """Packing begins."""


class ShipOrder(Command):
    """Handed to the carrier."""

    carrier: Annotated[str, Field(min_length=1, max_length=60)]
    tracking_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{4,40}$")]


class CloseOrder(Command):
    """Delivered, by the carrier's word or a seller's."""

    reason: Reason


class RaiseIssue(Command):
    """Somebody must act, beside the status."""

    code: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z0-9_]+)+$")]
    detail: Reason
    must_act: Literal["buyer", "seller", "operator", "engineer"]
    blocking: bool = False
    line: int | None = None


class ResolveIssue(Command):
    """Somebody acted."""

    code: str
    detail: Reason


class EscalateOrder(Command):
    """The order outstayed its budget: somebody is told, and told again later."""


class RemindBuyer(Command):
    """An unfinished order or an open offer will be cancelled unless its buyer acts soon."""


class MarkRefundDue(Command):
    """Compensation after the end of a paid order."""


class AddNote(Command):
    """A seller's or operator's remark; must not name people."""

    text: Reason


type AnyCommand = (
    CreateOrder
    | ChangeOrder
    | RecordFiles
    | SubmitOrder
    | RecordPrice
    | AcceptPrice
    | ApproveOrder
    | RejectOrder
    | CancelOrder
    | HoldOrder
    | ResumeOrder
    | ReviseOrder
    | RecordPayment
    | TakeOrder
    | UndoTake
    | ReleaseOrder
    | ReassignOrder
    | ScrapPieces
    | RecordPieces
    | SendToAssay
    | ReturnFromAssay
    | CompleteOrder
    | ReworkOrder
    | PackOrder
    | ShipOrder
    | CloseOrder
    | RaiseIssue
    | ResolveIssue
    | EscalateOrder
    | RemindBuyer
    | MarkRefundDue
    | AddNote
)
