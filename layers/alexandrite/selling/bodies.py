"""What sellers send."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from alexandrite.attention.entries import Kind
from alexandrite.buying.bodies import Lines
from alexandrite.domain.commands import Reason
from alexandrite.domain.orders import HoldKind, Mode, Payment
from alexandrite.domain.statuses import Status
from alexandrite.http.requests import Asked
from alexandrite.partners.directory import PartnerId
from alexandrite.partners.keys import ALL_SCOPES, Scope


class Because(Asked):
    """Why."""

    reason: Reason


class PriceByHand(Asked):
    """A price that a seller offers where the engine has none, or another one; delivery included."""

    net_minor: int = Field(ge=0, description="without VAT, which is added at the rate of the day; integer minor units")
    pay_minor: int = Field(ge=0, description="what the operator who completes the order earns")
    valid_for_days: int = Field(default=7, ge=1, le=90)
    reason: Reason


class SellerHold(Asked):
    """Why work rests."""

    kind: HoldKind
    reason: Reason
    caused_by: Literal["buyer", "company"]


class ChangedDesign(Asked):
    """The lines as they shall be from now on; they are priced at once."""

    lines: Lines


class PaymentState(Asked):
    """What the company knows of the money."""

    payment: Payment


class Note(Asked):
    """A remark; it must not name people."""

    text: Reason


class OrderQuery(Asked):
    """Which orders: of one status or all open ones, due before a moment, or found by the beginning of a number."""

    status: Status | None = None
    due_before: AwareDatetime | None = None
    q: Annotated[str, Field(max_length=100)] | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=400)


class AttentionQuery(Asked):
    """Which list; without a kind the beginning of each."""

    kind: Kind | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=400)


class ActivationRequest(Asked):
    """For whom a price list comes into force: for one partner, or for all who have none of their own."""

    partner_id: PartnerId | None = None


class NewPartner(Asked):
    """A seller who shall order through the open API."""

    partner_id: PartnerId
    name: str = Field(min_length=1, max_length=100)
    credit: bool = Field(default=False, description="pays by invoice: orders need no payment before production")


class NewKey(Asked):
    """A key for a partner."""

    mode: Mode
    name: str = Field(default="", max_length=60)
    scopes: Annotated[frozenset[Scope], Field(min_length=1)] = ALL_SCOPES


class Delivered(Asked):
    """The carrier's word that a parcel has arrived."""

    order_id: str = Field(max_length=80, description="our number on the parcel's papers")
    carrier: str = Field(min_length=1, max_length=60)
    tracking_number: str = Field(pattern=r"^[A-Za-z0-9-]{4,40}$")
    status: Literal["delivered"]
    delivered_at: AwareDatetime
