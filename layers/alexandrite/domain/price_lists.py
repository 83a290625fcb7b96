"""Price lists and metal rates: immutable, versioned, and honest about where each constant comes from."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from alexandrite.domain.errors import Invalid
from alexandrite.domain.materials import (
    FINISHES,
    MATERIALS,
    FineMetal,
    Finish,
    FinishTreatment,
    Material,
)
from alexandrite.domain.orders import LeadTime
from alexandrite.domain.values import Value

COMPANY = "the company's to set"

Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Constant(Value):
    """A number of the price list and who answers for it: a citation, or `COMPANY` for a starting value."""

    value: Decimal = Field(ge=0)
    source: str = Field(min_length=1)


class QuantityTier(Value):
    """From the `from_quantity`-th piece of a line on, labour per piece costs this share of the first piece's."""

    from_quantity: int = Field(ge=1)
    labour_factor: Constant


class VatRate(Value):
    """Value-added tax as a share of the net price, for offers made on or after `since`."""

    since: date
    rate: Constant


class PrintRates(Value):
    """What printing the pattern costs: time by layers, shared by what else lies on the plate."""

    layer_mm: Constant
    layer_time_s: Constant
    plate_minor_per_h: Constant
    plate_area_mm2: Constant
    gap_mm: Constant


class CastingRates(Value):
    """What casting costs: a share of the flask by the room that the pattern takes, sprues, and melting them again."""

    flask_minor: Constant
    flask_volume_mm3: Constant
    sprue_minor_per_piece: Constant
    sprue_mass_share: Constant
    remelt_minor_per_g: Constant


class OperatorShares(Value):
    """Which share of each labour component is the pay of the operator who completes the order."""

    set_up: Constant
    print: Constant
    casting: Constant
    sprue: Constant
    finishing: Constant
    hallmarking: Constant
    handling: Constant


class PriceList(Value):
    """Everything that a price depends on besides the model and the metal rates. A change is a new version.

    Money is in minor units of `currency`; constants in `minor` may be fractions of one, prices never are.
    """

    version: Version
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "RUB"
    materials: tuple[Material, ...] = Field(min_length=1)
    finishes: tuple[FinishTreatment, ...] = Field(min_length=1)
    alloy_minor_per_g: dict[str, Constant] = Field(description="by material: what is not fine metal, per gram of alloy")
    set_up_minor_per_line: Constant
    printing: PrintRates
    casting: CastingRates
    finishing_minor_per_cm2: dict[Finish, Constant]
    hallmarking_minor_per_piece: Constant
    handling_minor_per_piece: Constant
    quantity_tiers: tuple[QuantityTier, ...] = Field(min_length=1)
    lead_time_labour_factor: dict[LeadTime, Constant]
    minimum_line_net_minor: int = Field(ge=0)
    unit_price_step_minor: int = Field(ge=1, description="the net price of a piece is a multiple of this")
    vat: tuple[VatRate, ...] = Field(min_length=1)
    work_valid_days: int = Field(ge=1, description="how long an offer without precious metal stands")
    operator_shares: OperatorShares

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        codes = [material.code for material in self.materials]
        if len(set(codes)) != len(codes):
            raise ValueError("a material is listed twice")
        if set(codes) != self.alloy_minor_per_g.keys():
            raise ValueError("alloy_minor_per_g must name exactly the listed materials")
        described = {treatment.finish for treatment in self.finishes}
        offered = {finish for material in self.materials for finish in material.finishes}
        if not offered <= described or not offered <= self.finishing_minor_per_cm2.keys():
            raise ValueError("every finish of a material needs a description and a rate")
        steps = [tier.from_quantity for tier in self.quantity_tiers]
        if steps[0] != 1 or steps != sorted(set(steps)):
            raise ValueError("quantity tiers must begin with 1 and ascend")
        if set(self.lead_time_labour_factor) != set(LeadTime):
            raise ValueError("every lead time needs a factor")
        if sorted(self.vat, key=lambda rate: rate.since) != list(self.vat):
            raise ValueError("VAT rates must ascend by date")
        return self

    def material(self, code: str) -> Material:
        """Return the material, or raise `Invalid` (`material.unknown`)."""
        for material in self.materials:
            if material.code == code:
                return material
        raise Invalid(f"there is no material {code!r}", code="material.unknown")

    def treatment(self, material: Material, finish: str) -> FinishTreatment:
        """Return the finish, or raise `Invalid` (`finish.unavailable`) when this material is not finished so."""
        for treatment in self.finishes:
            if treatment.finish == finish and treatment.finish in material.finishes:
                return treatment
        raise Invalid(f"{material.code} is not offered with the finish {finish!r}", code="finish.unavailable")

    def vat_rate(self, day: date) -> Decimal:
        """Return the VAT rate, as a share of the net price, of an offer made on `day`."""
        rates = [entry.rate.value for entry in self.vat if entry.since <= day]
        if not rates:
            raise Invalid(f"price list {self.version} has no VAT rate for {day}", code="price_list.no_vat_rate")
        return rates[-1]


class MetalRates(Value):
    """What a gram of fine metal costs, from one day on. A change is a new version, and open offers keep theirs."""

    version: Version
    since: date
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "RUB"
    minor_per_fine_g: dict[FineMetal, Constant]
    spread: Constant = Field(description="added to the quotation, as a share of it")

    def rate(self, metal: FineMetal) -> Decimal:
        """Return what the company charges for a gram of fine metal, minor units, spread included."""
        constant = self.minor_per_fine_g.get(metal)
        if constant is None:
            raise Invalid(f"metal rates {self.version} do not quote {metal}", code="metal_rate.missing")
        return constant.value * (1 + self.spread.value)

    def largest_move_from(self, earlier: Self) -> Decimal:
        """Return the largest relative change of a metal that both versions quote; over 0.05 waits for a seller."""
        common = self.minor_per_fine_g.keys() & earlier.minor_per_fine_g.keys()
        return max((abs(self.rate(metal) / earlier.rate(metal) - 1) for metal in common), default=Decimal(0))


LARGEST_UNATTENDED_MOVE = Decimal("0.05")


def _ours(value: str) -> Constant:
    return Constant(value=Decimal(value), source=COMPANY)


FIRST_PRICE_LIST = PriceList(
    version="2026.1",
    materials=MATERIALS,
    finishes=FINISHES,
    alloy_minor_per_g={
        "castable_resin": _ours("4500"),
        "brass": _ours("250"),
        "bronze": _ours("350"),
        "silver_925": _ours("100"),
        "gold_585_yellow": _ours("1500"),
        "gold_585_rose": _ours("1500"),
        "gold_585_white": _ours("6000"),
        "gold_750_yellow": _ours("1500"),
        "gold_750_rose": _ours("1500"),
        "gold_750_white": _ours("6000"),
        "platinum_950": _ours("5000"),
    },
    set_up_minor_per_line=_ours("60000"),
    printing=PrintRates(
        layer_mm=_ours("0.05"),
        layer_time_s=_ours("9"),
        plate_minor_per_h=_ours("120000"),
        plate_area_mm2=_ours("12000"),
        gap_mm=_ours("2"),
    ),
    casting=CastingRates(
        flask_minor=_ours("600000"),
        flask_volume_mm3=_ours("700000"),
        sprue_minor_per_piece=_ours("12000"),
        sprue_mass_share=_ours("0.4"),
        remelt_minor_per_g=_ours("400"),
    ),
    finishing_minor_per_cm2={
        Finish.AS_CAST: _ours("0"),
        Finish.TUMBLED: _ours("1500"),
        Finish.SATIN: _ours("4500"),
        Finish.POLISHED: _ours("6000"),
        Finish.OXIDISED: _ours("7000"),
        Finish.RHODIUM: _ours("11000"),
        Finish.GILDED: _ours("14000"),
    },
    hallmarking_minor_per_piece=_ours("25000"),
    handling_minor_per_piece=_ours("15000"),
    quantity_tiers=(
        QuantityTier(from_quantity=1, labour_factor=_ours("1")),
        QuantityTier(from_quantity=5, labour_factor=_ours("0.95")),
        QuantityTier(from_quantity=10, labour_factor=_ours("0.9")),
        QuantityTier(from_quantity=25, labour_factor=_ours("0.85")),
        QuantityTier(from_quantity=50, labour_factor=_ours("0.8")),
    ),
    lead_time_labour_factor={LeadTime.STANDARD: _ours("1"), LeadTime.EXPRESS: _ours("1.5")},
    minimum_line_net_minor=150_000,
    unit_price_step_minor=100,
    vat=(
        VatRate(
            since=date(2019, 1, 1),
            rate=Constant(value=Decimal("0.20"), source="Tax Code of the Russian Federation, art. 164 (303-FZ)"),
        ),
        VatRate(
            since=date(2026, 1, 1),
            rate=Constant(value=Decimal("0.22"), source="Tax Code of the Russian Federation, art. 164 (425-FZ)"),
        ),
    ),
    work_valid_days=7,
    operator_shares=OperatorShares(
        set_up=_ours("0.3"),
        print=_ours("0.1"),
        casting=_ours("0.2"),
        sprue=_ours("0.4"),
        finishing=_ours("0.45"),
        hallmarking=_ours("0"),
        handling=_ours("0.3"),
    ),
)

FIRST_METAL_RATES = MetalRates(
    version="2026.1",
    since=date(2026, 1, 1),
    minor_per_fine_g={
        FineMetal.GOLD: _ours("1050000"),
        FineMetal.SILVER: _ours("15000"),
        FineMetal.PLATINUM: _ours("420000"),
    },
    spread=_ours("0.04"),
)
