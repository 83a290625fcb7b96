"""Which points are one: exactly equal ones always, nearly equal ones only to close hairline gaps."""

import secrets
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pricing.geometry.crew import Crew
from pricing.geometry.kernels.table import (
    NUMBERS_AT_ONCE,
    move_double,
    move_single,
    weld_points,
    weld_stl,
)
from pricing.geometry.surface import Points

type Numbers = NDArray[np.int32]

_KEYS = 7
_FULL = 0.7
_CACHE_LINE = 8  # numbers; two threads that write to one line wait for each other


def random_keys(count: int) -> NDArray[np.uint64]:
    """Return keys that nobody outside can know, for hashes that nobody can prepare collisions for."""
    return np.frombuffer(secrets.token_bytes(8 * count), dtype=np.uint64).copy()


class PointTable:
    """Distinct points by number, from 0 in the order of their arrival, with some numbers left out.

    Several threads may add points at once, each as many as it was granted room for.
    """

    def __init__(self, most: int, expected: int, *, dtype: type[np.float32] | type[np.float64], threads: int) -> None:
        """Make room for `most` points and, to begin with, a table for `expected` ones."""
        self._keys = random_keys(_KEYS)
        self._dtype = dtype
        self._bits = np.empty(
            (most + threads * NUMBERS_AT_ONCE, 3), dtype=np.uint32 if dtype is np.float32 else np.uint64
        )
        self._slots = np.zeros(_capacity(expected), dtype=np.uint64)
        self._taken = np.zeros(1, dtype=np.int64)
        self._own = np.zeros((threads, _CACHE_LINE), dtype=np.int64)
        self._threads = threads

    @property
    def points(self) -> Points:
        """The (n, 3) points; rows of numbers left out mean nothing."""
        bits = self._bits[: self._taken[0]]
        return bits.view(np.float32) if self._dtype is np.float32 else bits.view(np.float64)

    def has_room(self, points: int) -> bool:
        """Tell whether every thread may add so many points."""
        wanted = self._taken[0] + self._threads * (points + NUMBERS_AT_ONCE)
        return bool(wanted <= _FULL * len(self._slots))

    def grow(self, points: int) -> None:
        """Make room for every thread to add so many points; none may be adding meanwhile."""
        wanted = int(self._taken[0]) + self._threads * (points + NUMBERS_AT_ONCE)
        larger = np.zeros(max(2 * len(self._slots), _capacity(wanted)), dtype=np.uint64)
        move = move_single if self._dtype is np.float32 else move_double
        move(self._slots, self._bits, self._keys, larger)
        self._slots = larger

    def add_stl(self, thread: int, octets: NDArray[np.uint8], facets: Numbers) -> int:
        """Number, for one of the threads, the corners of as many binary STL facets as `facets` has rows.

        Returns:
            How many coordinates are infinite or not a number.
        """
        own = self._own[thread]
        return int(weld_stl(octets, len(facets), self._keys, self._slots, self._bits, self._taken, own, facets))

    def add(self, thread: int, points: NDArray[np.float64], numbers: Numbers) -> None:
        """Number, for one of the threads, (n, 3) points in double precision; makes their -0.0 to 0.0."""
        own = self._own[thread]
        weld_points(points.view(np.uint64), self._keys, self._slots, self._bits, self._taken, own, numbers)


def _capacity(points: int) -> int:
    return int(points / _FULL) + 1


def weld_equal(points: Points, crew: Crew) -> tuple[Numbers, Points]:
    """Return for each of (n, 3) points the number of its like, and the distinct points by number.

    0.0 and -0.0 are equal.
    """
    doubles = np.ascontiguousarray(points, dtype=np.float64)
    numbers = np.empty(len(doubles), dtype=np.int32)
    table = PointTable(len(doubles), len(doubles) + NUMBERS_AT_ONCE * crew.size, dtype=np.float64, threads=crew.size)

    def work(member: int) -> None:
        first, last = crew.share(len(doubles), member)
        table.add(member, doubles[first:last], numbers[first:last])

    crew.run(work)
    return numbers, table.points


def weld_close(points: Points, candidates: Numbers, tolerance: float) -> Numbers:
    """Return for each of (n, 3) points the number of the point that stands for it.

    Among the `candidates`, points closer than `tolerance` along every axis are one, and so are chains of such points,
    with the first by its coordinates to stand for them; other points stand for themselves. Any two points so close
    share a cell in one of eight grids of twice that pitch, shifted by half a cell, which takes time linear in their
    number however many lie together.
    """
    candidates = candidates[np.lexsort(points[candidates].T)]
    chosen = points[candidates].astype(np.float64)
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
    first = np.full(labels.max() + 1, len(candidates), dtype=np.int64)
    np.minimum.at(first, labels, np.arange(len(candidates)))
    stands_for = np.arange(len(points), dtype=np.int32)
    stands_for[candidates] = candidates[first[labels]]
    return stands_for
