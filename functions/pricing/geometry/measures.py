"""Area, volume and centroid, facet by facet.

The volume of a closed surface is the sum of the signed tetrahedra between its facets and a point (divergence theorem);
their centroids, weighted, give the centre of mass. The point is the centre of the box: near the surface, least is lost
to cancellation.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.surface import Facets

_BLOCK_FACETS = 1 << 15

# Twice the area of a facet over the square of its longest side, below which it is a line drawn as a triangle.
_FLAT = 1e-10


@dataclass(frozen=True, slots=True)
class FacetMeasures:
    """Per facet: area, signed volume and signed first moments about `origin`; and whether it has no area."""

    origin: NDArray[np.float64]
    areas: NDArray[np.float64]
    volumes: NDArray[np.float64]
    moments: NDArray[np.float64]
    flat: NDArray[np.bool_]


def measure_facets(
    points: NDArray[np.float64], facets: Facets, origin: NDArray[np.float64], listener: Callable[[float], None]
) -> FacetMeasures:
    """Measure (m, 3) facets over (n, 3) points; tells the share done to `listener`."""
    count = len(facets)
    measures = FacetMeasures(
        origin, np.empty(count), np.empty(count), np.empty((3, count)), np.empty(count, dtype=bool)
    )
    columns = np.ascontiguousarray((points - origin).T)
    for start in range(0, count, _BLOCK_FACETS):
        stop = min(start + _BLOCK_FACETS, count)
        corners = facets[start:stop].T
        (ax, bx, cx), (ay, by, cy), (az, bz, cz) = (column[corners] for column in columns)
        ux, uy, uz = bx - ax, by - ay, bz - az
        vx, vy, vz = cx - ax, cy - ay, cz - az
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        twice_area = np.sqrt(nx * nx + ny * ny + nz * nz)
        volumes = (ax * nx + ay * ny + az * nz) / 6
        longest = np.maximum(ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz)
        measures.areas[start:stop] = twice_area / 2
        measures.volumes[start:stop] = volumes
        measures.flat[start:stop] = twice_area <= _FLAT * longest
        for axis, (a, b, c) in enumerate(((ax, bx, cx), (ay, by, cy), (az, bz, cz))):
            measures.moments[axis, start:stop] = volumes * (a + b + c) / 4
        listener(stop / count)
    return measures


def total(values: NDArray[np.float64]) -> float:
    """Return the sum, in an order that depends on the values only: shuffled facets give the same last digit."""
    return float(np.sort(values).sum())
