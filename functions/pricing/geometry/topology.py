"""How facets hang together: which edges are open, shared by too many, or disagreed upon; which facets form a part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pricing.geometry.surface import Facets

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Edges:
    """The undirected edges of a surface.

    Attributes:
        ends: (e, 2) point numbers, the lower one first, in ascending order.
        facets: how many facets each edge belongs to.
        forwards: how many of them pass it from the lower to the higher number.
    """

    ends: NDArray[np.int64]
    facets: NDArray[np.int64]
    forwards: NDArray[np.int64]

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


def find_edges(facets: Facets, point_count: int) -> Edges:
    """Return the edges of (m, 3) facets over `point_count` points; facets must not repeat a point."""
    # An edge is one number, lower end x points + higher end, with its direction in the lowest bit: one sort groups all.
    # Exact below 2^31 points.
    codes = np.empty(3 * len(facets), dtype=np.int64)
    for side in range(3):
        tail, head = facets[:, side], facets[:, (side + 1) % 3]
        lower, higher = np.minimum(tail, head), np.maximum(tail, head)
        codes[side * len(facets) : (side + 1) * len(facets)] = (lower * point_count + higher) * 2 + (tail < head)
    codes.sort()
    undirected = codes >> 1
    starts = np.flatnonzero(np.concatenate([[True], undirected[1:] != undirected[:-1]]))
    counts = np.diff(starts, append=len(codes))
    forwards = np.add.reduceat(codes & 1, starts)
    distinct = undirected[starts]
    lower = distinct // point_count
    return Edges(np.column_stack([lower, distinct - lower * point_count]), counts, forwards)


def find_parts(edges: Edges, facets: Facets, point_count: int) -> tuple[int, NDArray[np.int32]]:
    """Return how many parts share no point, and the number of the part of each facet."""
    ones = np.ones(len(edges.ends), dtype=np.int8)
    graph = coo_array((ones, (edges.ends[:, 0], edges.ends[:, 1])), shape=(point_count, point_count))
    _, labels = connected_components(graph, directed=False)
    of_facets = labels[facets[:, 0]]
    used = np.zeros(point_count, dtype=bool)  # points of no facet are parts of the graph, but not of the surface
    used[of_facets] = True
    numbers = np.cumsum(used, dtype=np.int32) - 1
    return int(used.sum()), numbers[of_facets]


def drop_collapsed(facets: Facets) -> Facets:
    """Return the facets that have three different corners."""
    a, b, c = facets.T
    whole = (a != b) & (b != c) & (c != a)
    return facets if whole.all() else np.compress(whole, facets, axis=0)


def drop_repeated(facets: Facets) -> Facets:
    """Return each oriented facet once, wherever it starts."""
    turns = np.argmin(facets, axis=1)
    turned = np.take_along_axis(facets, (turns[:, None] + np.arange(3)) % 3, axis=1)
    order = np.lexsort(turned.T)
    fresh = np.concatenate([[True], (turned[order[1:]] != turned[order[:-1]]).any(axis=1)])
    kept: Facets = facets[np.sort(order[fresh])]
    return kept
