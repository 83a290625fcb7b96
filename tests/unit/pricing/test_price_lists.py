from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from alexandrite.domain.errors import Invalid
from alexandrite.domain.materials import FineMetal, Process
from alexandrite.domain.price_lists import (
    COMPANY,
    FIRST_METAL_RATES,
    FIRST_PRICE_LIST,
    LARGEST_UNATTENDED_MOVE,
    Constant,
    MetalRates,
    PriceList,
)


def altered(**changes: object) -> dict[str, object]:
    return FIRST_PRICE_LIST.model_dump() | changes


def test_a_price_list_survives_storage():
    assert PriceList.model_validate_json(FIRST_PRICE_LIST.model_dump_json()) == FIRST_PRICE_LIST
    assert MetalRates.model_validate_json(FIRST_METAL_RATES.model_dump_json()) == FIRST_METAL_RATES


def test_a_price_list_cannot_be_changed():
    with pytest.raises(ValidationError):
        FIRST_PRICE_LIST.minimum_line_net_minor = 0


@pytest.mark.parametrize(
    "broken",
    [
        altered(materials=FIRST_PRICE_LIST.materials[:1] * 2),
        altered(alloy_minor_per_g={}),
        altered(finishing_minor_per_cm2={}),
        altered(quantity_tiers=FIRST_PRICE_LIST.quantity_tiers[1:]),
        altered(quantity_tiers=FIRST_PRICE_LIST.quantity_tiers[::-1]),
        altered(lead_time_labour_factor={"standard": {"value": "1", "source": COMPANY}}),
        altered(vat=FIRST_PRICE_LIST.vat[::-1]),
        altered(unit_price_step_minor=0),
        altered(invented=1),
    ],
)
def test_an_incomplete_or_contradictory_price_list_is_refused(broken: dict[str, object]):
    with pytest.raises(ValidationError):
        PriceList.model_validate(broken)


def test_every_constant_names_who_answers_for_it():
    def sources(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["source"]] if "source" in value else []
            return own + [source for part in value.values() for source in sources(part)]
        if isinstance(value, list | tuple):
            return [source for part in value for source in sources(part)]
        return []

    found = sources(FIRST_PRICE_LIST.model_dump())
    assert len(found) > 40
    assert set(found) - {COMPANY}  # the tax is not the company's to set
    assert all(found)


def test_before_the_first_tax_rate_there_is_no_price():
    with pytest.raises(Invalid) as refusal:
        FIRST_PRICE_LIST.vat_rate(date(2018, 12, 31))
    assert refusal.value.code == "price_list.no_vat_rate"


def test_the_rate_of_a_metal_includes_the_spread():
    assert FIRST_METAL_RATES.rate(FineMetal.SILVER) == Decimal(15_000) * Decimal("1.04")


def test_a_metal_that_is_not_quoted_is_refused():
    silver_only = FIRST_METAL_RATES.model_copy(
        update={"minor_per_fine_g": {FineMetal.SILVER: Constant(value=Decimal(1), source=COMPANY)}}
    )
    with pytest.raises(Invalid) as refusal:
        silver_only.rate(FineMetal.GOLD)
    assert refusal.value.code == "metal_rate.missing"


@pytest.mark.parametrize(("factor", "waits"), [("1.04", False), ("1.06", True), ("0.94", True)])
def test_a_large_move_of_any_metal_is_noticed(factor: str, waits: bool):
    quoted = dict(FIRST_METAL_RATES.minor_per_fine_g)
    gold = quoted[FineMetal.GOLD]
    quoted[FineMetal.GOLD] = gold.model_copy(update={"value": gold.value * Decimal(factor)})
    today = FIRST_METAL_RATES.model_copy(update={"version": "2026.2", "minor_per_fine_g": quoted})
    assert (today.largest_move_from(FIRST_METAL_RATES) > LARGEST_UNATTENDED_MOVE) is waits


@pytest.mark.parametrize("material", FIRST_PRICE_LIST.materials, ids=lambda material: material.code)
def test_each_material_makes_sense(material):
    assert material.wall_blocks_mm < material.wall_warns_mm
    assert material.ru
    assert material.en
    assert (material.fineness > 0) == material.precious
    assert material.process is Process.CAST or not material.precious
