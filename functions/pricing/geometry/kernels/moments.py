"""Area, volume and moments of a surface, as sums that do not depend on the order of their terms.

Floating-point addition is not associative, so that threads and shuffled facets would change last digits. Here each term
is cut into `BINS` slices of 27 bits, each a multiple of a fixed power of two, and slices of one rank are added: up to
2^26 of them fit a double exactly, in any order (Demmel, Nguyen: Fast reproducible floating-point summation, 2013).
"""

import numpy as np
from numba import njit

BINS = 3
TERMS = 12
AREA, VOLUME, FIRST, SECOND, OVERHANG = 0, 1, 2, 5, 11

_HEADROOM_BITS = 26
_SLICE_BITS = 27
_BATCH = 64
# Twice the area of a facet over the square of its longest side, below which it is a line drawn as a triangle.
_FLAT = 1e-10


def cutters(diagonal: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the (TERMS, BINS) constants that cut terms of facets in a box of this diagonal.

    Adding and subtracting one rounds a number to a multiple of the constant's last place. No term exceeds the diagonal
    to the power of its dimension.
    """
    powers = np.array([2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 2])
    exponents = np.ceil(powers * np.log2(diagonal))[:, None] + _HEADROOM_BITS - _SLICE_BITS * np.arange(BINS)
    constants: np.ndarray[tuple[int, int], np.dtype[np.float64]] = 1.5 * np.exp2(exponents)
    return constants


@njit(inline="always")
def _gather(points, facets, start, count, origin, corners):
    for index in range(count):
        for place in range(3):
            point = facets[start + index, place]
            for axis in range(3):
                corners[place, axis, index] = points[point, axis] - origin[axis]
    for index in range(count, _BATCH):
        for place in range(3):
            for axis in range(3):
                corners[place, axis, index] = 0.0


@njit(inline="always")
def _measure(corners, steepest, terms, flat):
    """Turn corners into terms: signed tetrahedra between facets and the origin (divergence theorem).

    The second moments of a tetrahedron a, b, c about its fourth corner at the origin are V / 20 times
    a a' + b b' + c c' + s s' with s = a + b + c.
    """
    for index in range(_BATCH):
        ax, ay, az = corners[0, 0, index], corners[0, 1, index], corners[0, 2, index]
        bx, by, bz = corners[1, 0, index], corners[1, 1, index], corners[1, 2, index]
        cx, cy, cz = corners[2, 0, index], corners[2, 1, index], corners[2, 2, index]
        ux, uy, uz = bx - ax, by - ay, bz - az
        vx, vy, vz = cx - ax, cy - ay, cz - az
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        twice_area = np.sqrt(nx * nx + ny * ny + nz * nz)
        volume = (ax * nx + ay * ny + az * nz) / 6
        sx, sy, sz = ax + bx + cx, ay + by + cy, az + bz + cz
        terms[0, index] = twice_area / 2
        terms[1, index] = volume
        terms[2, index] = volume * sx / 4
        terms[3, index] = volume * sy / 4
        terms[4, index] = volume * sz / 4
        terms[5, index] = volume / 20 * (ax * ax + bx * bx + cx * cx + sx * sx)
        terms[6, index] = volume / 20 * (ay * ay + by * by + cy * cy + sy * sy)
        terms[7, index] = volume / 20 * (az * az + bz * bz + cz * cz + sz * sz)
        terms[8, index] = volume / 20 * (ax * ay + bx * by + cx * cy + sx * sy)
        terms[9, index] = volume / 20 * (ay * az + by * bz + cy * cz + sy * sz)
        terms[10, index] = volume / 20 * (az * ax + bz * bx + cz * cx + sz * sx)
        terms[11, index] = twice_area / 2 if nz < steepest * twice_area else 0.0
        longest = max(ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz)
        flat[index] = twice_area <= _FLAT * longest


@njit(inline="always")
def _accumulate(terms, cutters, sums):
    for term in range(TERMS):
        first, second, third = cutters[term, 0], cutters[term, 1], cutters[term, 2]
        for index in range(_BATCH):
            value = terms[term, index]
            slice_ = (value + first) - first
            sums[term, 0, index] += slice_
            value -= slice_
            slice_ = (value + second) - second
            sums[term, 1, index] += slice_
            value -= slice_
            sums[term, 2, index] += (value + third) - third


@njit(
    [
        "i8(f4[:, ::1], i4[:, ::1], f8[::1], f8, f8[:, ::1], f8[:, ::1])",
        "i8(f8[:, ::1], i4[:, ::1], f8[::1], f8, f8[:, ::1], f8[:, ::1])",
    ],
    nogil=True,
    cache=True,
)
def add_moments(points, facets, origin, steepest, cutters, totals):
    """Add the terms of (m, 3) facets to the (TERMS, BINS) `totals`.

    Args:
        origin: what moments are about; the middle of the box loses least to cancellation.
        steepest: the upward component of the unit normal below which a facet hangs over.
        cutters: as `cutters` gives them.

    Returns:
        How many facets have no area.
    """
    corners = np.empty((3, 3, _BATCH))
    terms = np.empty((TERMS, _BATCH))
    flat = np.empty(_BATCH, dtype=np.bool_)
    sums = np.zeros((TERMS, BINS, _BATCH))
    without_area = 0
    for start in range(0, len(facets), _BATCH):
        count = min(_BATCH, len(facets) - start)
        _gather(points, facets, start, count, origin, corners)
        _measure(corners, steepest, terms, flat)
        _accumulate(terms, cutters, sums)
        for index in range(count):
            without_area += flat[index]
    for term in range(TERMS):
        for rank in range(BINS):
            for index in range(_BATCH):
                totals[term, rank] += sums[term, rank, index]
    return without_area


@njit(
    [
        "void(f4[:, ::1], i4[:, ::1], i4[::1], f8[::1], f8[::1])",
        "void(f8[:, ::1], i4[:, ::1], i4[::1], f8[::1], f8[::1])",
    ],
    nogil=True,
    cache=True,
)
def add_part_volumes(points, facets, parts, origin, volumes):
    """Add to `volumes` the signed volume of each part, whose sign is all that is asked for."""
    for facet in range(len(facets)):
        a, b, c = facets[facet]
        ax, ay, az = points[a, 0] - origin[0], points[a, 1] - origin[1], points[a, 2] - origin[2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        normal = ax * (uy * vz - uz * vy) + ay * (uz * vx - ux * vz) + az * (ux * vy - uy * vx)
        volumes[parts[a]] += normal / 6


@njit("void(i4[:, ::1], i4[::1], b1[::1])", nogil=True, cache=True)
def turn(facets, parts, inverted):
    """Reverse the facets of the parts that are inverted."""
    for facet in range(len(facets)):
        if inverted[parts[facets[facet, 0]]]:
            facets[facet, 1], facets[facet, 2] = facets[facet, 2], facets[facet, 1]
