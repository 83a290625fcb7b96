"""What is wrong, doubtful or worth knowing about a model, derived from its analysis and the material chosen.

Findings are not stored: they follow from the analysis alone, so that a better sentence reaches old models too.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from alexandrite.domain.materials import Material
from alexandrite.domain.models import Analysis, Box, Finding, Place, Severity, Unit, UnitSource, Vector

# A piece of jewellery is a few millimetres to a few centimetres: outside of this the unit is the first suspect.
USUAL_LONGEST_SIDE_MM = (4.0, 150.0)

# Single precision, which binary STL is written in, keeps seven digits: beyond this the grid is coarser than 0.01 mm.
FAR_FROM_ORIGIN_MM = 100_000.0

SOLID_WARNS_MM = Decimal(4)
NEARLY = Decimal("0.98")

_RU = {
    Unit.MICROMETRE: "мкм",
    Unit.MILLIMETRE: "мм",
    Unit.CENTIMETRE: "см",
    Unit.METRE: "м",
    Unit.INCH: "дюйм",
    Unit.FOOT: "фут",
}


def findings_for(analysis: Analysis, material: Material) -> tuple[Finding, ...]:
    """Return all findings on a model that is to be made in `material`, blocking ones first."""
    found = [*_surface(analysis), *_repairs(analysis), *_pieces(analysis), *_unit(analysis)]
    found += [*_box(analysis, material), *_walls(analysis, material)]
    return _by_severity(found)


def geometry_findings(analysis: Analysis) -> tuple[Finding, ...]:
    """Return the findings that hold whatever the material, blocking ones first."""
    return _by_severity([*_surface(analysis), *_repairs(analysis), *_pieces(analysis), *_unit(analysis)])


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return those findings that leave no price."""
    return tuple(finding for finding in findings if finding.severity is Severity.BLOCKS)


def _by_severity(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    rank = {Severity.BLOCKS: 0, Severity.WARNS: 1, Severity.INFORMS: 2}
    return tuple(sorted(findings, key=lambda finding: rank[finding.severity]))


def _at(point: Vector | None) -> Place | None:
    return None if point is None else Place(point_mm=point)


def _around(box: Box) -> Place:
    return Place(box_mm=box)


def _sides(box: Box) -> tuple[Decimal, Decimal, Decimal]:
    """Return the sides of a box, shortest first, to the micrometre."""
    shortest, middle, longest = sorted(Decimal(repr(side)).quantize(Decimal("0.001")) for side in box.size_mm)
    return shortest, middle, longest


def _surface(analysis: Analysis) -> Iterator[Finding]:
    if not analysis.closed:
        yield Finding(
            code="geometry.open",
            severity=Severity.BLOCKS,
            ru=f"Поверхность не замкнута: открытых рёбер — {analysis.boundary_edges}. Объём не определён.",
            en=f"The surface is not closed: {analysis.boundary_edges} open edges. It has no volume.",
            place=_at(analysis.boundary_at_mm),
        )
    if analysis.closed and not analysis.consistently_wound:
        yield Finding(
            code="geometry.flipped",
            severity=Severity.BLOCKS,
            ru=f"Часть граней вывернута: несогласованных рёбер — {analysis.flipped_edges}. Объём не определён.",
            en=f"Some facets face the wrong way: {analysis.flipped_edges} edges disagree. It has no volume.",
            place=_at(analysis.flipped_at_mm),
        )
    if analysis.non_manifold_edges:
        yield Finding(
            code="geometry.non_manifold",
            severity=Severity.WARNS,
            ru=f"Рёбра, в которых сходится больше двух граней: {analysis.non_manifold_edges}.",
            en=f"Edges where more than two facets meet: {analysis.non_manifold_edges}.",
            place=_at(analysis.non_manifold_at_mm),
        )


def _repairs(analysis: Analysis) -> Iterator[Finding]:
    if analysis.inverted_components:
        yield Finding(
            code="geometry.inverted",
            severity=Severity.INFORMS,
            ru=f"Вывернутых наизнанку частей — {analysis.inverted_components}; мы повернули их грани наружу.",
            en=f"{analysis.inverted_components} parts were inside out; their facets have been turned outwards.",
        )
    if analysis.welded_points:
        tolerance = f"{analysis.weld_tolerance_mm:.4f}"
        yield Finding(
            code="geometry.welded",
            severity=Severity.INFORMS,
            ru=f"Волосяные щели закрыты: {analysis.welded_points} точек сдвинуты не больше чем на {tolerance} мм.",
            en=f"Hairline gaps were closed: {analysis.welded_points} points moved by at most {tolerance} mm.",
        )
    if analysis.degenerate_facets:
        yield Finding(
            code="geometry.degenerate_facets",
            severity=Severity.INFORMS,
            ru=f"Граней без площади: {analysis.degenerate_facets}.",
            en=f"Facets without area: {analysis.degenerate_facets}.",
        )
    if analysis.duplicate_facets:
        yield Finding(
            code="geometry.duplicate_facets",
            severity=Severity.WARNS,
            ru=f"Повторённых граней: {analysis.duplicate_facets}; каждая учтена один раз.",
            en=f"Repeated facets: {analysis.duplicate_facets}; each was counted once.",
        )


def _pieces(analysis: Analysis) -> Iterator[Finding]:
    if analysis.inner_shells:
        yield Finding(
            code="geometry.ambiguous_shell",
            severity=Severity.WARNS,
            ru=f"Внутренних оболочек: {analysis.inner_shells}. Мы сочли их полостями и вычли из объёма.",
            en=f"Inner shells: {analysis.inner_shells}. They were taken for cavities and subtracted from the volume.",
        )
    pieces = analysis.components - analysis.inner_shells
    if analysis.watertight and pieces > 1:
        yield Finding(
            code="geometry.several_pieces",
            severity=Severity.WARNS,
            ru=f"В файле {pieces} не связанных между собой частей; там, где они перекрываются, объём учтён дважды.",
            en=f"The file holds {pieces} parts that do not touch; where they overlap, volume is counted twice.",
        )


def _unit(analysis: Analysis) -> Iterator[Finding]:
    longest = max(analysis.bounding_box.size_mm)
    lower, upper = USUAL_LONGEST_SIDE_MM
    if analysis.unit_source is not UnitSource.DECLARED and not lower <= longest <= upper:
        drawn = longest / analysis.unit.millimetres
        likely = [
            unit for unit in (Unit.MILLIMETRE, Unit.INCH, Unit.CENTIMETRE, Unit.METRE, Unit.MICROMETRE)
            if unit is not analysis.unit and lower <= drawn * unit.millimetres <= upper
        ]  # fmt: skip
        lengths = [f"{drawn * unit.millimetres:.1f}" for unit in likely]
        guesses_ru = ", ".join(f"{_RU[unit]} ({mm} мм)" for unit, mm in zip(likely, lengths, strict=True))
        guesses_en = ", ".join(f"{unit} ({mm} mm)" for unit, mm in zip(likely, lengths, strict=True))
        yield Finding(
            code="unit.suspicious",
            severity=Severity.WARNS,
            ru=f"Наибольшая сторона {longest:.3g} мм необычна для украшения. Проверьте единицу файла"
            + (f": возможно, {guesses_ru}." if guesses_ru else "."),
            en=f"A longest side of {longest:.3g} mm is unusual for jewellery. Please check the unit of the file"
            + (f": perhaps {guesses_en}." if guesses_en else "."),
            place=_around(analysis.bounding_box),
        )
    if analysis.file_unit is not None and analysis.file_unit is not analysis.unit:
        yield Finding(
            code="unit.differs_from_file",
            severity=Severity.WARNS,
            ru=f"Указана единица {_RU[analysis.unit]}, в файле записана {_RU[analysis.file_unit]}; верим указанной.",
            en=f"The declared unit is {analysis.unit}, the file states {analysis.file_unit}; the declared one holds.",
        )
    furthest = max(
        abs(value) for corner in (analysis.bounding_box.lower_mm, analysis.bounding_box.upper_mm) for value in corner
    )
    if furthest > FAR_FROM_ORIGIN_MM:
        yield Finding(
            code="geometry.far_from_origin",
            severity=Severity.WARNS,
            ru=f"Модель лежит в {furthest:.0f} мм от начала координат, мелкие детали могли потеряться при записи.",
            en=f"The model lies {furthest:.0f} mm from the origin; fine detail may have been lost when it was saved.",
        )


def _box(analysis: Analysis, material: Material) -> Iterator[Finding]:
    sides = _sides(analysis.bounding_box)
    limits = sorted(material.largest_box_mm)
    shares = [side / limit for side, limit in zip(sides, limits, strict=True)]
    actual, largest = (" × ".join(f"{side:.1f}" for side in box) for box in (sides, limits))
    if max(shares) > 1:
        yield Finding(
            code="size.too_large",
            severity=Severity.BLOCKS,
            ru=f"Габариты {actual} мм больше наибольших для этого материала: {largest} мм.",
            en=f"The box of {actual} mm exceeds the largest for this material, {largest} mm.",
            place=_around(analysis.bounding_box),
        )
    elif max(shares) > NEARLY:
        yield Finding(
            code="size.near_limit",
            severity=Severity.WARNS,
            ru=f"Габариты {actual} мм близки к наибольшим, {largest} мм: с поправкой на усадку может не поместиться.",
            en=f"The box of {actual} mm is close to the largest, {largest} mm: scaled for shrinkage it may not fit.",
            place=_around(analysis.bounding_box),
        )


def _walls(analysis: Analysis, material: Material) -> Iterator[Finding]:
    """Say what the whole model proves about its walls.

    No wall is thicker than the shortest side of the box. Twice volume over area is the thickness of a plate and half
    the diameter of a wire, so a model below half the limit on average is thin somewhere, and one above the limit for
    solid metal on average is solid somewhere. Local thickness is measured elsewhere or not at all: these are bounds.
    """
    shortest = _sides(analysis.bounding_box)[0]
    if shortest < material.wall_blocks_mm:
        yield Finding(
            code="wall.too_thin",
            severity=Severity.BLOCKS,
            ru=f"Вся модель не толще {shortest} мм, а стенка должна быть не тоньше {material.wall_blocks_mm} мм.",
            en=f"The whole model is at most {shortest} mm thick; a wall needs at least {material.wall_blocks_mm} mm.",
            place=_around(analysis.bounding_box),
        )
        return
    if analysis.volume_mm3 is None:
        return
    mean = Decimal(repr(2 * analysis.volume_mm3 / analysis.area_mm2)).quantize(Decimal("0.01"))
    if mean < material.wall_warns_mm / 2:
        yield Finding(
            code="wall.probably_thin",
            severity=Severity.WARNS,
            ru=f"Средняя толщина {mean} мм: вероятно, есть стенки тоньше {material.wall_warns_mm} мм.",
            en=f"The mean thickness is {mean} mm: some walls are probably thinner than {material.wall_warns_mm} mm.",
        )
    if mean > SOLID_WARNS_MM:
        yield Finding(
            code="wall.solid",
            severity=Severity.WARNS,
            ru=f"Средняя толщина {mean} мм: в массиве толще {SOLID_WARNS_MM} мм возможны раковины.",
            en=f"The mean thickness is {mean} mm: solids of more than {SOLID_WARNS_MM} mm may turn out porous.",
        )
