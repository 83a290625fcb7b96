"""The whole analysis of one file: read, weld, look at edges and parts, measure."""

import hashlib
from dataclasses import dataclass
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from alexandrite.domain.models import Analysis, Box, FileFormat, Unit, UnitSource, Vector
from pricing.geometry import obj, stl, threemf
from pricing.geometry.limits import Limits
from pricing.geometry.measures import FacetMeasures, measure_facets, total
from pricing.geometry.progress import Reporter, Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.shells import Shells, orient
from pricing.geometry.sniffing import sniff
from pricing.geometry.surface import Facets, Surface
from pricing.geometry.topology import Edges, drop_collapsed, drop_repeated, find_edges, find_parts
from pricing.geometry.weld import weld_close, weld_equal

# Changes whenever a measurement may: analyses of another engine are not comparable, and prices name theirs.
ENGINE_VERSION = "1"

_LARGEST_MM = 1e7
# Tolerances tried to close hairline gaps, as shares of the diagonal of the box.
_WELD_SHARES = (1e-6, 1e-5, 1e-4)
# Volume over area times diagonal, below which a surface encloses nothing: a sheet of paper 100 m wide has 1e-6.
_NOTHING = 1e-9

_READERS = {
    FileFormat.STL_BINARY: stl.read_binary,
    FileFormat.STL_ASCII: stl.read_ascii,
    FileFormat.OBJ: obj.read,
    FileFormat.THREE_MF: threemf.read,
}


@dataclass(frozen=True, slots=True)
class _Solid:
    """A welded surface in millimetres with its edges."""

    points: NDArray[np.float64]
    facets: Facets
    edges: Edges
    duplicate_facets: int
    welded_points: int = 0
    weld_tolerance_mm: float = 0.0


def analyse(file: BufferedReader, *, unit: Unit | None, limits: Limits, reporter: Reporter) -> Analysis:
    """Analyse an open, seekable binary file; `unit` is what its uploader declares, None if nothing.

    Raises:
        ModelRefused: codes of the readers, and `limits.file_size`, `geometry.no_triangles`, `geometry.non_finite`,
            `geometry.absurd_size`, `geometry.zero_volume`, `geometry.too_many_shells`.
    """
    size = file.seek(0, 2)
    if size > limits.file_bytes:
        raise ModelRefused("limits.file_size", f"{size} bytes; at most {limits.file_bytes} are read")
    file_format = sniff(file, size)
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    reporter.at(Stage.READ)
    surface = _READERS[file_format](file, size, limits, reporter)
    if not len(surface.facets):
        raise ModelRefused("geometry.no_triangles", "the file holds no triangle")
    if not np.isfinite(surface.points).all():
        raise ModelRefused("geometry.non_finite", "a coordinate is infinite or not a number")
    length_unit, source = _choose_unit(unit, surface.file_unit)
    reporter.at(Stage.WELD)
    solid = _weld(surface, length_unit.millimetres, reporter)
    if not solid.edges.closed:
        solid = _close_gaps(solid, limits)
    reporter.at(Stage.MEASURE)
    return _describe(
        solid,
        limits=limits,
        reporter=reporter,
        triangles=len(surface.facets),
        identity={
            "engine_version": ENGINE_VERSION,
            "sha256": sha256,
            "format": file_format,
            "unit": length_unit,
            "unit_source": source,
            "file_unit": surface.file_unit,
        },
    )


def _choose_unit(declared: Unit | None, stated: Unit | None) -> tuple[Unit, UnitSource]:
    if declared is not None:
        return declared, UnitSource.DECLARED
    if stated is not None:
        return stated, UnitSource.FILE
    return Unit.MILLIMETRE, UnitSource.ASSUMED


def _weld(surface: Surface, millimetres: float, reporter: Reporter) -> _Solid:
    numbers, distinct = weld_equal(surface.points)
    reporter.at(Stage.TOPOLOGY)
    facets = drop_collapsed(numbers[surface.facets])
    if not len(facets):
        raise ModelRefused("geometry.zero_volume", "every facet is collapsed to a line or a point")
    points = distinct.astype(np.float64) * millimetres
    used = points[facets.ravel()] if len(points) > 3 * len(facets) else points
    if np.abs(used).max() > _LARGEST_MM:
        raise ModelRefused("geometry.absurd_size", f"a coordinate of over {_LARGEST_MM:.0e} mm")
    edges = find_edges(facets, len(points))
    if not edges.repeated:
        return _Solid(points, facets, edges, 0)
    single = drop_repeated(facets)
    return _Solid(points, single, find_edges(single, len(points)), len(facets) - len(single))


def _close_gaps(solid: _Solid, limits: Limits) -> _Solid:
    """Return the solid closed by the smallest tolerance that closes it entirely, else the solid as it is."""
    candidates = np.unique(solid.edges.ends[solid.edges.boundary])
    lower, upper = _box(solid.points, solid.facets)
    diagonal = float(np.linalg.norm(upper - lower))
    if not 0 < len(candidates) <= limits.gap_points or diagonal == 0:
        return solid
    for share in _WELD_SHARES:
        tolerance = share * diagonal
        stands_for = weld_close(solid.points, candidates, tolerance)
        facets = drop_collapsed(stands_for[solid.facets])
        if not len(facets):
            break
        edges = find_edges(facets, len(solid.points))
        if edges.closed and not edges.unbalanced.any():
            moved = int((stands_for != np.arange(len(stands_for))).sum())
            return _Solid(solid.points, facets, edges, solid.duplicate_facets, moved, tolerance)
    return solid


def _box(points: NDArray[np.float64], facets: Facets) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    used = points[_used(points, facets)]
    return used.min(axis=0), used.max(axis=0)


def _used(points: NDArray[np.float64], facets: Facets) -> NDArray[np.bool_]:
    used = np.zeros(len(points), dtype=bool)
    used[facets] = True
    return used


def _describe(
    solid: _Solid, *, limits: Limits, reporter: Reporter, triangles: int, identity: dict[str, object]
) -> Analysis:
    lower, upper = _box(solid.points, solid.facets)
    part_count, parts = find_parts(solid.edges, solid.facets, len(solid.points))
    measures = measure_facets(
        solid.points, solid.facets, (lower + upper) / 2, lambda share: reporter.at(Stage.MEASURE, share)
    )
    edges = solid.edges
    enclosing = edges.closed and not edges.unbalanced.any()
    shells = Shells(np.ones(part_count), 0, 0)
    if enclosing:
        shells = orient(solid.points, solid.facets, parts, measures.volumes, limits)
    area = total(measures.areas)
    volume, centroid = _volume(measures, shells.signs[parts])
    nothing = _NOTHING * area * float(np.linalg.norm(upper - lower))
    if area == 0 or (enclosing and abs(volume) <= nothing):
        raise ModelRefused("geometry.zero_volume", "the surface encloses nothing")
    reporter.at(Stage.DONE)
    return Analysis.model_validate(
        identity
        | {
            "triangles": triangles,
            "vertices": int(_used(solid.points, solid.facets).sum()),
            "bounding_box": Box(lower_mm=_vector(lower), upper_mm=_vector(upper)),
            "area_mm2": area,
            "volume_mm3": volume if enclosing else None,
            "centroid_mm": centroid if enclosing else None,
            "closed": edges.closed,
            "consistently_wound": not edges.unbalanced[edges.facets > 1].any(),
            "components": part_count,
            "boundary_edges": int(edges.boundary.sum()),
            "non_manifold_edges": int(edges.non_manifold.sum()),
            "flipped_edges": int((edges.unbalanced & ~edges.boundary).sum()),
            "degenerate_facets": triangles - len(solid.facets) - solid.duplicate_facets + int(measures.flat.sum()),
            "duplicate_facets": solid.duplicate_facets,
            "inverted_components": shells.turned,
            "inner_shells": shells.inner,
            "welded_points": solid.welded_points,
            "weld_tolerance_mm": solid.weld_tolerance_mm,
            "boundary_at_mm": _somewhere(solid, edges.boundary),
            "non_manifold_at_mm": _somewhere(solid, edges.non_manifold),
            "flipped_at_mm": _somewhere(solid, edges.unbalanced & ~edges.boundary),
        }
    )


def _volume(measures: FacetMeasures, signs: NDArray[np.float64]) -> tuple[float, Vector]:
    volume = total(measures.volumes * signs)
    if volume == 0:
        return 0.0, _vector(measures.origin)
    moments = np.array([total(row * signs) for row in measures.moments])
    return volume, _vector(measures.origin + moments / volume)


def _somewhere(solid: _Solid, edges: NDArray[np.bool_]) -> Vector | None:
    """Return the middle of the first of these edges."""
    if not edges.any():
        return None
    ends = solid.edges.ends[int(np.argmax(edges))]
    return _vector(solid.points[ends].mean(axis=0))


def _vector(values: NDArray[np.float64]) -> Vector:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
