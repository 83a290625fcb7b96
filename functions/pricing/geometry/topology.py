"""How facets hang together: which edges are open, shared by too many, or disagreed upon; which points form a part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.crew import Crew
from pricing.geometry.kernels.edges import count_entries, fill_buckets, list_irregular, sort_buckets
from pricing.geometry.kernels.parts import drop_collapsed, join, number_parts
from pricing.geometry.surface import Facets
from pricing.geometry.weld import random_keys

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Edges:
    """The irregular edges of a surface: those that are not passed once in each direction by two facets.

    Attributes:
        ends: (e, 2) point numbers, the lower one first.
        facets: how many facets each edge belongs to.
        forwards: how many of them pass it from the lower to the higher number.
    """

    ends: NDArray[np.int32]
    facets: NDArray[np.int32]
    forwards: NDArray[np.int32]

    @property
    def boundary(self) -> NDArray[np.bool_]:
        """Edges of one facet only."""
        return np.equal(self.facets, 1)

    @property
    def non_manifold(self) -> NDArray[np.bool_]:
        """Edges of more than two facets."""
        return np.greater(self.facets, _PAIR)

    @property
    def unbalanced(self) -> NDArray[np.bool_]:
        """Edges not passed equally often in both directions: at one, the volume depends on the origin."""
        return np.not_equal(self.forwards * 2, self.facets)

    @property
    def repeated(self) -> bool:
        """Whether any edge is passed twice in the same direction, as a repeated facet makes it."""
        return bool(np.any((self.forwards > 1) | (self.facets - self.forwards > 1)))

    @property
    def closed(self) -> bool:
        """Whether every edge belongs to an even number of facets."""
        return not np.any(self.facets & 1)


_ALL_REGULAR = Edges(np.empty((0, 2), np.int32), np.empty(0, np.int32), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Parts:
    """Which points hang together.

    Attributes:
        facets: (m, 3), those of three different points; the others make no part.
        count: how many parts share no point.
        of_points: the number of each point's part, -1 for points of no facet.
        used: whether a point belongs to a facet.
        balanced: whether every edge is passed equally often in both directions.
    """

    facets: Facets
    count: int
    of_points: NDArray[np.int32]
    used: NDArray[np.bool_]
    balanced: bool


def find_parts(facets: Facets, point_count: int, crew: Crew) -> Parts:
    """Return the parts of (m, 3) facets over `point_count` points; where any are collapsed, `facets` is overwritten."""
    parents = np.arange(point_count, dtype=np.int32)
    used = np.zeros(point_count, dtype=np.uint8)
    keys = random_keys(2)
    balances = np.zeros((crew.size, 2), dtype=np.uint64)

    def work(member: int) -> int:
        first, last = crew.share(len(facets), member)
        return int(join(facets[first:last], parents, used, keys, balances[member]))

    if sum(crew.run(work)):
        facets = facets[: drop_collapsed(facets)]
    count = int(number_parts(parents, used))
    return Parts(facets, count, parents, used.view(np.bool_), not balances.sum(axis=0, dtype=np.uint64).any())


def find_edges(facets: Facets, point_count: int, crew: Crew, *, balanced: bool) -> Edges:
    """Return the irregular edges of facets that repeat no point; `balanced` is what is known from `find_parts`."""
    if balanced and not any(
        repeated for *_, repeated in _sorted_buckets(facets, point_count, crew, forwards_only=True)
    ):
        return _ALL_REGULAR
    buckets = _sorted_buckets(facets, point_count, crew, forwards_only=False)
    return _edges(np.concatenate([_irregular(first, ends, entries) for first, ends, entries, _ in buckets]))


type _Buckets = tuple[int, NDArray[np.int32], NDArray[np.uint32], bool]


def _sorted_buckets(facets: Facets, point_count: int, crew: Crew, *, forwards_only: bool) -> list[_Buckets]:
    """Return per thread: its first point, where the bucket of each of its points ends, entries, whether any repeats."""

    def work(member: int) -> _Buckets:
        first, last = crew.share(point_count, member)
        ends = np.zeros(last - first + 1, dtype=np.int32)
        count_entries(facets, forwards_only, first, last, ends[1:])
        np.cumsum(ends, out=ends)
        entries = np.empty(ends[-1], dtype=np.uint32)
        fill_buckets(facets, forwards_only, first, last, ends[:-1], entries)
        return first, ends[:-1], entries, bool(sort_buckets(ends[:-1], entries))

    return crew.run(work)


def _irregular(first: int, ends: NDArray[np.int32], entries: NDArray[np.uint32]) -> NDArray[np.int32]:
    count = list_irregular(first, ends, entries, np.empty((0, 4), dtype=np.int32))
    found = np.empty((count, 4), dtype=np.int32)
    if count:
        list_irregular(first, ends, entries, found)
    return found


def _edges(rows: NDArray[np.int32]) -> Edges:
    return Edges(rows[:, :2], rows[:, 2], rows[:, 3])


def drop_repeated(facets: Facets) -> Facets:
    """Return each oriented facet once, wherever it starts."""
    turns = np.argmin(facets, axis=1)
    turned = np.take_along_axis(facets, (turns[:, None] + np.arange(3)) % 3, axis=1)
    order = np.lexsort(turned.T)
    fresh = np.concatenate([[True], (turned[order[1:]] != turned[order[:-1]]).any(axis=1)])
    kept: Facets = facets[np.sort(order[fresh])]
    return kept
