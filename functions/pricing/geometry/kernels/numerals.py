"""Numbers written as text, read strictly and at the speed of the memory they lie in."""

from fractions import Fraction

import numpy as np
from numba import njit

from pricing.geometry.kernels.characters import MINUS, NINE, PLUS, POINT, SMALL_E, TO_LOWER, ZERO

_LARGEST_POWER = 340
_EXACT_POWER = 22  # ten to this is a double without rounding
_EXACT_MANTISSA = np.uint64(1 << 53)
_MOST_DIGITS = 19  # of which a 64-bit number certainly holds all
_SAFE_POWER = 270  # beyond it the parts of a split product overflow
_MOST_WHOLE_DIGITS = 15
_BASE = 10
_HUGE_POWER = 1_000_000
_LOW_BITS = np.uint64(0x7FF)
_SPLIT = 134217729.0  # 2^27 + 1: Dekker, A floating-point technique for extending the available precision, 1971


def _power(exponent: int) -> tuple[float, float]:
    """Return ten to the exponent as a double and what it lacks."""
    exact = Fraction(10) ** exponent
    try:
        high = float(exact)
    except OverflowError:
        return float("inf"), 0.0
    return high, float(exact - Fraction(high))


_POWERS = np.array([_power(exponent) for exponent in range(-_LARGEST_POWER, _LARGEST_POWER + 1)])


@njit
def _scale(mantissa, exponent):
    """Return mantissa times ten to the exponent: in double-double arithmetic where one rounding would be one too many.

    The last bit may be wrong where the true value is within 2^-45 of the middle between two doubles, and beyond 1e270.
    """
    if mantissa == np.uint64(0) or exponent < -_LARGEST_POWER:
        return 0.0
    if exponent > _LARGEST_POWER:
        return np.inf
    if mantissa <= _EXACT_MANTISSA and -_EXACT_POWER <= exponent <= _EXACT_POWER:
        if exponent < 0:
            return np.float64(mantissa) / _POWERS[_LARGEST_POWER - exponent, 0]
        return np.float64(mantissa) * _POWERS[_LARGEST_POWER + exponent, 0]
    high, low = _POWERS[_LARGEST_POWER + exponent]
    head, tail = np.float64(mantissa & ~_LOW_BITS), np.float64(mantissa & _LOW_BITS)
    product = head * high
    if not -_SAFE_POWER <= exponent <= _SAFE_POWER:
        return np.float64(mantissa) * high
    part = _SPLIT * head
    head_1 = part - (part - head)
    part = _SPLIT * high
    high_1 = part - (part - high)
    head_2, high_2 = head - head_1, high - high_1
    error = ((head_1 * high_1 - product) + head_1 * high_2 + head_2 * high_1) + head_2 * high_2
    return product + (error + (head * low + tail * high))


@njit
def _is_word(text, at, stop, word):
    if stop - at != len(word):
        return False
    for index in range(len(word)):
        if text[at + index] | TO_LOWER != word[index]:
            return False
    return True


_NAN = np.frombuffer(b"nan", dtype=np.uint8).copy()
_INF = np.frombuffer(b"inf", dtype=np.uint8).copy()
_INFINITY = np.frombuffer(b"infinity", dtype=np.uint8).copy()


@njit
def read_real(text, at, stop):
    """Return the number that `text` holds from `at` to `stop`, and whether that is one from end to end.

    Digits after the nineteenth significant one only count for the magnitude.
    """
    negative = at < stop and text[at] == MINUS
    if at < stop and (text[at] == PLUS or text[at] == MINUS):
        at += 1
    mantissa = np.uint64(0)
    digits = significant = 0
    exponent = np.int64(0)
    after_point = False
    start = at
    while at < stop:
        digit = np.int64(text[at]) - ZERO
        if 0 <= digit < _BASE:
            digits += 1
            if significant < _MOST_DIGITS:
                mantissa = mantissa * np.uint64(_BASE) + np.uint64(digit)
                significant += mantissa != np.uint64(0)
                exponent -= after_point
            else:
                exponent += not after_point
        elif text[at] == POINT and not after_point:
            after_point = True
        else:
            break
        at += 1
    if digits == 0:
        if _is_word(text, start, stop, _NAN):
            return np.nan, True
        if _is_word(text, start, stop, _INF) or _is_word(text, start, stop, _INFINITY):
            return -np.inf if negative else np.inf, True
        return 0.0, False
    if at < stop and text[at] | TO_LOWER == SMALL_E:
        at += 1
        fewer = at < stop and text[at] == MINUS
        if at < stop and (text[at] == PLUS or text[at] == MINUS):
            at += 1
        if at == stop:
            return 0.0, False
        power = np.int64(0)
        while at < stop and ZERO <= text[at] <= NINE:
            if power < _HUGE_POWER:
                power = np.int64(_BASE * power + np.int64(text[at]) - ZERO)
            at += 1
        exponent += -power if fewer else power
    value = _scale(mantissa, exponent)
    return -value if negative else value, at == stop


@njit
def read_whole(text, at, stop):
    """Return the whole number from `at` to `stop`, and whether that is one: a sign perhaps, and at most 15 digits."""
    negative = at < stop and text[at] == MINUS
    if at < stop and (text[at] == PLUS or text[at] == MINUS):
        at += 1
    if not 0 < stop - at <= _MOST_WHOLE_DIGITS:
        return 0, False
    value = np.int64(0)
    while at < stop:
        digit = np.int64(text[at]) - ZERO
        if not 0 <= digit < _BASE:
            return 0, False
        value = value * _BASE + digit
        at += 1
    return -value if negative else value, True
