"""Wavefront OBJ, from text of whole lines."""

import numpy as np
from numba import njit

from pricing.geometry.kernels.characters import (
    BACKSLASH,
    HASH,
    LINE_FEED,
    MINUS,
    NINE,
    POINT,
    RETURN,
    SLASH,
    SMALL_F,
    SMALL_V,
    SPACE,
)
from pricing.geometry.kernels.numerals import read_real, read_whole

FINE, SHORT_VERTEX, NOT_A_NUMBER, NOT_AN_INDEX, INDEX_ZERO, SHORT_FACE, LARGE_FACE, FREE_FORM = range(8)

_FREE_FORMS = tuple(np.frombuffer(word, dtype=np.uint8).copy() for word in (b"curv", b"curv2", b"surf", b"cstype"))
_LARGEST_INDEX = 2**31 - 1
_TRIANGLE = 3


@njit
def _next(text, at):
    """Return where the next token of a logical line begins, or the line ends: at a line break, a comment, the end."""
    while at < len(text):
        octet = text[at]
        if octet == BACKSLASH and at + 1 < len(text) and text[at + 1] == LINE_FEED:
            at += 2
        elif octet == BACKSLASH and at + 1 < len(text) and text[at + 1] == RETURN:
            at += 3 if at + 2 < len(text) and text[at + 2] == LINE_FEED else 2
        elif octet == LINE_FEED or octet == RETURN or octet > SPACE:
            return at
        else:
            at += 1
    return at


@njit
def _ends(text, at):
    return at >= len(text) or text[at] == LINE_FEED or text[at] == RETURN or text[at] == HASH


@njit
def _token_end(text, at):
    while at < len(text) and text[at] > SPACE and text[at] != HASH and text[at] != BACKSLASH:
        at += 1
    return at


@njit
def _skip_line(text, at):
    while True:
        at = _next(text, at)
        if at >= len(text) or text[at] == LINE_FEED or text[at] == RETURN:
            return at + 1
        if text[at] == HASH:
            while at < len(text) and text[at] != LINE_FEED and text[at] != RETURN:
                at += 1
        else:
            at += 1


@njit
def _read_vertex(text, at, points, row):
    """Read three coordinates; what follows, weights or colours, is not looked at."""
    for axis in range(3):
        at = _next(text, at)
        if _ends(text, at):
            return at, SHORT_VERTEX
        stop = _token_end(text, at)
        value, valid = read_real(text, at, stop)
        if not valid:
            return at, NOT_A_NUMBER
        points[row, axis] = value
        at = stop
    return at, FINE


@njit
def _read_corner(text, at):
    """Return the index of the vertex in 1, 1/2, 1//3 or 1/2/3; where the token ends; how it went."""
    stop = at
    while (
        stop < len(text)
        and text[stop] > SPACE
        and text[stop] != SLASH
        and text[stop] != HASH
        and text[stop] != BACKSLASH
    ):
        stop += 1
    index, valid = read_whole(text, at, stop)
    at = stop
    while at < len(text) and MINUS <= text[at] <= NINE and text[at] != POINT:
        at += 1
    if not valid or at != _token_end(text, at):
        return 0, at, NOT_AN_INDEX
    return index, at, FINE if index != 0 else INDEX_ZERO


@njit("UniTuple(i8, 6)(u1[::1], i8, f8[:, ::1], i4[:, ::1], u1[:, ::1])", nogil=True, cache=True)
def read_obj_text(text, most_corners, points, facets, relative):
    """Read vertices and faces of `text`; polygons become fans.

    Args:
        most_corners: of a polygon.
        points: becomes the vertices.
        facets: becomes the triangles, numbered from 0; relative ones from the first vertex of this text, which makes
            those of earlier texts negative.
        relative: set where a corner of `facets` is relative.

    Returns:
        How many vertices and triangles; how reading ended; where; whether any corner is relative; the highest index.
    """
    vertices = triangles = at = highest = 0
    any_relative = False
    outcome = FINE
    while at < len(text) and outcome == FINE:
        at = _next(text, at)
        stop = _token_end(text, at)
        if stop == at + 1 and text[at] == SMALL_V:
            at, outcome = _read_vertex(text, stop, points, vertices)
            vertices += 1
        elif stop == at + 1 and text[at] == SMALL_F:
            at = stop
            corners = 0
            first = second = np.int32(0)
            first_relative = second_relative = False
            while True:
                at = _next(text, at)
                if _ends(text, at):
                    break
                index, at, outcome = _read_corner(text, at)
                if outcome != FINE:
                    break
                is_relative = index < 0
                any_relative |= is_relative
                highest = max(highest, index)
                number = np.int32(max(min(index, _LARGEST_INDEX) - 1, -_LARGEST_INDEX))
                if is_relative:
                    number = np.int32(max(vertices + index, -_LARGEST_INDEX))
                corners += 1
                if corners > most_corners:
                    outcome = LARGE_FACE
                    break
                if corners == 1:
                    first, first_relative = number, is_relative
                if corners >= _TRIANGLE:
                    facets[triangles, 0], facets[triangles, 1], facets[triangles, 2] = first, second, number
                    relative[triangles, 0] = first_relative
                    relative[triangles, 1] = second_relative
                    relative[triangles, 2] = is_relative
                    triangles += 1
                second, second_relative = number, is_relative
            if outcome == FINE and corners < _TRIANGLE:
                outcome = SHORT_FACE
        else:
            for word in _FREE_FORMS:
                if stop - at == len(word) and np.all(text[at:stop] == word):
                    outcome = FREE_FORM
        if outcome == FINE:
            at = _skip_line(text, at)
    return vertices, triangles, outcome, at, np.int64(any_relative), highest
