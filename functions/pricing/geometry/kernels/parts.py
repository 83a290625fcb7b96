"""Which points hang together, and whether the directed edges of all facets cancel out."""

import numpy as np
from numba import njit

from pricing.geometry.kernels.machine import compare_and_swap

_HALF = np.uint64(32)
# splitmix64, as in `table`.
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@njit(inline="always")
def _root(parents, point):
    while parents[point] != point:
        parents[point] = parents[parents[point]]  # any ancestor is right, whichever thread writes last
        point = parents[point]
    return point


@njit(inline="always")
def _join(parents, a, b):
    """Make one tree of two: the root with the higher number hangs itself onto the other, if it is still a root."""
    while True:
        a, b = _root(parents, a), _root(parents, b)
        if a == b:
            return
        lower, higher = min(a, b), max(a, b)
        if compare_and_swap(parents, higher, np.int32(higher), np.int32(lower)) == higher:
            return


@njit(inline="always")
def _mix(code):
    code = (code ^ (code >> np.uint64(30))) * _MIX_1
    code = (code ^ (code >> np.uint64(27))) * _MIX_2
    return code ^ (code >> np.uint64(31))


@njit(inline="always")
def _add(balance, keys, tail, head):
    """Add to two sums what the edge hashes to under two keys, with the sign of its direction."""
    lower, higher = min(tail, head), max(tail, head)
    first = _mix(((np.uint64(lower) << _HALF) | np.uint64(higher)) ^ keys[0])
    second = (first ^ keys[1]) * _MIX_1
    second ^= second >> _HALF
    if tail < head:
        balance[0] += first
        balance[1] += second
    else:
        balance[0] -= first
        balance[1] -= second


@njit("i8(i4[:, ::1], i4[::1], u1[::1], u8[::1], u8[::1])", nogil=True, cache=True)
def join(facets, parents, used, keys, balance):
    """Join the corners of each facet in a forest that several threads work on.

    Both sums of `balance` (2,) end at zero exactly if every edge is passed equally often in both directions, but for a
    chance of one in 2^64 and more: a closed, consistently wound surface, told in constant memory. Facets that repeat a
    point count for nothing.

    Args:
        facets: (m, 3) point numbers.
        parents: of each point in its tree; a root is its own.
        used: set for each point of a facet.
        keys: two random ones.
        balance: the sums, added to; of this thread alone.

    Returns:
        How many facets repeat a point.
    """
    collapsed = 0
    for facet in range(len(facets)):
        a, b, c = facets[facet]
        if a == b or b == c or c == a:
            collapsed += 1
            continue
        used[a] = used[b] = used[c] = 1
        _join(parents, a, b)
        _join(parents, b, c)
        _add(balance, keys, a, b)
        _add(balance, keys, b, c)
        _add(balance, keys, c, a)
    return collapsed


@njit("i8(i4[:, ::1])", nogil=True, cache=True)
def drop_collapsed(facets):
    """Move the facets of three different points to the front; return how many they are."""
    kept = 0
    for facet in range(len(facets)):
        a, b, c = facets[facet]
        if a != b and b != c and c != a:
            facets[kept, 0] = a
            facets[kept, 1] = b
            facets[kept, 2] = c
            kept += 1
    return kept


@njit("i8(i4[::1], u1[::1])", nogil=True, cache=True)
def number_parts(parents, used):
    """Turn the parent of each used point into the number of its part; return how many parts there are.

    A root has the lowest number of its tree, so that its part has a number before any other point asks for it.
    """
    parts = 0
    for point in range(len(parents)):
        if used[point]:
            parent = parents[point]
            if parent == point:
                parents[point] = -1 - parts  # still told from a parent
                parts += 1
            else:
                while parents[parent] >= 0:
                    parent = parents[parent]
                parents[point] = parents[parent]
    for point in range(len(parents)):
        parents[point] = -1 - parents[point] if used[point] else -1
    return parts


@njit(["void(f4[:, ::1], u1[::1], f8[:, ::1])", "void(f8[:, ::1], u1[::1], f8[:, ::1])"], nogil=True, cache=True)
def enclose(points, used, box):
    """Widen `box`, the lower and the upper corner, by the used points."""
    for point in range(len(points)):
        if used[point]:
            for axis in range(3):
                box[0, axis] = min(box[0, axis], points[point, axis])
                box[1, axis] = max(box[1, axis], points[point, axis])


@njit(
    [
        "void(f4[:, ::1], u1[::1], i4[::1], f8[:, ::1], f8[:, ::1])",
        "void(f8[:, ::1], u1[::1], i4[::1], f8[:, ::1], f8[:, ::1])",
    ],
    nogil=True,
    cache=True,
)
def enclose_parts(points, used, parts, lower, upper):
    """Widen the (k, 3) corners `lower` and `upper` of each part's box by its points."""
    for point in range(len(points)):
        if used[point]:
            part = parts[point]
            for axis in range(3):
                lower[part, axis] = min(lower[part, axis], points[point, axis])
                upper[part, axis] = max(upper[part, axis], points[point, axis])
