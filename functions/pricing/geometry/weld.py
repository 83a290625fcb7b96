"""Which points are one: exactly equal ones always, nearly equal ones only to close hairline gaps."""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pricing.geometry.surface import Points

type Indices = NDArray[np.int64]

# Odd 64-bit constants of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def weld_equal(points: Points) -> tuple[Indices, Points]:
    """Return for each of (n, 3) points the number of its like, and the distinct points by number.

    0.0 and -0.0 are equal. Numbers depend on the set of points only, not on their order.
    """
    points = points + points.dtype.type(0)  # -0.0 + 0.0 is 0.0, so that equal points have equal bits
    hashes = _hash(points)
    order = np.argsort(hashes)
    hashes = hashes[order]
    ordered = points[order]
    fresh = np.empty(len(points), dtype=bool)
    fresh[:1] = True
    np.not_equal(hashes[1:], hashes[:-1], out=fresh[1:])
    differs = (ordered[1:] != ordered[:-1]).any(axis=1)
    if np.any(differs & ~fresh[1:]):  # two points share a hash: by chance once in ten million models, or by design
        order = np.lexsort(points.T)
        ordered = points[order]
        fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    numbers = np.empty(len(points), dtype=np.int64)
    numbers[order] = np.cumsum(fresh) - 1
    return numbers, ordered[fresh]


def _hash(points: Points) -> NDArray[np.uint64]:
    bits: NDArray[np.unsignedinteger]
    bits = np.ascontiguousarray(points).view(np.uint32 if points.dtype == np.float32 else np.uint64)
    hashes = np.zeros(len(points), dtype=np.uint64)
    for axis in range(3):
        hashes ^= bits[:, axis]
        hashes += _GOLDEN
        hashes ^= hashes >> np.uint64(30)
        hashes *= _MIX_1
        hashes ^= hashes >> np.uint64(27)
        hashes *= _MIX_2
        hashes ^= hashes >> np.uint64(31)
    return hashes


def weld_close(points: NDArray[np.float64], candidates: Indices, tolerance: float) -> Indices:
    """Return for each of (n, 3) points the number of the point that stands for it.

    Among the `candidates`, points closer than `tolerance` along every axis are one, and so are chains of such points;
    other points stand for themselves. Any two points so close share a cell in one of eight grids of twice that pitch,
    shifted by half a cell, which takes time linear in their number however many lie together.
    """
    chosen = points[candidates]
    cells = (chosen - chosen.min(axis=0)) / (2 * tolerance)
    links = []
    for shift in product((0.0, 0.5), repeat=3):
        grid = np.floor(cells + shift).astype(np.int64)
        order = np.lexsort(grid.T)
        same = (grid[order[1:]] == grid[order[:-1]]).all(axis=1)
        links.append(np.column_stack([order[:-1][same], order[1:][same]]))
    pairs = np.concatenate(links)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(chosen),) * 2)
    _, labels = connected_components(graph, directed=False)
    first = np.full(labels.max() + 1, len(points), dtype=np.int64)
    np.minimum.at(first, labels, candidates)
    stands_for = np.arange(len(points), dtype=np.int64)
    stands_for[candidates] = first[labels]
    return stands_for
