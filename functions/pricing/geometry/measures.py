"""Area, volume, moments: what a surface measures, the same whatever the order of its facets.

The volume of a closed surface is the sum of the signed tetrahedra between its facets and a point (divergence theorem);
their moments add up to those of the solid. The point is the middle of the box: near the surface, least is lost to
cancellation.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.crew import Crew
from pricing.geometry.kernels.moments import (
    AREA,
    BINS,
    FIRST,
    OVERHANG,
    SECOND,
    TERMS,
    VOLUME,
    add_moments,
    cutters,
)
from pricing.geometry.kernels.parts import enclose
from pricing.geometry.surface import Facets, Points

# Facets that look down by more than this from the vertical need supports when they are printed.
OVERHANG_FROM_VERTICAL_DEG = 45.0

_STEEPEST = -math.sin(math.radians(OVERHANG_FROM_VERTICAL_DEG))
_XX, _YY, _ZZ, _XY, _YZ, _ZX = range(6)


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a surface, in its unit of length.

    Attributes:
        area: of all facets.
        volume: signed; means something only for a closed and consistently wound surface, like all that follows.
        centroid: the centre of mass.
        inertia: (3, 3) tensor about the centroid per unit of density.
        overhang: area that looks down by more than `OVERHANG_FROM_VERTICAL_DEG` from the vertical.
        flat: how many facets have no area.
    """

    area: float
    volume: float
    centroid: NDArray[np.float64]
    inertia: NDArray[np.float64]
    overhang: float
    flat: int


def box_of(points: Points, used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the (2, 3) lower and upper corner around the used points."""
    box = np.array([[np.inf] * 3, [-np.inf] * 3])
    enclose(points, used.view(np.uint8), box)
    return box


def measure(points: Points, facets: Facets, box: NDArray[np.float64], crew: Crew) -> Measures:
    """Measure (m, 3) facets over (n, 3) points within `box`, which must not be a single point."""
    middle = box.mean(axis=0)
    constants = cutters(float(np.linalg.norm(box[1] - box[0])))
    slices = np.zeros((crew.size, TERMS, BINS))

    def work(member: int) -> int:
        first, last = crew.share(len(facets), member)
        return int(add_moments(points, facets[first:last], middle, _STEEPEST, constants, slices[member]))

    flat = sum(crew.run(work))
    exact = slices.sum(axis=0)  # slices of one rank add up without rounding
    totals = (exact[:, 2] + exact[:, 1]) + exact[:, 0]
    volume = float(totals[VOLUME])
    offset = totals[FIRST : FIRST + 3] / volume if volume else np.zeros(3)
    return Measures(
        area=float(totals[AREA]),
        volume=volume,
        centroid=middle + offset,
        inertia=_inertia(totals[SECOND : SECOND + 6], volume, offset),
        overhang=float(totals[OVERHANG]),
        flat=flat,
    )


def _inertia(second: NDArray[np.float64], volume: float, offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the tensor about the centroid, from second moments about a point `offset` away (Steiner)."""
    moments = np.array(
        [
            [second[_XX], second[_XY], second[_ZX]],
            [second[_XY], second[_YY], second[_YZ]],
            [second[_ZX], second[_YZ], second[_ZZ]],
        ]
    ) - volume * np.outer(offset, offset)
    tensor: NDArray[np.float64] = np.trace(moments) * np.eye(3) - moments
    return tensor
