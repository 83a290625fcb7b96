"""Lists of PLY, whose rows are as long as they say: faces become fans of triangles."""

import numpy as np
from numba import njit

from pricing.geometry.kernels.characters import SPACE
from pricing.geometry.kernels.numerals import read_real

FINE, CUT, NOT_A_NUMBER, SHORT_FACE, LARGE_FACE, BAD_COUNT = range(6)
# Columns of `properties`, one row for each property of an element.
COUNT_BYTES, COUNT_SIGNED, ITEM_BYTES, ITEM_SIGNED, ARE_CORNERS = range(5)

_TRIANGLE = 3
_LARGEST = 2**31 - 1
_OCTET = 8


@njit
def _whole(octets, at, size, signed, big_endian):
    value = np.int64(0)
    for index in range(size):
        octet = np.int64(octets[at + index] if big_endian else octets[at + size - 1 - index])
        value = (value << _OCTET) | octet
    if signed and size < _OCTET and value >> (_OCTET * size - 1):
        value -= np.int64(1) << (_OCTET * size)
    return value


@njit
def _add_corner(facets, triangles, place, corner):
    """Add a corner to the fan being made; return how many triangles there are now."""
    if not 0 <= corner <= _LARGEST:
        corner = -1  # beyond any point: for the reader to refuse
    if place < _TRIANGLE:
        facets[triangles, place] = corner
        return triangles + (place == _TRIANGLE - 1)
    facets[triangles, 0] = facets[triangles - 1, 0]
    facets[triangles, 1] = facets[triangles - 1, 2]
    facets[triangles, 2] = corner
    return triangles + 1


@njit("UniTuple(i8, 3)(u1[::1], i8, i8, i8[:, ::1], b1, i8, i4[:, ::1])", nogil=True, cache=True)
def read_binary_lists(octets, at, rows, properties, big_endian, most_corners, facets):
    """Read so many rows of an element from `at` on.

    Returns:
        How many triangles; where reading ended; how.
    """
    triangles = np.int64(0)
    for _ in range(rows):
        for number in range(len(properties)):
            item_bytes = properties[number, ITEM_BYTES]
            count_bytes = properties[number, COUNT_BYTES]
            if at + count_bytes > len(octets):
                return triangles, at, CUT
            count = np.int64(1)
            if count_bytes:
                count = _whole(octets, at, count_bytes, properties[number, COUNT_SIGNED], big_endian)
            at += count_bytes
            if count < 0:
                return triangles, at, BAD_COUNT
            if properties[number, ARE_CORNERS] and not _TRIANGLE <= count <= most_corners:
                return triangles, at, SHORT_FACE if count < _TRIANGLE else LARGE_FACE
            if count > (len(octets) - at) // item_bytes:
                return triangles, at, CUT
            if properties[number, ARE_CORNERS]:
                if triangles + count - 2 > len(facets):
                    return triangles, at, CUT
                for place in range(count):
                    signed = properties[number, ITEM_SIGNED]
                    corner = _whole(octets, at + place * item_bytes, item_bytes, signed, big_endian)
                    triangles = _add_corner(facets, triangles, place, corner)
            at += count * item_bytes
    return triangles, at, FINE


@njit("UniTuple(i8, 3)(u1[::1], f8[::1])", nogil=True, cache=True)
def read_reals(text, values):
    """Read all numbers of a text; return how many, where reading ended, how."""
    at = count = 0
    while True:
        while at < len(text) and text[at] <= SPACE:
            at += 1
        if at == len(text):
            return count, at, FINE
        stop = at
        while stop < len(text) and text[stop] > SPACE:
            stop += 1
        values[count], valid = read_real(text, at, stop)
        if not valid:
            return count, at, NOT_A_NUMBER
        count += 1
        at = stop


@njit("UniTuple(i8, 3)(f8[::1], i8, i8, i8[:, ::1], i8, i4[:, ::1])", nogil=True, cache=True)
def read_number_lists(values, at, rows, properties, most_corners, facets):
    """Read rows of an element from numbers that were text; otherwise like `read_binary_lists`."""
    triangles = np.int64(0)
    for _ in range(rows):
        for number in range(len(properties)):
            if at == len(values):
                return triangles, at, CUT
            count = np.int64(1)
            if properties[number, COUNT_BYTES]:
                if not 0 <= values[at] <= _LARGEST or values[at] != np.floor(values[at]):
                    return triangles, at, BAD_COUNT
                count = np.int64(values[at])
                at += 1
            if properties[number, ARE_CORNERS] and not _TRIANGLE <= count <= most_corners:
                return triangles, at, SHORT_FACE if count < _TRIANGLE else LARGE_FACE
            if count > len(values) - at:
                return triangles, at, CUT
            if properties[number, ARE_CORNERS]:
                if triangles + count - 2 > len(facets):
                    return triangles, at, CUT
                for place in range(count):
                    value = values[at + place]
                    whole = 0 <= value <= _LARGEST and value == np.floor(value)
                    triangles = _add_corner(facets, triangles, place, np.int64(value) if whole else np.int64(-1))
            at += count
    return triangles, at, FINE
