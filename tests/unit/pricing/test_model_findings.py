import re

import pytest

from alexandrite.domain.findings import blocking, findings_for, geometry_findings
from alexandrite.domain.models import Analysis, Box, FileFormat, Finding, Severity, Unit, UnitSource
from alexandrite.domain.price_lists import FIRST_PRICE_LIST

SILVER = FIRST_PRICE_LIST.material("silver_925")
PLATINUM = FIRST_PRICE_LIST.material("platinum_950")


def analysis(sides: tuple[float, float, float] = (20.0, 20.0, 5.0), **changes: object) -> Analysis:
    """A closed surface of this box, 2 mm thick on average."""
    facts: dict[str, object] = {
        "engine_version": "1",
        "sha256": "00" * 32,
        "format": FileFormat.STL_BINARY,
        "unit": Unit.MILLIMETRE,
        "unit_source": UnitSource.DECLARED,
        "triangles": 100,
        "vertices": 50,
        "bounding_box": Box(lower_mm=(0, 0, 0), upper_mm=sides),
        "area_mm2": 400.0,
        "volume_mm3": 400.0,
        "centroid_mm": (1.0, 1.0, 1.0),
        "closed": True,
        "consistently_wound": True,
        "components": 1,
        "boundary_edges": 0,
        "non_manifold_edges": 0,
        "flipped_edges": 0,
        "degenerate_facets": 0,
        "duplicate_facets": 0,
    }
    return Analysis.model_validate(facts | changes)


OPEN = {"closed": False, "volume_mm3": None, "centroid_mm": None, "boundary_edges": 3, "boundary_at_mm": (1, 2, 3)}
FLIPPED = {"consistently_wound": False, "volume_mm3": None, "centroid_mm": None, "flipped_edges": 3}


def found(model: Analysis, material=SILVER) -> dict[str, Finding]:
    return {finding.code: finding for finding in findings_for(model, material)}


def test_a_sound_ring_has_no_findings():
    assert found(analysis()) == {}


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        (OPEN, "geometry.open", Severity.BLOCKS),
        (FLIPPED, "geometry.flipped", Severity.BLOCKS),
        ({"non_manifold_edges": 2}, "geometry.non_manifold", Severity.WARNS),
        ({"inverted_components": 1}, "geometry.inverted", Severity.INFORMS),
        ({"welded_points": 4, "weld_tolerance_mm": 0.001}, "geometry.welded", Severity.INFORMS),
        ({"degenerate_facets": 4}, "geometry.degenerate_facets", Severity.INFORMS),
        ({"duplicate_facets": 4}, "geometry.duplicate_facets", Severity.WARNS),
        ({"components": 2}, "geometry.several_pieces", Severity.WARNS),
        ({"components": 2, "inner_shells": 1}, "geometry.ambiguous_shell", Severity.WARNS),
        ({"file_unit": Unit.INCH}, "unit.differs_from_file", Severity.WARNS),
    ],
)
def test_each_fact_leads_to_its_finding(changes: dict[str, object], code: str, severity: Severity):
    findings = found(analysis(**changes))
    assert list(findings) == [code]
    assert findings[code].severity is severity
    assert [finding.code for finding in geometry_findings(analysis(**changes))] == [code]


@pytest.mark.parametrize(
    ("sides", "code"),
    [
        ((75.0, 75.0, 105.0), None),
        ((110.0, 80.0, 80.0), "size.near_limit"),
        ((80.0, 80.1, 50.0), "size.near_limit"),
        ((81.0, 81.0, 10.0), "size.too_large"),
        ((111.0, 10.0, 10.0), "size.too_large"),
    ],
)
def test_a_model_fits_its_box_however_it_lies(sides: tuple[float, float, float], code: str | None):
    findings = found(analysis(sides))
    assert [code for code in findings if code.startswith("size.")] == ([code] if code else [])


def test_platinum_is_cast_in_a_smaller_flask():
    model = analysis((55.0, 55.0, 5.0))
    assert "size.too_large" in found(model, PLATINUM)
    assert "size.too_large" not in found(model, SILVER)


def test_a_model_thinner_than_its_thinnest_wall_may_be_is_blocked():
    findings = findings_for(analysis((20.0, 20.0, 0.3)), SILVER)
    assert [finding.code for finding in blocking(findings)] == ["wall.too_thin"]


def test_a_thin_and_a_massive_model_are_told_by_their_mean_thickness():
    assert "wall.probably_thin" in found(analysis(volume_mm3=60.0))
    assert "wall.solid" in found(analysis(volume_mm3=900.0))


@pytest.mark.parametrize(
    ("longest", "unit", "en", "ru"),
    [
        (0.9, Unit.MILLIMETRE, "in (22.9 mm)", "дюйм (22.9 мм)"),
        (2.2, Unit.MILLIMETRE, "cm (22.0 mm)", "см (22.0 мм)"),
        (558.8, Unit.INCH, "mm (22.0 mm)", "мм (22.0 мм)"),
    ],
)
def test_an_unusual_size_names_the_units_that_would_be_usual(longest: float, unit: Unit, en: str, ru: str):
    model = analysis((longest, longest / 2, longest / 2), unit=unit, unit_source=UnitSource.ASSUMED)
    finding = found(model)["unit.suspicious"]
    assert en in finding.en
    assert ru in finding.ru


def test_a_declared_unit_is_not_doubted():
    assert "unit.suspicious" not in found(analysis((0.9, 0.9, 0.9)))


def test_blocking_findings_come_first():
    findings = findings_for(analysis((200.0, 20.0, 5.0), degenerate_facets=1, components=3), SILVER)
    ranks = [list(Severity).index(finding.severity) for finding in findings]
    assert ranks == sorted(ranks)
    assert len(ranks) == 3


def test_findings_speak_both_languages_and_say_where():
    findings = [
        *findings_for(analysis(**OPEN), SILVER),
        *findings_for(analysis((200.0, 20.0, 0.1), non_manifold_edges=1, components=3, duplicate_facets=1), SILVER),
    ]
    for finding in findings:
        assert re.search(r"[а-я]{3}", finding.ru)
        assert not re.search(r"[а-я]", finding.en)
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", finding.code)
    places = {finding.code: finding.place for finding in findings}
    assert places["geometry.open"].point_mm == (1, 2, 3)
    assert places["size.too_large"].box_mm.upper_mm == (200.0, 20.0, 0.1)
