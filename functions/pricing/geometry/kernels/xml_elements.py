"""The bulk of a 3MF: `<vertex x y z/>` and `<triangle v1 v2 v3/>`, one after another.

Only what is written plainly is read here. At anything else (a comment, an entity, a number that is none, an attribute
twice) reading stops before the element, for a real XML parser to judge.
"""

import numpy as np
from numba import njit

from pricing.geometry.kernels.characters import AMPERSAND, APOSTROPHE, EQUALS, GREATER, LESS, QUOTE, SLASH, SPACE
from pricing.geometry.kernels.numerals import read_real, read_whole

CUT, UNUSUAL, FULL = range(3)

_SMALL_X, _SMALL_V, _ONE = b"xv1"
_LARGEST = 2**31 - 1
_VALUES = 3
_ALL = 0b111


@njit
def _skip_space(text, at):
    while at < len(text) and text[at] <= SPACE:
        at += 1
    return at


@njit
def _name_end(text, at):
    while at < len(text) and text[at] > SPACE and text[at] not in (EQUALS, LESS, GREATER, SLASH, AMPERSAND, QUOTE):
        at += 1
    return at


@njit
def _value_end(text, at, quote):
    while at < len(text) and text[at] != quote and text[at] != LESS and text[at] != AMPERSAND:
        at += 1
    return at


@njit
def _wanted(text, at, stop, of_triangles):
    """Return which of x, y, z or v1, v2, v3 a name is, -1 if none."""
    if (
        of_triangles
        and stop - at == len("v1")
        and text[at] == _SMALL_V
        and 0 <= np.int64(text[at + 1]) - _ONE < _VALUES
    ):
        return np.int64(text[at + 1]) - _ONE
    if not of_triangles and stop - at == 1 and 0 <= np.int64(text[at]) - _SMALL_X < _VALUES:
        return np.int64(text[at]) - _SMALL_X
    return np.int64(-1)


@njit
def _find_values(text, at, name, of_triangles, spans):
    """Find the three values of the element at `at`; return where it ends, or -1 - CUT, or -1 - UNUSUAL."""
    if at == len(text):
        return -1 - CUT
    if text[at] != LESS:
        return -1 - UNUSUAL
    at += 1
    for index in range(len(name)):
        if at + index == len(text):
            return -1 - CUT
        if text[at + index] != name[index]:
            return -1 - UNUSUAL
    at += len(name)
    found = 0
    while True:
        start = at
        at = _skip_space(text, at)
        if at + 1 >= len(text):
            return -1 - CUT
        if text[at] == SLASH:
            return at + 2 if text[at + 1] == GREATER and found == _ALL else -1 - UNUSUAL
        stop = _name_end(text, at)
        if stop + 1 >= len(text):
            return -1 - CUT
        quote = text[stop + 1]
        if at == start or stop == at or text[stop] != EQUALS or quote not in (QUOTE, APOSTROPHE):
            return -1 - UNUSUAL
        end = _value_end(text, stop + 2, quote)
        if end == len(text):
            return -1 - CUT
        which = _wanted(text, at, stop, of_triangles)
        if text[end] != quote or (which >= 0 and found >> which & 1):
            return -1 - UNUSUAL
        if which >= 0:
            found |= 1 << which
            spans[which, 0] = stop + 2
            spans[which, 1] = end
        at = end + 1


@njit("UniTuple(i8, 3)(u1[::1], i8, u1[::1], f8[:, ::1])", nogil=True, cache=True)
def read_vertices(text, at, name, points):
    """Read elements called `name` from `at` on into `points`.

    Returns:
        How many; where reading ended; why: the text is cut off, it is unusual, or `points` is full.
    """
    spans = np.empty((3, 2), dtype=np.int64)
    for row in range(len(points)):
        at = _skip_space(text, at)
        end = _find_values(text, at, name, False, spans)
        if end < 0:
            return row, at, -1 - end
        for axis in range(3):
            points[row, axis], valid = read_real(text, spans[axis, 0], spans[axis, 1])
            if not valid:
                return row, at, UNUSUAL
        at = end
    return len(points), at, FULL


@njit("UniTuple(i8, 3)(u1[::1], i8, u1[::1], i4[:, ::1])", nogil=True, cache=True)
def read_triangles(text, at, name, facets):
    """Read elements called `name` from `at` on into `facets`; as `read_vertices`."""
    spans = np.empty((3, 2), dtype=np.int64)
    for row in range(len(facets)):
        at = _skip_space(text, at)
        end = _find_values(text, at, name, True, spans)
        if end < 0:
            return row, at, -1 - end
        for place in range(3):
            number, valid = read_whole(text, spans[place, 0], spans[place, 1])
            if not valid or not -_LARGEST <= number <= _LARGEST:
                return row, at, UNUSUAL
            facets[row, place] = number
        at = end
    return len(facets), at, FULL
