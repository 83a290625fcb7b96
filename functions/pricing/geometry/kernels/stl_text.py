"""ASCII STL, from text that holds whole facets."""

import numpy as np
from numba import njit

from pricing.geometry.kernels.characters import LINE_FEED, RETURN, SPACE, TO_LOWER
from pricing.geometry.kernels.numerals import read_real

FINE, MALFORMED, NOT_A_NUMBER, CUT = range(4)


def _word(text: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text, dtype=np.uint8).copy()


_FACET, _NORMAL, _OUTER, _LOOP = (_word(word) for word in (b"facet", b"normal", b"outer", b"loop"))
_VERTEX, _ENDLOOP, _ENDFACET = (_word(word) for word in (b"vertex", b"endloop", b"endfacet"))
_SOLID, _END, _ENDSOLID = (_word(word) for word in (b"solid", b"end", b"endsolid"))


@njit
def _skip_space(text, at):
    while at < len(text) and text[at] <= SPACE:
        at += 1
    return at


@njit
def _token_end(text, at):
    while at < len(text) and text[at] > SPACE:
        at += 1
    return at


@njit
def _expect(text, at, word):
    """Return where `word` ends that should begin after white space at `at`; or -1, or -2 where the text ends first."""
    at = _skip_space(text, at)
    for index in range(len(word)):
        if at + index == len(text):
            return -2
        if text[at + index] | TO_LOWER != word[index]:
            return -1
    at += len(word)
    return at if at == len(text) or text[at] <= SPACE else -1


@njit
def _skip_line(text, at):
    while at < len(text) and text[at] != LINE_FEED and text[at] != RETURN:
        at += 1
    return at


@njit
def _skip_solid_line(text, at):
    """Return the end of a line that begins or ends a solid, and whether it ends one; -1 if it is neither."""
    after = _expect(text, at, _SOLID)
    if after >= 0:
        return _skip_line(text, after), False
    after = _expect(text, at, _ENDSOLID)
    if after < 0:
        after = _expect(text, at, _END)
        if after >= 0:
            after = _expect(text, after, _SOLID)
    return (_skip_line(text, after), True) if after >= 0 else (after, False)


@njit
def _read_facet(text, at, corners, facet):
    """Read what follows the word facet; return where it ends or failed, and how it went."""
    at = _expect(text, at, _NORMAL)
    if at < 0:
        return at, MALFORMED if at == -1 else CUT
    for _ in range(3):
        at = _token_end(text, _skip_space(text, at))
    at = _expect(text, at, _OUTER)
    if at >= 0:
        at = _expect(text, at, _LOOP)
    for corner in range(3):
        if at >= 0:
            at = _expect(text, at, _VERTEX)
        if at < 0:
            return at, MALFORMED if at == -1 else CUT
        for axis in range(3):
            at = _skip_space(text, at)
            stop = _token_end(text, at)
            value, valid = read_real(text, at, stop)
            if not valid:
                return at, CUT if stop == len(text) else NOT_A_NUMBER
            corners[3 * facet + corner, axis] = value
            at = stop
    at = _expect(text, at, _ENDLOOP)
    if at >= 0:
        at = _expect(text, at, _ENDFACET)
    return at, FINE if at >= 0 else (MALFORMED if at == -1 else CUT)


@njit("UniTuple(i8, 4)(u1[::1], f8[:, ::1])", nogil=True, cache=True)
def read_stl_text(text, corners):
    """Read the facets of `text` into `corners`, three rows each.

    Returns:
        How many facets; how reading ended; where, if the number there was to blame; whether a solid ended last.
    """
    facets = at = 0
    ended = False
    while True:
        at = _skip_space(text, at)
        if at == len(text):
            return facets, FINE, at, np.int64(ended)
        after = _expect(text, at, _FACET)
        if after >= 0:
            if 3 * facets == len(corners):
                return facets, MALFORMED, at, np.int64(ended)
            at, outcome = _read_facet(text, after, corners, facets)
            if outcome != FINE:
                return facets, outcome, at, np.int64(False)
            facets += 1
            ended = False
        else:
            at, ended = _skip_solid_line(text, at)
            if at < 0:
                return facets, MALFORMED if at == -1 and after == -1 else CUT, at, np.int64(False)
