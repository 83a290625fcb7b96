"""What buyers send."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from alexandrite.contacts import Recipient
from alexandrite.domain.models import Unit
from alexandrite.domain.orders import Identifier, LeadTime
from alexandrite.http.requests import Asked
from alexandrite.models.record import LARGEST_FILE_BYTES, FileName, Sha256

LARGEST_BATCH = 100
LARGEST_RECONCILIATION = 100


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("printable characters only, and no spaces around them")
    return text


ClientReference = Annotated[
    str,
    Field(min_length=1, max_length=100, description="your own number of the order; unique among your orders"),
    AfterValidator(_printable),
]
AcceptUpTo = Annotated[
    int,
    Field(ge=0, description="accept any price up to this by itself: gross, in integer minor units"),
]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]


class NewModel(Asked):
    """A file that is about to be uploaded."""

    size_bytes: int = Field(ge=1, le=LARGEST_FILE_BYTES)
    sha256: Sha256 | None = Field(default=None, description="storage refuses other bytes when it is given")
    unit: Unit | None = Field(default=None, description="unit of length of the file; None: as the file says, else mm")
    file_name: FileName = Field(default="", description="for display only")


class UnitChoice(Asked):
    """The unit of length that the file is drawn in."""

    unit: Unit


class NewLine(Asked):
    """One model to be made `quantity` times in one material and finish."""

    model: Identifier
    material: Code
    finish: Code
    quantity: int = Field(ge=1, le=1000, description="pieces")


class NewDelivery(Asked):
    """How the order travels, and to whom; name, address and telephone are kept apart from the order."""

    method: Literal["courier", "pickup_point", "post", "collect"]
    recipient: Recipient

    @model_validator(mode="after")
    def _knows_where_to(self) -> Self:
        if self.method != "collect" and self.recipient.address is None:
            raise ValueError(f"delivery by {self.method} needs an address")
        return self


Lines = Annotated[tuple[NewLine, ...], Field(min_length=1, max_length=50)]


class NewOrder(Asked):
    """An order to begin; its files may still be on their way."""

    lines: Lines
    delivery: NewDelivery
    lead_time: LeadTime = LeadTime.STANDARD


class NewPartnerOrder(NewOrder):
    """An order of a partner; `submit` with `accept_up_to_minor` makes one call a running order."""

    client_reference: ClientReference | None = None
    submit: bool = False
    accept_up_to_minor: AcceptUpTo | None = None


class OrderPatch(Asked):
    """What changes before acceptance; what is left out stays as it is. An open offer is void afterwards."""

    lines: Lines | None = None
    delivery: NewDelivery | None = None
    lead_time: LeadTime | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one member to change")
        return self


class Submission(Asked):
    """The buyer presses "order"."""

    accept_up_to_minor: AcceptUpTo | None = None


class Acceptance(Asked):
    """The price that the buyer has seen."""

    price_id: Identifier


class Cancellation(Asked):
    """Why the buyer calls the order off."""

    reason: str = Field(default="cancelled by the buyer", min_length=1, max_length=500)


class WhatIf(Asked):
    """What would it cost? Priced at once from the stored analyses; nothing is ordered."""

    lines: Lines
    lead_time: LeadTime = LeadTime.STANDARD
    delivery_method: Literal["courier", "pickup_point", "post", "collect"] = "collect"


class Batch(Asked):
    """Orders to create, each with an outcome of its own: one that is refused leaves the others as they are."""

    orders: Annotated[tuple[NewPartnerOrder, ...], Field(min_length=1, max_length=LARGEST_BATCH)]


class Expectation(Asked):
    """What the partner believes about one of its orders; only what is given is compared."""

    client_reference: ClientReference
    status: Annotated[str, Field(max_length=40)] | None = None
    gross_minor: int | None = Field(default=None, ge=0)
    pieces: int | None = Field(default=None, ge=1)


class Reconciliation(Asked):
    """The partner's side of the books."""

    orders: Annotated[tuple[Expectation, ...], Field(min_length=1, max_length=LARGEST_RECONCILIATION)]


class ListQuery(Asked):
    """Which page of a list."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=400)


class PartnerListQuery(ListQuery):
    """Which page, or the order with one reference of the partner's own."""

    client_reference: ClientReference | None = None


class TimelineQuery(Asked):
    """Which part of a history: events after this version."""

    limit: int = Field(default=100, ge=1, le=100)
    after: int = Field(default=0, ge=0, description="version of the last event already seen")
