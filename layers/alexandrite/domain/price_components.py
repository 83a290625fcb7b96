"""What one piece costs, component by component, before lead time, quantity tiers and VAT."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum

from alexandrite.domain.materials import Finish, Material, Process
from alexandrite.domain.models import Analysis
from alexandrite.domain.price_lists import MetalRates, PriceList

HUNDREDTH = Decimal("0.01")
_MICROMETRE = Decimal("0.001")
_S_PER_H = 3600

type Sides = tuple[Decimal, Decimal, Decimal]


class ComponentCode(StrEnum):
    """The lines of a breakdown."""

    METAL = "metal"
    SET_UP = "set_up"
    PRINT = "print"
    CASTING = "casting"
    SPRUE = "sprue"
    FINISHING = "finishing"
    HALLMARKING = "hallmarking"
    HANDLING = "handling"
    LEAD_TIME = "lead_time"
    QUANTITY = "quantity"
    ROUNDING = "rounding"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class PieceCost:
    """One component of the price of a piece, minor units; `operator_share` of it is the operator's pay."""

    code: ComponentCode
    minor: int
    inputs: dict[str, str]
    operator_share: Decimal = Decimal(0)


def whole_minor(amount: Decimal) -> int:
    """Round to whole minor units, half up."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def finished_mass_g(volume_mm3: float, material: Material) -> Decimal:
    """Return the mass of a piece of this volume, quantised to 0.01 g half up."""
    return (Decimal(repr(volume_mm3)) * material.density_g_per_cm3 / 1000).quantize(HUNDREDTH, ROUND_HALF_UP)


def metal_cost(mass_g: Decimal, material: Material, price_list: PriceList, metal_rates: MetalRates) -> PieceCost:
    """Return finished mass x (1 + irrecoverable loss) x (fineness x fine-metal rate + alloy cost)."""
    fine_rate = metal_rates.rate(material.fine_metal) if material.fine_metal is not None else Decimal(0)
    alloy = price_list.alloy_minor_per_g[material.code].value
    minor_per_g = material.fineness * fine_rate + alloy
    return PieceCost(
        ComponentCode.METAL,
        whole_minor(mass_g * (1 + material.irrecoverable_loss) * minor_per_g),
        {
            "mass_g": str(mass_g),
            "irrecoverable_loss": str(material.irrecoverable_loss),
            "fineness": str(material.fineness),
            "fine_metal_minor_per_g": str(fine_rate),
            "alloy_minor_per_g": str(alloy),
        },
    )


def labour_costs(
    analysis: Analysis, mass_g: Decimal, material: Material, finish: Finish, price_list: PriceList
) -> tuple[PieceCost, ...]:
    """Return what is done to a piece, in the order of doing it; only what its material goes through."""
    shares = price_list.operator_shares
    pattern = pattern_sides_mm(analysis, material)
    costs = [_print(pattern, price_list)]
    if material.process is Process.CAST:
        costs += [_casting(pattern, price_list), _sprue(mass_g, price_list)]
    costs.append(_finishing(analysis, finish, price_list))
    if material.precious:
        fee = price_list.hallmarking_minor_per_piece.value
        costs.append(_flat(ComponentCode.HALLMARKING, fee, shares.hallmarking.value))
    costs.append(_flat(ComponentCode.HANDLING, price_list.handling_minor_per_piece.value, shares.handling.value))
    return tuple(costs)


def pattern_sides_mm(analysis: Analysis, material: Material) -> Sides:
    """Return the sides of the printed pattern, shortest first: the box of the piece before it shrinks.

    The canonical print orientation stands on the largest face of the box, since print time goes with height; sides are
    rounded to the micrometre, so that noise in the last digit of a coordinate cannot add a layer.
    """
    scale = 1 - material.shrinkage
    shortest, middle, longest = sorted(
        (Decimal(repr(side)) / scale).quantize(_MICROMETRE, ROUND_HALF_UP) for side in analysis.bounding_box.size_mm
    )
    return shortest, middle, longest


def _print(pattern: Sides, price_list: PriceList) -> PieceCost:
    rates = price_list.printing
    height, width, length = pattern
    layers = (height / rates.layer_mm.value).to_integral_value(ROUND_CEILING)
    gap = rates.gap_mm.value
    plate_share = min(Decimal(1), (width + gap) * (length + gap) / rates.plate_area_mm2.value)
    hours = layers * rates.layer_time_s.value / _S_PER_H
    return PieceCost(
        ComponentCode.PRINT,
        whole_minor(hours * rates.plate_minor_per_h.value * plate_share),
        {
            "pattern_height_mm": str(height),
            "layer_mm": str(rates.layer_mm.value),
            "layers": str(layers),
            "layer_time_s": str(rates.layer_time_s.value),
            "plate_minor_per_h": str(rates.plate_minor_per_h.value),
            "plate_share": _short(plate_share),
        },
        price_list.operator_shares.print.value,
    )


def _casting(pattern: Sides, price_list: PriceList) -> PieceCost:
    rates, gap = price_list.casting, price_list.printing.gap_mm.value
    height, width, length = pattern
    room_mm3 = (height + gap) * (width + gap) * (length + gap)
    flask_share = min(Decimal(1), room_mm3 / rates.flask_volume_mm3.value)
    return PieceCost(
        ComponentCode.CASTING,
        whole_minor(rates.flask_minor.value * flask_share),
        {"flask_minor": str(rates.flask_minor.value), "flask_share": _short(flask_share)},
        price_list.operator_shares.casting.value,
    )


def _sprue(mass_g: Decimal, price_list: PriceList) -> PieceCost:
    rates = price_list.casting
    sprue_mass_g = mass_g * rates.sprue_mass_share.value
    return PieceCost(
        ComponentCode.SPRUE,
        whole_minor(rates.sprue_minor_per_piece.value + sprue_mass_g * rates.remelt_minor_per_g.value),
        {
            "sprue_minor_per_piece": str(rates.sprue_minor_per_piece.value),
            "sprue_mass_g": _short(sprue_mass_g),
            "remelt_minor_per_g": str(rates.remelt_minor_per_g.value),
        },
        price_list.operator_shares.sprue.value,
    )


def _finishing(analysis: Analysis, finish: Finish, price_list: PriceList) -> PieceCost:
    area_cm2 = (Decimal(repr(analysis.area_mm2)) / 100).quantize(HUNDREDTH, ROUND_HALF_UP)
    rate = price_list.finishing_minor_per_cm2[finish].value
    return PieceCost(
        ComponentCode.FINISHING,
        whole_minor(area_cm2 * rate),
        {"finish": finish.value, "area_cm2": str(area_cm2), "minor_per_cm2": str(rate)},
        price_list.operator_shares.finishing.value,
    )


def _flat(code: ComponentCode, minor_per_piece: Decimal, operator_share: Decimal) -> PieceCost:
    return PieceCost(code, whole_minor(minor_per_piece), {"minor_per_piece": str(minor_per_piece)}, operator_share)


def _short(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.000001"), ROUND_HALF_UP))
