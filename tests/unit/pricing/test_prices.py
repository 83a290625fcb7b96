from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alexandrite.domain.errors import Invalid
from alexandrite.domain.models import Analysis, Box, FileFormat, Unit, UnitSource
from alexandrite.domain.orders import LeadTime
from alexandrite.domain.price_components import ComponentCode
from alexandrite.domain.price_lists import FIRST_METAL_RATES, FIRST_PRICE_LIST, PriceList
from alexandrite.domain.prices import LinePrice, Price, PricedLineInput, Unpriceable, price_lines, valid_until

NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)  # a Friday
RATES_BY_DAY = FIRST_PRICE_LIST.vat

EVERYTHING = [(material.code, finish) for material in FIRST_PRICE_LIST.materials for finish in material.finishes]
pieces = st.builds(
    lambda side, height, fill, skin: analysis(sides=(side, side, height), fill=fill, skin=skin),
    side=st.floats(1.0, 45.0),
    height=st.floats(1.0, 45.0),
    fill=st.floats(0.01, 1.0),
    skin=st.floats(1.0, 4.0),
)


def monday_after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def analysis(
    *,
    sides: tuple[float, float, float] = (20.0, 20.0, 5.0),
    fill: float = 0.25,
    skin: float = 1.0,
    closed: bool = True,
) -> Analysis:
    """A closed surface that fills this share of its box."""
    x, y, z = sides
    return Analysis(
        engine_version="1",
        sha256="ab" * 32,
        format=FileFormat.STL_BINARY,
        unit=Unit.MILLIMETRE,
        unit_source=UnitSource.DECLARED,
        triangles=12,
        vertices=8,
        bounding_box=Box(lower_mm=(0, 0, 0), upper_mm=sides),
        area_mm2=2 * (x * y + y * z + z * x) * skin,
        volume_mm3=x * y * z * fill if closed else None,
        centroid_mm=(x / 2, y / 2, z / 2) if closed else None,
        closed=closed,
        consistently_wound=True,
        components=1,
        boundary_edges=0 if closed else 3,
        non_manifold_edges=0,
        flipped_edges=0,
        degenerate_facets=0,
        duplicate_facets=0,
    )


def price(
    *lines: PricedLineInput,
    lead_time: LeadTime = LeadTime.STANDARD,
    delivery_minor: int = 0,
    now: datetime = NOON,
    price_list: PriceList = FIRST_PRICE_LIST,
) -> Price:
    return price_lines(
        lines, price_list, FIRST_METAL_RATES, lead_time, delivery_minor, now=now, next_working_day=monday_after
    )


def line(
    model: Analysis | None = None, material: str = "silver_925", finish: str = "polished", quantity: int = 1
) -> PricedLineInput:
    return PricedLineInput("1", model or analysis(), material, finish, quantity)


def component(priced: LinePrice, code: ComponentCode) -> int:
    return sum(part.amount_minor for part in priced.components if part.code == code)


def test_metal_is_mass_with_its_loss_at_the_rate_of_its_fineness():
    priced = price(line(analysis(sides=(10.0, 10.0, 10.0), fill=1.0), "gold_585_yellow")).lines[0]
    assert priced.mass_g == Decimal("13.24")
    rate = Decimal("0.585") * 1_050_000 * Decimal("1.04") + 1500
    assert component(priced, ComponentCode.METAL) == round(Decimal("13.24") * Decimal("1.03") * rate)


def test_mass_is_quantised_to_a_hundredth_of_a_gram_half_up():
    # 0.5 mm3 of castable resin of 1.15 g/cm3 would be 0.000575 g; 4.347826 mm3 are 0.005 g, the half.
    half = analysis(sides=(10.0, 10.0, 1.0), fill=0.0434782609)
    assert price(line(half, "castable_resin", "as_cast")).lines[0].mass_g == Decimal("0.01")


def test_finishing_removes_metal_from_the_expected_mass_only():
    priced = price(line()).lines[0]
    assert priced.mass_g == Decimal("5.18")
    assert priced.expected_mass_g == Decimal("5.02")


def test_resin_is_neither_cast_nor_hallmarked():
    codes = {part.code for part in price(line(material="castable_resin", finish="as_cast")).lines[0].components}
    assert not codes & {ComponentCode.CASTING, ComponentCode.SPRUE, ComponentCode.HALLMARKING}


def test_only_precious_pieces_are_hallmarked():
    assert component(price(line(quantity=3)).lines[0], ComponentCode.HALLMARKING) == 3 * 25_000
    assert component(price(line(material="brass")).lines[0], ComponentCode.HALLMARKING) == 0


def test_print_time_goes_by_the_shortest_side_however_the_model_lies():
    lying, standing = (price(line(analysis(sides=sides))) for sides in ((20.0, 20.0, 5.0), (5.0, 20.0, 20.0)))
    assert lying.lines == standing.lines
    inputs = next(part.inputs for part in lying.lines[0].components if part.code is ComponentCode.PRINT)
    assert inputs["pattern_height_mm"] == "5.076"  # 5 mm before the metal shrinks by 1.5 %
    assert inputs["layers"] == "102"


def test_a_hurried_order_costs_more_labour_and_not_more_metal():
    standard, express = (price(line(), lead_time=lead_time).lines[0] for lead_time in LeadTime)
    assert component(express, ComponentCode.METAL) == component(standard, ComponentCode.METAL)
    labour = [part for part in express.components if part.code not in (ComponentCode.METAL, ComponentCode.ROUNDING)]
    full = sum(part.amount_minor for part in labour if part.code is not ComponentCode.LEAD_TIME)
    assert component(express, ComponentCode.LEAD_TIME) == pytest.approx(full / 2, abs=1)
    assert express.pay_minor > standard.pay_minor


def test_quantity_makes_labour_cheaper_and_never_metal():
    single, many = (price(line(material="gold_750_yellow", quantity=quantity)).lines[0] for quantity in (1, 100))
    assert component(many, ComponentCode.METAL) == 100 * component(single, ComponentCode.METAL)
    assert component(many, ComponentCode.QUANTITY) < 0
    unit_prices = [tier.unit_net_minor for tier in many.tiers]
    assert unit_prices == sorted(unit_prices, reverse=True)
    assert sum(tier.pieces for tier in many.tiers) == 100


def test_a_small_line_costs_the_minimum_and_says_so():
    priced = price(line(material="castable_resin", finish="as_cast")).lines[0]
    assert priced.net_minor == FIRST_PRICE_LIST.minimum_line_net_minor
    assert component(priced, ComponentCode.MINIMUM) > 0


def test_delivery_is_part_of_the_total_and_of_its_tax():
    without, with_delivery = price(line()), price(line(), delivery_minor=50_000)
    assert with_delivery.net_minor - without.net_minor == 50_000
    assert with_delivery.delivery_vat_minor == 11_000
    assert with_delivery.gross_minor - without.gross_minor == 61_000


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        (datetime(2025, 12, 31, 20, 59, tzinfo=UTC), "0.20"),
        (datetime(2025, 12, 31, 21, 0, tzinfo=UTC), "0.22"),  # midnight in Moscow
    ],
)
def test_the_tax_is_that_of_the_day_in_moscow(moment: datetime, rate: str):
    assert price(line(), now=moment).vat_rate == Decimal(rate)


def test_work_stands_for_seven_days_and_precious_metal_to_the_end_of_the_next_working_day():
    assert price(line(material="brass")).valid_until == NOON + timedelta(days=7)
    assert price(line()).valid_until == datetime(2026, 11, 23, 20, 59, 59, tzinfo=UTC)
    both = price(line(material="brass"), line())
    assert both.valid_until == datetime(2026, 11, 23, 20, 59, 59, tzinfo=UTC)


def test_the_day_of_the_offer_is_the_companys_and_not_utcs():
    late = datetime(2026, 11, 19, 22, tzinfo=UTC)  # Friday already in Moscow
    days: list[date] = []

    def note(day: date) -> date:
        days.append(day)
        return monday_after(day)

    valid_until(late, precious=True, work_valid_days=7, next_working_day=note)
    assert days == [date(2026, 11, 20)]


def test_an_open_model_has_no_price():
    with pytest.raises(Unpriceable) as refusal:
        price(line(analysis(closed=False)))
    assert [finding.code for finding in refusal.value.findings] == ["geometry.open"]
    assert refusal.value.facts["line"] == "1"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"material": "adamant"}, "material.unknown"),
        ({"finish": "rhodium", "material": "gold_585_yellow"}, "finish.unavailable"),
        ({"finish": "chrome"}, "finish.unavailable"),
        ({"quantity": 0}, "quantity.invalid"),
    ],
)
def test_what_is_not_on_the_list_is_refused(changed: dict[str, object], code: str):
    with pytest.raises(Invalid) as refusal:
        price(line(**changed))
    assert refusal.value.code == code


def test_a_price_names_every_version_it_follows_from_and_survives_storage():
    priced = price(line(), line(material="brass"))
    assert (priced.price_list_version, priced.metal_rate_version, priced.engine_version) == ("2026.1", "2026.1", "1")
    assert priced.model_sha256s == ("ab" * 32, "ab" * 32)
    assert Price.model_validate_json(priced.model_dump_json()) == priced


@pytest.mark.parametrize(("material", "finish"), EVERYTHING)
def test_everything_in_the_catalogue_has_a_price(material: str, finish: str):
    assert price(line(material=material, finish=finish)).gross_minor > 0


@given(model=pieces, choice=st.sampled_from(EVERYTHING), lead_time=st.sampled_from(LeadTime), data=st.data())
def test_a_total_never_falls_when_the_quantity_rises(model, choice, lead_time, data):
    quantities = sorted(data.draw(st.lists(st.integers(1, 1000), min_size=2, max_size=6)))
    offers = [price(line(model, *choice, quantity=quantity), lead_time=lead_time) for quantity in quantities]
    for fewer, more in pairwise(offers):
        assert fewer.net_minor <= more.net_minor
        assert fewer.gross_minor <= more.gross_minor
        assert fewer.pay_minor <= more.pay_minor


@given(
    model=pieces,
    choice=st.sampled_from(EVERYTHING),
    lead_time=st.sampled_from(LeadTime),
    quantity=st.integers(1, 1000),
)
def test_the_components_add_up_to_the_net_price(model, choice, lead_time, quantity):
    offer = price(line(model, *choice, quantity=quantity), lead_time=lead_time, delivery_minor=12_345)
    priced = offer.lines[0]
    assert sum(part.amount_minor for part in priced.components) == priced.net_minor
    assert priced.net_minor + priced.vat_minor == priced.gross_minor
    assert offer.net_minor == priced.net_minor + offer.delivery_net_minor
    assert offer.gross_minor == offer.net_minor + offer.vat_minor
    assert 0 <= offer.pay_minor <= priced.net_minor


@given(model=pieces, choice=st.sampled_from(EVERYTHING), quantity=st.integers(1, 1000))
def test_the_same_question_has_the_same_answer(model, choice, quantity):
    stored = Analysis.model_validate_json(model.model_dump_json())
    assert price(line(model, *choice, quantity=quantity)) == price(line(stored, *choice, quantity=quantity))
