"""What has happened: facts in the past tense, and the record that gives each its place in an order's history."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from alexandrite.domain.commands import Trace
from alexandrite.domain.identifiers import event_id
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
from alexandrite.domain.statuses import Status
from alexandrite.domain.values import Value


class OrderCreated(Value):
    name: Literal["OrderCreated"] = "OrderCreated"
    channel: Channel
    mode: Mode
    buyer: str
    creating_hash: str
    client_reference: str | None
    lines: tuple[Line, ...]
    lead_time: LeadTime
    delivery: Delivery
    accept_up_to_minor: Minor | None
    payment: Payment
    remake_of: Identifier | None


class OrderChanged(Value):
    name: Literal["OrderChanged"] = "OrderChanged"
    lines: tuple[Line, ...] | None
    lead_time: LeadTime | None
    delivery: Delivery | None


class FilesRecorded(Value):
    name: Literal["FilesRecorded"] = "FilesRecorded"
    files: dict[str, FileVersion]


class OrderSubmitted(Value):
    name: Literal["OrderSubmitted"] = "OrderSubmitted"
    accept_up_to_minor: Minor | None


class OrderPriced(Value):
    name: Literal["OrderPriced"] = "OrderPriced"
    offer: Offer


class PriceAccepted(Value):
    name: Literal["PriceAccepted"] = "PriceAccepted"
    price_id: Identifier
    due_at: AwareDatetime


class RevisionAccepted(Value):
    name: Literal["RevisionAccepted"] = "RevisionAccepted"
    price_id: Identifier
    due_at: AwareDatetime


class ManufacturingApproved(Value):
    name: Literal["ManufacturingApproved"] = "ManufacturingApproved"


class OrderRejected(Value):
    name: Literal["OrderRejected"] = "OrderRejected"
    reason: str


class OrderCancelled(Value):
    name: Literal["OrderCancelled"] = "OrderCancelled"
    reason: str


class OrderHeld(Value):
    name: Literal["OrderHeld"] = "OrderHeld"
    kind: HoldKind
    reason: str
    caused_by: Literal["buyer", "company"]


class OrderResumed(Value):
    name: Literal["OrderResumed"] = "OrderResumed"
    due_at: AwareDatetime | None = Field(description="later by the length of the hold when the buyer caused it")


class RevisionProposed(Value):
    name: Literal["RevisionProposed"] = "RevisionProposed"
    revision: Revision


class PaymentRecorded(Value):
    name: Literal["PaymentRecorded"] = "PaymentRecorded"
    payment: Payment


class OrderTaken(Value):
    name: Literal["OrderTaken"] = "OrderTaken"
    owner: str
    pieces: int


class TakeUndone(Value):
    name: Literal["TakeUndone"] = "TakeUndone"


class OrderReleased(Value):
    name: Literal["OrderReleased"] = "OrderReleased"
    reason: str


class OrderReassigned(Value):
    name: Literal["OrderReassigned"] = "OrderReassigned"
    owner: str


class PiecesScrapped(Value):
    name: Literal["PiecesScrapped"] = "PiecesScrapped"
    pieces: int
    reason: str
    mass_g: float


class PiecesRecorded(Value):
    name: Literal["PiecesRecorded"] = "PiecesRecorded"
    pieces: tuple[Piece, ...]


class SentToAssay(Value):
    name: Literal["SentToAssay"] = "SentToAssay"


class ReturnedFromAssay(Value):
    name: Literal["ReturnedFromAssay"] = "ReturnedFromAssay"
    pieces: tuple[Piece, ...]


class ManufacturingCompleted(Value):
    name: Literal["ManufacturingCompleted"] = "ManufacturingCompleted"


class ReworkStarted(Value):
    name: Literal["ReworkStarted"] = "ReworkStarted"
    owner: str
    reason: str


class PackingStarted(Value):
    name: Literal["PackingStarted"] = "PackingStarted"


class OrderShipped(Value):
    name: Literal["OrderShipped"] = "OrderShipped"
    carrier: str
    tracking_number: str


class OrderClosed(Value):
    name: Literal["OrderClosed"] = "OrderClosed"
    reason: str


class IssueRaised(Value):
    name: Literal["IssueRaised"] = "IssueRaised"
    code: str
    detail: str
    must_act: Literal["buyer", "seller", "operator", "engineer"]
    blocking: bool
    line: int | None


class IssueResolved(Value):
    name: Literal["IssueResolved"] = "IssueResolved"
    code: str
    detail: str


class OrderEscalated(Value):
    name: Literal["OrderEscalated"] = "OrderEscalated"
    level: int


class BuyerReminded(Value):
    name: Literal["BuyerReminded"] = "BuyerReminded"


class RefundBecameDue(Value):
    name: Literal["RefundBecameDue"] = "RefundBecameDue"


class NoteAdded(Value):
    name: Literal["NoteAdded"] = "NoteAdded"
    text: str


type AnyFact = (
    OrderCreated
    | OrderChanged
    | FilesRecorded
    | OrderSubmitted
    | OrderPriced
    | PriceAccepted
    | RevisionAccepted
    | ManufacturingApproved
    | OrderRejected
    | OrderCancelled
    | OrderHeld
    | OrderResumed
    | RevisionProposed
    | PaymentRecorded
    | OrderTaken
    | TakeUndone
    | OrderReleased
    | OrderReassigned
    | PiecesScrapped
    | PiecesRecorded
    | SentToAssay
    | ReturnedFromAssay
    | ManufacturingCompleted
    | ReworkStarted
    | PackingStarted
    | OrderShipped
    | OrderClosed
    | IssueRaised
    | IssueResolved
    | OrderEscalated
    | BuyerReminded
    | RefundBecameDue
    | NoteAdded
)
type Fact = Annotated[AnyFact, Field(discriminator="name")]


class Event(Value):
    """One fact at its place in the history of one order: immutable, densely numbered from 1."""

    schema_version: Literal[1] = 1
    order_id: Identifier
    version: int = Field(ge=1)
    at: AwareDatetime
    actor: Actor
    command_id: Identifier
    from_status: Status | None
    to_status: Status
    deadline_at: AwareDatetime | None = Field(description="when the budget of `to_status` ends, seen from this event")
    trace: Trace = Trace()
    fact: Fact

    @property
    def event_id(self) -> str:
        """The same event has the same id wherever it is met."""
        return event_id(self.order_id, self.version)
