"""An order and its parts, as they stand after the last event."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from alexandrite.domain.statuses import COMPOSING, OPEN, TERMINAL, Status
from alexandrite.domain.values import Value

Identifier = Annotated[str, Field(pattern=r"^[a-z]{2,4}_[A-Za-z0-9-]{1,64}$")]
Minor = Annotated[int, Field(ge=0, description="integer minor units of the currency, for roubles: kopecks")]

# Of how many single pieces an order keeps what is known: an order, and each event with the order after it, stay under
# 16 KB whatever is recorded.
MOST_PIECES = 100


class Channel(StrEnum):
    """Which door the order came through."""

    SHOP = "shop"
    PARTNER = "partner"


class Mode(StrEnum):
    """Test orders walk the same way but never reach the floor, its counts or its metrics."""

    LIVE = "live"
    TEST = "test"


class ActorKind(StrEnum):
    """Who may do something to an order."""

    CUSTOMER = "customer"
    PARTNER = "partner"
    SELLER = "seller"
    OPERATOR = "operator"
    FOREMAN = "foreman"
    CARRIER = "carrier"
    SYSTEM = "system"


class Actor(Value):
    """Who does it: a person or partner by opaque id, or a part of the system by its name (`pricing`, `sweeper`)."""

    kind: ActorKind
    id: str

    @property
    def is_buyer(self) -> bool:
        """Whether this actor buys: customers and partners do."""
        return self.kind in (ActorKind.CUSTOMER, ActorKind.PARTNER)


class LeadTime(StrEnum):
    """How soon the buyer wants it; touches labour in the price only."""

    STANDARD = "standard"
    EXPRESS = "express"


class FileVersion(Value):
    """The very bytes that are priced and made: the object's version in storage and its checksum."""

    version_id: str
    sha256: str = Field(description="base64url without padding, 43 characters")


class Line(Value):
    """One model to be made `quantity` times in one material and finish."""

    line: int = Field(ge=1, le=50, description="number of the line within its order, from 1")
    model: Identifier
    material: str
    finish: str
    quantity: int = Field(ge=1, le=1000, description="pieces")


class Delivery(Value):
    """How the order travels; name and address are in the contacts store under `contact`."""

    contact: Identifier
    method: Literal["courier", "pickup_point", "post", "collect"]
    cost_minor: Minor


class Offer(Value):
    """The price in short: the full breakdown lies beside the order under `price_id`."""

    price_id: Identifier
    net_minor: Minor
    vat_minor: Minor
    gross_minor: Minor
    currency: str = "RUB"
    pay_minor: Minor = Field(description="what the operator who completes the order earns")
    valid_until: AwareDatetime
    price_list_version: str
    metal_rate_version: str
    engine_version: str
    files: dict[str, FileVersion] = Field(description="by model: the bytes that this price is for")
    manual: bool = False
    accepted_at: AwareDatetime | None = None

    def is_open_at(self, moment: datetime) -> bool:
        """Whether the buyer may still accept at `moment`."""
        return self.accepted_at is None and moment <= self.valid_until


class Payment(StrEnum):
    """What the company knows of the money."""

    UNPAID = "unpaid"
    DEPOSIT = "deposit"
    PAID = "paid"
    CREDIT = "credit"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"


class HoldKind(StrEnum):
    """Why work rests."""

    QUESTION = "question"
    PAYMENT = "payment"
    MATERIAL = "material"
    MACHINE = "machine"
    QUALITY = "quality"
    DESIGN_CHANGE = "design_change"


class Hold(Value):
    """Work rests since `since`; the promise clock stops only when the buyer caused it."""

    kind: HoldKind
    reason: str
    caused_by: Literal["buyer", "company"]
    since: AwareDatetime
    by: Actor


class Rest(Value):
    """The clock of the status stood still: the order was on hold, or its pieces were out for hallmarking."""

    since: AwareDatetime
    until: AwareDatetime


class Revision(Value):
    """A changed design that the buyer has been offered while the order is held."""

    lines: tuple[Line, ...]
    files: dict[str, FileVersion]
    offer: Offer


class Issue(Value):
    """Something that somebody must act on, beside the status."""

    code: str = Field(description="stable dotted code, for example `model.unpriceable`")
    detail: str
    must_act: Literal["buyer", "seller", "operator", "engineer"]
    blocking: bool
    since: AwareDatetime
    line: int | None = None


class Escalation(Value):
    """The order outstayed its budget: the `level`-th reminder went out at `at`."""

    level: int = Field(ge=1)
    at: AwareDatetime


class Shipment(Value):
    """Handed to the carrier."""

    carrier: str
    tracking_number: str
    shipped_at: AwareDatetime


class Piece(Value):
    """What is known of one precious piece: its mass as made, and its hallmarking."""

    line: int
    number: int = Field(ge=1, description="piece of that line, from 1")
    actual_mass_g: float | None = Field(default=None, gt=0, lt=100_000)
    uin: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]{1,24}$",
        description="unique identification number of the assay system",
    )
    assay_state: Literal["sent", "hallmarked", "refused"] | None = None


class Order(Value):
    """An order after its `version`-th event: the fold of its events, and nothing that they do not say."""

    order_id: Identifier
    version: int = Field(ge=1)
    status: Status
    status_since: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    channel: Channel
    mode: Mode
    buyer: str
    client_reference: str | None = None
    creating_hash: str = Field(description="SHA-256 of the body that created the order, hexadecimal")
    lines: tuple[Line, ...]
    files: dict[str, FileVersion] = Field(default_factory=dict, description="by model id")
    lead_time: LeadTime
    delivery: Delivery
    accept_up_to_minor: Minor | None = None
    offer: Offer | None = None
    due_at: AwareDatetime | None = None
    deadline_at: AwareDatetime | None = Field(default=None, description="when the budget of this status ends")
    payment: Payment = Payment.UNPAID
    owner: str | None = None
    maker: str | None = Field(default=None, description="the operator who completed it last")
    taken_at: AwareDatetime | None = None
    fence: int = Field(default=0, description="version at which the present owner got it; grows only")
    issues: tuple[Issue, ...] = ()
    hold: Hold | None = None
    rests: tuple[Rest, ...] = Field(default=(), description="past holds and assays within the present status")
    revision: Revision | None = None
    escalation: Escalation | None = None
    in_rework: bool = False
    at_assay_since: AwareDatetime | None = None
    pieces: tuple[Piece, ...] = ()
    scrapped_pieces: int = 0
    shipment: Shipment | None = None
    remake_of: Identifier | None = None
    reminded_at: AwareDatetime | None = Field(default=None, description="the buyer was told that time is running out")
    closed_because: str | None = None
    last_command: str

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to the order."""
        return self.status in OPEN

    @property
    def is_terminal(self) -> bool:
        """Whether the order is closed, cancelled or rejected."""
        return self.status in TERMINAL

    @property
    def is_composed(self) -> bool:
        """Whether the buyer has pressed "order" and not taken it back."""
        return self.status not in COMPOSING

    @property
    def is_accepted(self) -> bool:
        """Whether the buyer has accepted the offer that stands."""
        return self.offer is not None and self.offer.accepted_at is not None

    @property
    def quantity(self) -> int:
        """Pieces over all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def models(self) -> frozenset[str]:
        """The distinct models that the lines name."""
        return frozenset(line.model for line in self.lines)

    @property
    def missing_files(self) -> frozenset[str]:
        """Models whose bytes are not known to lie in storage."""
        return self.models - self.files.keys()

    @property
    def is_blocked(self) -> bool:
        """Whether an issue stands in the way."""
        return any(issue.blocking for issue in self.issues)
