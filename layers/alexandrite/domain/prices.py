"""What an order costs: a pure function of stored analyses, a price list and metal rates.

Per piece, in minor units:

    metal  = finished mass x (1 + irrecoverable loss) x (fineness x fine-metal rate + alloy cost)
    labour = print + casting + sprue and remelt + finishing + hallmarking + handling

and once per line the set-up, which is labour too. Lead time and quantity tiers touch labour only, and the set-up no
tier. Each piece of a tier has one net price, rounded to the list's step; the line is the set-up and its pieces, at
least the minimum; VAT is on top. No piece has a negative price, therefore a total never falls when the quantity rises.

Amounts are rounded half up where they become minor units, component by component, so that the components of a line add
up to its net price exactly.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from pydantic import AwareDatetime, Field

from alexandrite.domain.errors import Invalid, Refusal
from alexandrite.domain.findings import blocking, findings_for
from alexandrite.domain.materials import Finish
from alexandrite.domain.models import Analysis, Finding
from alexandrite.domain.orders import LeadTime
from alexandrite.domain.price_components import (
    HUNDREDTH,
    ComponentCode,
    PieceCost,
    finished_mass_g,
    labour_costs,
    metal_cost,
    whole_minor,
)
from alexandrite.domain.price_lists import MetalRates, PriceList
from alexandrite.domain.values import Value

MOSCOW = timezone(timedelta(hours=3), "MSK")


class Component(Value):
    """One line of a breakdown; `inputs` are what it was computed from, named with their units."""

    code: ComponentCode
    piece_minor: int | None = Field(default=None, description="for one piece at full labour; None: not by the piece")
    amount_minor: int = Field(description="for the whole line; negative where it takes away")
    inputs: dict[str, str]


class TierPrice(Value):
    """The net price, and the operator's pay, for each of the `pieces` of a line from the `from_quantity`-th on."""

    from_quantity: int
    pieces: int
    unit_net_minor: int
    unit_pay_minor: int


class LinePrice(Value):
    """The price of one line; `components` add up to `net_minor`."""

    line_id: str
    model_sha256: str
    engine_version: str
    material: str
    finish: Finish
    quantity: int
    mass_g: Decimal = Field(description="quoted finished mass of one piece, from the model's volume")
    expected_mass_g: Decimal = Field(description="of one piece after its finish has removed metal")
    components: tuple[Component, ...]
    tiers: tuple[TierPrice, ...]
    net_minor: int
    vat_minor: int
    gross_minor: int
    pay_minor: int = Field(description="what the operator who completes the line earns")


class Price(Value):
    """The price of an order, with every version that it follows from: anyone can compute it again."""

    currency: str
    lead_time: LeadTime
    lines: tuple[LinePrice, ...]
    delivery_net_minor: int
    delivery_vat_minor: int
    vat_rate: Decimal = Field(description="share of the net price")
    net_minor: int
    vat_minor: int
    gross_minor: int
    pay_minor: int = Field(description="what the operator who completes the order earns")
    price_list_version: str
    metal_rate_version: str
    engine_version: str = Field(description="of the analyses; several, separated by spaces, when they differ")
    priced_at: AwareDatetime
    valid_until: AwareDatetime

    @property
    def model_sha256s(self) -> tuple[str, ...]:
        """Checksums of the models priced, hexadecimal, line by line."""
        return tuple(line.model_sha256 for line in self.lines)


@dataclass(frozen=True, slots=True)
class PricedLineInput:
    """What is to be priced: one model, `quantity` times, in a material and finish named by their codes."""

    line_id: str
    analysis: Analysis
    material: str
    finish: str
    quantity: int


class Unpriceable(Refusal):
    """A model with a blocking finding has no price."""

    code = "model.unpriceable"
    status = 422
    title = "The model cannot be priced"

    def __init__(self, line_id: str, findings: tuple[Finding, ...]) -> None:
        codes = ", ".join(finding.code for finding in findings)
        super().__init__(f"line {line_id}: {findings[0].en}", facts={"line": line_id, "findings": codes})
        self.line_id = line_id
        self.findings = findings


def price_lines(
    lines: Sequence[PricedLineInput],
    price_list: PriceList,
    metal_rates: MetalRates,
    lead_time: LeadTime,
    delivery_cost_minor: int,
    *,
    now: datetime,
    next_working_day: Callable[[date], date],
) -> Price:
    """Return the price of an order offered at `now`; `delivery_cost_minor` is net of VAT.

    Raises:
        Invalid: unknown material, finish that the material does not take, quantity below 1, currencies that differ.
        Unpriceable: a model has findings that block it in its material.
    """
    if price_list.currency != metal_rates.currency:
        raise Invalid("price list and metal rates are in different currencies", code="price_list.currency_differs")
    vat_rate = price_list.vat_rate(now.astimezone(MOSCOW).date())
    priced = tuple(_price_line(line, price_list, metal_rates, lead_time, vat_rate) for line in lines)
    delivery_vat_minor = whole_minor(delivery_cost_minor * vat_rate)
    net_minor = sum(line.net_minor for line in priced) + delivery_cost_minor
    vat_minor = sum(line.vat_minor for line in priced) + delivery_vat_minor
    return Price(
        currency=price_list.currency,
        lead_time=lead_time,
        lines=priced,
        delivery_net_minor=delivery_cost_minor,
        delivery_vat_minor=delivery_vat_minor,
        vat_rate=vat_rate,
        net_minor=net_minor,
        vat_minor=vat_minor,
        gross_minor=net_minor + vat_minor,
        pay_minor=sum(line.pay_minor for line in priced),
        price_list_version=price_list.version,
        metal_rate_version=metal_rates.version,
        engine_version=" ".join(sorted({line.engine_version for line in priced})),
        priced_at=now,
        valid_until=valid_until(
            now,
            precious=any(price_list.material(line.material).precious for line in lines),
            work_valid_days=price_list.work_valid_days,
            next_working_day=next_working_day,
        ),
    )


def valid_until(
    now: datetime,
    *,
    precious: bool,
    work_valid_days: int,
    next_working_day: Callable[[date], date],
    zone: tzinfo = MOSCOW,
) -> datetime:
    """Return until when an offer made at `now` stands, in the zone of `now`.

    Work stands for `work_valid_days` times 24 hours; a precious metal until the last second of the working day that
    follows the day of the offer, which `next_working_day` finds, in the company's `zone`.
    """
    if not precious:
        return now + timedelta(days=work_valid_days)
    last_day = next_working_day(now.astimezone(zone).date())
    return datetime.combine(last_day, time(23, 59, 59), tzinfo=zone).astimezone(now.tzinfo)


def _price_line(
    line: PricedLineInput,
    price_list: PriceList,
    metal_rates: MetalRates,
    lead_time: LeadTime,
    vat_rate: Decimal,
) -> LinePrice:
    if line.quantity < 1:
        raise Invalid(f"line {line.line_id}: quantity must be at least 1", code="quantity.invalid")
    material = price_list.material(line.material)
    treatment = price_list.treatment(material, line.finish)
    blocks = blocking(findings_for(line.analysis, material))
    volume_mm3 = line.analysis.volume_mm3
    if blocks or volume_mm3 is None:
        raise Unpriceable(line.line_id, blocks)

    mass_g = finished_mass_g(volume_mm3, material)
    sums = _LineSums(
        price_list=price_list,
        lead_time=lead_time,
        quantity=line.quantity,
        metal=metal_cost(mass_g, material, price_list, metal_rates),
        labour=labour_costs(line.analysis, mass_g, material, treatment.finish, price_list),
    )
    net_minor = sums.net_minor
    vat_minor = whole_minor(net_minor * vat_rate)
    return LinePrice(
        line_id=line.line_id,
        model_sha256=line.analysis.sha256,
        engine_version=line.analysis.engine_version,
        material=material.code,
        finish=treatment.finish,
        quantity=line.quantity,
        mass_g=mass_g,
        expected_mass_g=(mass_g * (1 - treatment.removed_mass)).quantize(HUNDREDTH, ROUND_HALF_UP),
        components=(*sums.at_full_labour(), *sums.adjustments()),
        tiers=sums.tiers,
        net_minor=net_minor,
        vat_minor=vat_minor,
        gross_minor=net_minor + vat_minor,
        pay_minor=sums.pay_minor,
    )


class _LineSums:
    """The sums of one line; all attributes are whole minor units unless their name says otherwise."""

    def __init__(
        self,
        *,
        price_list: PriceList,
        lead_time: LeadTime,
        quantity: int,
        metal: PieceCost,
        labour: tuple[PieceCost, ...],
    ) -> None:
        self._list = price_list
        self._lead_time = lead_time
        self._factor = price_list.lead_time_labour_factor[lead_time].value
        self._quantity = quantity
        self._costs = (metal, *labour)
        self._metal_minor = metal.minor
        self._labour_minor = sum(cost.minor for cost in labour)
        self._operator_minor = sum((cost.minor * cost.operator_share for cost in labour), start=Decimal(0))
        self._set_up_minor = whole_minor(price_list.set_up_minor_per_line.value * self._factor)
        self.tiers = tuple(self._tiers())
        self._tiers_minor = sum(tier.pieces * tier.unit_net_minor for tier in self.tiers)
        self.net_minor = max(self._set_up_minor + self._tiers_minor, price_list.minimum_line_net_minor)
        self.pay_minor = whole_minor(self._set_up_minor * price_list.operator_shares.set_up.value) + sum(
            tier.pieces * tier.unit_pay_minor for tier in self.tiers
        )

    def _tiers(self) -> Iterator[TierPrice]:
        listed = self._list.quantity_tiers
        step = self._list.unit_price_step_minor
        ends = [tier.from_quantity - 1 for tier in listed[1:]] + [self._quantity]
        for tier, end in zip(listed, ends, strict=True):
            pieces = min(end, self._quantity) - tier.from_quantity + 1
            if pieces > 0:
                factor = self._factor * tier.labour_factor.value
                yield TierPrice(
                    from_quantity=tier.from_quantity,
                    pieces=pieces,
                    unit_net_minor=whole_minor((self._metal_minor + self._labour_minor * factor) / step) * step,
                    unit_pay_minor=whole_minor(self._operator_minor * factor),
                )

    def at_full_labour(self) -> Iterator[Component]:
        """Yield set-up, metal and labour as if there were neither haste nor quantity."""
        set_up = self._list.set_up_minor_per_line.value
        inputs = {"set_up_minor_per_line": str(set_up)}
        yield Component(code=ComponentCode.SET_UP, amount_minor=whole_minor(set_up), inputs=inputs)
        for cost in self._costs:
            yield Component(
                code=cost.code, piece_minor=cost.minor, amount_minor=cost.minor * self._quantity, inputs=cost.inputs
            )

    def adjustments(self) -> Iterator[Component]:
        """Yield what lies between full labour and the net price: lead time, tiers, rounding, the minimum."""
        set_up_full = whole_minor(self._list.set_up_minor_per_line.value)
        hurried = whole_minor(self._labour_minor * self._factor)
        factors = {tier.from_quantity: tier.labour_factor.value for tier in self._list.quantity_tiers}
        tiered = sum(
            tier.pieces * whole_minor(self._labour_minor * self._factor * factors[tier.from_quantity])
            for tier in self.tiers
        )
        yield from self._adjustment(
            ComponentCode.LEAD_TIME,
            (hurried - self._labour_minor) * self._quantity + self._set_up_minor - set_up_full,
            {"lead_time": self._lead_time.value, "labour_factor": str(self._factor)},
        )
        yield from self._adjustment(
            ComponentCode.QUANTITY,
            tiered - hurried * self._quantity,
            {f"labour_factor_from_{tier.from_quantity}": str(factors[tier.from_quantity]) for tier in self.tiers},
        )
        yield from self._adjustment(
            ComponentCode.ROUNDING,
            self._tiers_minor - self._metal_minor * self._quantity - tiered,
            {"unit_price_step_minor": str(self._list.unit_price_step_minor)},
        )
        yield from self._adjustment(
            ComponentCode.MINIMUM,
            self.net_minor - self._set_up_minor - self._tiers_minor,
            {"minimum_line_net_minor": str(self._list.minimum_line_net_minor)},
        )

    @staticmethod
    def _adjustment(code: ComponentCode, amount_minor: int, inputs: dict[str, str]) -> Iterator[Component]:
        if amount_minor:
            yield Component(code=code, amount_minor=amount_minor, inputs=inputs)
