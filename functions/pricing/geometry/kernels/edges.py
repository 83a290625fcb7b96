"""Edges, bucketed by their lower point: no sort of all, and each thread has buckets of its own.

An entry of a bucket is the higher point, shifted by one, and the direction in the lowest bit.
"""

import numpy as np
from numba import njit

_FEW = 24  # entries that are sorted by insertion
_PAIR = 2


@njit(inline="always")
def _lower_and_entry(tail, head):
    if tail < head:
        return tail, (np.uint32(head) << np.uint32(1)) | np.uint32(1)
    return head, np.uint32(tail) << np.uint32(1)


@njit("void(i4[:, ::1], b1, i8, i8, i4[::1])", nogil=True, cache=True)
def count_entries(facets, forwards_only, first, last, ends):
    """Count into `ends` the entries of points `first` to `last`; only of edges from lower to higher, if so asked."""
    for facet in range(len(facets)):
        for side in range(3):
            tail, head = facets[facet, side], facets[facet, side - 2]
            lower = min(tail, head)
            if first <= lower < last:
                ends[lower - first] += (tail < head) | (not forwards_only)


@njit("void(i4[:, ::1], b1, i8, i8, i4[::1], u4[::1])", nogil=True, cache=True)
def fill_buckets(facets, forwards_only, first, last, starts, entries):
    """Put the entries counted before into their buckets; `starts` (of bucket i at i) become ends."""
    for facet in range(len(facets)):
        for side in range(3):
            tail, head = facets[facet, side], facets[facet, side - 2]
            if forwards_only and tail > head:
                continue
            lower, entry = _lower_and_entry(tail, head)
            if first <= lower < last:
                entries[starts[lower - first]] = entry
                starts[lower - first] += 1


@njit(inline="always")
def _sift(entries, start, root, size):
    value = entries[start + root]
    child = 2 * root + 1
    while child < size:
        if child + 1 < size and entries[start + child] < entries[start + child + 1]:
            child += 1
        if entries[start + child] <= value:
            break
        entries[start + root] = entries[start + child]
        root = child
        child = 2 * root + 1
    entries[start + root] = value


@njit(inline="always")
def _sort(entries, start, stop):
    """Sort a bucket in place: a heap for large ones, which no order of entries makes slow."""
    size = stop - start
    if size <= _FEW:
        for index in range(start + 1, stop):
            entry = entries[index]
            place = index
            while place > start and entries[place - 1] > entry:
                entries[place] = entries[place - 1]
                place -= 1
            entries[place] = entry
        return
    for root in range(size // 2 - 1, -1, -1):
        _sift(entries, start, root, size)
    for end in range(size - 1, 0, -1):
        entries[start], entries[start + end] = entries[start + end], entries[start]
        _sift(entries, start, 0, end)


@njit("b1(i4[::1], u4[::1])", nogil=True, cache=True)
def sort_buckets(ends, entries):
    """Sort every bucket; tell whether any entry is there twice."""
    repeated = False
    start = 0
    for stop in ends:
        _sort(entries, start, stop)
        for index in range(start + 1, stop):
            repeated |= entries[index] == entries[index - 1]
        start = stop
    return repeated


@njit("i8(i8, i4[::1], u4[::1], i4[:, ::1])", nogil=True, cache=True)
def list_irregular(first, ends, entries, found):
    """List the edges that are not passed once in each direction, from sorted buckets of both directions.

    Rows of `found` become: lower point, higher point, facets, facets that pass it from lower to higher. Rows beyond its
    length are only counted.

    Returns:
        How many such edges there are.
    """
    count = 0
    start = 0
    for bucket in range(len(ends)):
        stop = ends[bucket]
        index = start
        while index < stop:
            higher = entries[index] >> np.uint32(1)
            facets = forwards = np.int64(0)
            while index < stop and entries[index] >> np.uint32(1) == higher:
                facets += 1
                forwards += np.int64(entries[index] & np.uint32(1))
                index += 1
            if facets != _PAIR or forwards != 1:
                if count < len(found):
                    found[count, 0] = first + bucket
                    found[count, 1] = higher
                    found[count, 2] = facets
                    found[count, 3] = forwards
                count += 1
        start = stop
    return count
