"""The whole analysis of one file: read, weld, look at edges and parts, measure."""

from dataclasses import dataclass, replace
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from alexandrite.domain.models import Analysis, Box, FileFormat, Unit, UnitSource, Vector
from pricing.geometry import gltf, obj, ply, stl, threemf
from pricing.geometry.crew import Crew
from pricing.geometry.kernels.moments import turn
from pricing.geometry.limits import Limits
from pricing.geometry.measures import box_of, measure
from pricing.geometry.progress import Reporter, Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.shells import Shells, orient
from pricing.geometry.sniffing import sniff
from pricing.geometry.source import Source
from pricing.geometry.surface import Points, Surface
from pricing.geometry.topology import Edges, Parts, drop_repeated, find_edges, find_parts
from pricing.geometry.weld import weld_close, weld_equal

# Changes whenever a measurement may: analyses of another engine are not comparable, and prices name theirs.
ENGINE_VERSION = "2"

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
    FileFormat.PLY: ply.read,
    FileFormat.GLTF: gltf.read,
}


@dataclass(frozen=True, slots=True)
class _Solid:
    """A welded surface in the unit of its file, with its parts and edges."""

    points: Points
    parts: Parts
    edges: Edges
    duplicate_facets: int = 0
    welded_points: int = 0
    weld_tolerance: float = 0.0

    @property
    def enclosing(self) -> bool:
        """Whether the surface encloses a volume."""
        return self.edges.closed and not self.edges.unbalanced.any()


def analyse(
    file: BufferedReader, *, unit: Unit | None, limits: Limits, reporter: Reporter, crew: Crew | None = None
) -> Analysis:
    """Analyse an open, seekable binary file.

    Args:
        file: is read from its beginning, whatever its position.
        unit: what its uploader declares, None if nothing.
        limits: what it may ask for.
        reporter: told how far the analysis has come, from any thread of the crew.
        crew: the threads to work with; by default the caller's alone.

    Raises:
        ModelRefused: codes of the readers, and `limits.file_size`, `geometry.no_triangles`, `geometry.non_finite`,
            `geometry.absurd_size`, `geometry.zero_volume`, `geometry.too_many_shells`.
    """
    source = Source(file, file.seek(0, 2), limits, reporter, crew or Crew())
    if source.size > limits.file_bytes:
        raise ModelRefused("limits.file_size", f"{source.size} bytes; at most {limits.file_bytes} are read")
    file_format = sniff(file, source.size)
    reporter.at(Stage.READ)
    surface = _READERS[file_format](source)
    if not len(surface.facets):
        raise ModelRefused("geometry.no_triangles", "the file holds no triangle")
    length_unit, unit_source = _choose_unit(unit, surface.file_unit)
    reporter.at(Stage.WELD)
    solid = _hang_together(_weld(surface, source.crew), source)
    box = box_of(solid.points, solid.parts.used)
    if np.abs(box).max() * length_unit.millimetres > _LARGEST_MM:
        raise ModelRefused("geometry.absurd_size", f"a coordinate of over {_LARGEST_MM:.0e} mm")
    if not solid.edges.closed:
        solid = _close_gaps(solid, float(np.linalg.norm(box[1] - box[0])), source)
    reporter.at(Stage.MEASURE)
    return _describe(
        solid,
        source,
        triangles=len(surface.facets),
        millimetres=length_unit.millimetres,
        identity={
            "engine_version": ENGINE_VERSION,
            "sha256": source.sha256(),
            "format": file_format,
            "unit": length_unit,
            "unit_source": unit_source,
            "file_unit": surface.file_unit,
        },
    )


def _choose_unit(declared: Unit | None, stated: Unit | None) -> tuple[Unit, UnitSource]:
    if declared is not None:
        return declared, UnitSource.DECLARED
    if stated is not None:
        return stated, UnitSource.FILE
    return Unit.MILLIMETRE, UnitSource.ASSUMED


def _weld(surface: Surface, crew: Crew) -> Surface:
    if surface.welded:
        return surface
    if not np.isfinite(surface.points).all():
        raise ModelRefused("geometry.non_finite", "a coordinate is infinite or not a number")
    numbers, points = weld_equal(surface.points, crew)
    return Surface(points, numbers[surface.facets], surface.file_unit, welded=True)


def _hang_together(surface: Surface, source: Source) -> _Solid:
    source.reporter.at(Stage.TOPOLOGY)
    points, crew = surface.points, source.crew
    parts = find_parts(surface.facets, len(points), crew)
    if not len(parts.facets):
        raise ModelRefused("geometry.zero_volume", "every facet is collapsed to a line or a point")
    edges = find_edges(parts.facets, len(points), crew, balanced=parts.balanced)
    if not edges.repeated:
        return _Solid(points, parts, edges)
    single = find_parts(drop_repeated(parts.facets), len(points), crew)
    edges = find_edges(single.facets, len(points), crew, balanced=single.balanced)
    return _Solid(points, single, edges, len(parts.facets) - len(single.facets))


def _close_gaps(solid: _Solid, diagonal: float, source: Source) -> _Solid:
    """Return the solid closed by the smallest tolerance that closes it entirely, else the solid as it is."""
    candidates = np.unique(solid.edges.ends[solid.edges.boundary])
    if not 0 < len(candidates) <= source.limits.gap_points or diagonal == 0:
        return solid
    for share in _WELD_SHARES:
        tolerance = share * diagonal
        stands_for = weld_close(solid.points, candidates, tolerance)
        parts = find_parts(stands_for[solid.parts.facets], len(solid.points), source.crew)
        if not len(parts.facets):
            break
        edges = find_edges(parts.facets, len(solid.points), source.crew, balanced=parts.balanced)
        closed = _Solid(solid.points, parts, edges, solid.duplicate_facets)
        if closed.enclosing:
            moved = int((stands_for != np.arange(len(stands_for))).sum())
            return replace(closed, welded_points=moved, weld_tolerance=tolerance)
    return solid


def _describe(
    solid: _Solid, source: Source, *, triangles: int, millimetres: float, identity: dict[str, object]
) -> Analysis:
    parts, edges = solid.parts, solid.edges
    box = box_of(solid.points, parts.used)
    diagonal = float(np.linalg.norm(box[1] - box[0]))
    measures = measure(solid.points, parts.facets, box, source.crew)
    shells = Shells(np.zeros(parts.count, dtype=bool), 0)
    if solid.enclosing:
        shells = orient(
            solid.points,
            parts,
            measures.volume,
            box.mean(axis=0),
            limits=source.limits,
            listener=lambda share: source.reporter.at(Stage.MEASURE, share),
        )
        if shells.inverted.any():
            turn(parts.facets, parts.of_points, shells.inverted)
            measures = measure(solid.points, parts.facets, box, source.crew)
    nothing = _NOTHING * measures.area * diagonal
    if measures.area == 0 or (solid.enclosing and abs(measures.volume) <= nothing):
        raise ModelRefused("geometry.zero_volume", "the surface encloses nothing")
    flipped = edges.unbalanced & ~edges.boundary
    source.reporter.at(Stage.DONE)
    return Analysis.model_validate(
        identity
        | {
            "triangles": triangles,
            "vertices": int(parts.used.sum()),
            "bounding_box": Box(lower_mm=_vector(box[0] * millimetres), upper_mm=_vector(box[1] * millimetres)),
            "area_mm2": measures.area * millimetres**2,
            "volume_mm3": measures.volume * millimetres**3 if solid.enclosing else None,
            "centroid_mm": _vector(measures.centroid * millimetres) if solid.enclosing else None,
            "closed": edges.closed,
            "consistently_wound": not edges.unbalanced[edges.facets > 1].any(),
            "components": parts.count,
            "boundary_edges": int(edges.boundary.sum()),
            "non_manifold_edges": int(edges.non_manifold.sum()),
            "flipped_edges": int(flipped.sum()),
            "degenerate_facets": triangles - len(parts.facets) - solid.duplicate_facets + measures.flat,
            "duplicate_facets": solid.duplicate_facets,
            "inverted_components": int(shells.inverted.sum()),
            "inner_shells": shells.inner,
            "welded_points": solid.welded_points,
            "weld_tolerance_mm": solid.weld_tolerance * millimetres,
            "boundary_at_mm": _somewhere(solid, edges.boundary, millimetres),
            "non_manifold_at_mm": _somewhere(solid, edges.non_manifold, millimetres),
            "flipped_at_mm": _somewhere(solid, flipped, millimetres),
        }
    )


def _somewhere(solid: _Solid, edges: NDArray[np.bool_], millimetres: float) -> Vector | None:
    """Return the middle of the first of these edges, as their coordinates sort."""
    if not edges.any():
        return None
    middles = solid.points[solid.edges.ends[edges]].astype(np.float64).mean(axis=1)
    return _vector(middles[np.lexsort(middles.T)[0]] * millimetres)


def _vector(values: NDArray[np.float64]) -> Vector:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
