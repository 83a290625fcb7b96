"""What buyers are shown of a price: every component with its inputs, but not what the maker earns of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from alexandrite.buying.orders import FoundPrice
from alexandrite.buying.views import OfferView
from alexandrite.domain.models import Finding
from alexandrite.domain.prices import LinePrice, Price
from alexandrite.domain.statuses import Status
from alexandrite.http.answers import Told
from alexandrite.models.record import Stage
from alexandrite.pricing.what_if import Estimate


class ComponentView(Told):
    """One component of a line's price."""

    code: str
    piece_minor: int | None
    amount_minor: int = Field(description="for the whole line; negative where it takes away")
    inputs: dict[str, str] = Field(description="what it was computed from, units in the names")


class TierView(Told):
    """The net price of each of `pieces` pieces from the `from_quantity`-th on."""

    from_quantity: int
    pieces: int
    unit_net_minor: int


class LinePriceView(Told):
    """The price of one line."""

    line: int
    model_sha256: str
    material: str
    finish: str
    quantity: int
    mass_g: str = Field(description="quoted finished mass of one piece, grams")
    expected_mass_g: str = Field(description="of one piece after finishing has removed metal, grams")
    components: tuple[ComponentView, ...]
    tiers: tuple[TierView, ...]
    net_minor: int
    vat_minor: int
    gross_minor: int
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, line: LinePrice, findings: tuple[Finding, ...]) -> "LinePriceView":
        """Return a line's price as buyers see it."""
        derived = {"line", "findings", "mass_g", "expected_mass_g", "components", "tiers"}
        return cls(
            **line.model_dump(include=set(cls.model_fields) - derived),
            line=int(line.line_id),
            mass_g=str(line.mass_g),
            expected_mass_g=str(line.expected_mass_g),
            components=tuple(ComponentView(**component.model_dump()) for component in line.components),
            tiers=tuple(TierView(**tier.model_dump(exclude={"unit_pay_minor"})) for tier in line.tiers),
            findings=findings,
        )


class Breakdown(Told):
    """A price with every version that it follows from."""

    currency: str
    lead_time: str
    lines: tuple[LinePriceView, ...]
    delivery_net_minor: int
    delivery_vat_minor: int
    vat_rate: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    price_list_version: str
    metal_rate_version: str
    engine_version: str
    priced_at: AwareDatetime
    valid_until: AwareDatetime

    @classmethod
    def of(cls, price: Price, findings: Mapping[int, tuple[Finding, ...]] | None = None) -> "Breakdown":
        """Return a price as buyers see it, with the findings on each line where they are known."""
        known = findings or {}
        plain = price.model_dump(include=set(cls.model_fields) - {"lines", "vat_rate"})
        lines = tuple(LinePriceView.of(line, known.get(int(line.line_id), ())) for line in price.lines)
        return cls(**plain, lines=lines, vat_rate=str(price.vat_rate))


type State = Literal["none", "calculating", "blocked", "offered", "accepted", "expired"]


class PriceState(Told):
    """The price of an order: a resource with a state of its own, so that nobody has to wait for it."""

    state: State
    stage: str | None = Field(description="of the model that is furthest from being analysed")
    waiting_for: tuple[str, ...] = Field(description="models that are not analysed yet")
    eta_s: float | None = Field(description="seconds until the price is expected, as far as known")
    offer: OfferView | None
    breakdown: Breakdown | None = Field(description="None for prices made by hand")


_FAR_FROM_DONE = (Stage.AWAITING_UPLOAD, Stage.UPLOADED, Stage.ANALYSING)


def price_state(found: FoundPrice, now: datetime) -> PriceState:
    """Return the state of an order's price at `now`; a revision's, while one awaits the buyer's word."""
    order, record = found.order, found.record
    standing_offer = order.revision.offer if order.revision is not None else order.offer
    offer = OfferView.of(standing_offer, now) if standing_offer is not None else None
    waiting = [model for model in found.models if not model.is_settled]
    stages = [stage for stage in _FAR_FROM_DONE if any(model.stage is stage for model in waiting)]
    state: State = "none"
    if offer is not None:
        state = offer.state
    elif order.is_blocked:
        state = "blocked"
    elif order.status is Status.SUBMITTED:
        state = "calculating"
    return PriceState(
        state=state,
        stage=stages[0] if stages else None,
        waiting_for=tuple(model.model_id for model in waiting),
        eta_s=found.eta_s,
        offer=offer,
        breakdown=Breakdown.of(record.price) if record is not None and record.price is not None else None,
    )


def estimate_view(estimate: Estimate) -> Breakdown:
    """Return a what-if price with the findings on each line."""
    return Breakdown.of(estimate.price, estimate.findings)
