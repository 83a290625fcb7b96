"""Points that are equal get one number: an open-addressing hash table that several threads fill at once.

A slot holds 32 bits of the hash and, below them, the number of a point plus one; 0 is an empty slot. Points are
compared by their bits, with -0.0 made 0.0. The hash is multilinear with random keys (Lemire, Kaser: Strongly universal
string hashing is fast, 2014), so that nobody can prepare points that collide.
"""

import numpy as np
from numba import njit

from pricing.geometry.kernels.machine import compare_and_swap, fetch_add, load_word, prefetch

NUMBERS_AT_ONCE = 256  # how many point numbers a thread takes; those left over at the end belong to no point

_BATCH = 768
_FACET_BYTES = 50
_CORNERS_AT = 12
_CORNER_BYTES = 12
_MINUS_ZERO_4 = np.uint32(1 << 31)
_MINUS_ZERO_8 = np.uint64(1 << 63)
_NOT_FINITE_4 = np.uint32(0x7F800000)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_NONE = np.uint64(0)
# An odd constant of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@njit(inline="always")
def _finish(hash_):
    hash_ ^= hash_ >> _HALF
    hash_ *= _MIX
    return hash_ ^ (hash_ >> np.uint64(29))


@njit(inline="always")
def _hash4(x, y, z, keys):
    return _finish(keys[0] + keys[1] * np.uint64(x) + keys[2] * np.uint64(y) + keys[3] * np.uint64(z))


@njit(inline="always")
def _hash8(x, y, z, keys):
    low = keys[1] * (x & _LOW) + keys[2] * (y & _LOW) + keys[3] * (z & _LOW)
    return _finish(keys[0] + low + keys[4] * (x >> _HALF) + keys[5] * (y >> _HALF) + keys[6] * (z >> _HALF))


@njit(inline="always")
def _home(hash_, capacity):
    """Return the slot where to begin looking: the upper half of the hash, scaled."""
    return np.int64(((hash_ >> _HALF) * np.uint64(capacity)) >> _HALF)


@njit(inline="always")
def _number_of(slots, points, x, y, z, hash_, fresh):
    """Return the number of the point x, y, z: `fresh`, which must be its own, unless it is in the table already."""
    capacity = len(slots)
    at = _home(hash_, capacity)
    tag = (hash_ & _LOW) << _HALF
    while True:
        slot = slots[at]
        if slot == _NONE:
            points[fresh, 0] = x
            points[fresh, 1] = y
            points[fresh, 2] = z
            slot = compare_and_swap(slots, at, _NONE, tag | (np.uint64(fresh) + _ONE))
            if slot == _NONE:
                return fresh
        if (slot ^ tag) >> _HALF == _NONE:
            number = np.int64((slot & _LOW) - _ONE)
            if points[number, 0] == x and points[number, 1] == y and points[number, 2] == z:
                return number
        at += 1
        if at == capacity:
            at = 0


@njit(
    "i8(u1[::1], i8, u8[::1], u8[::1], u4[:, ::1], i8[::1], i8[::1], i4[:, ::1])",
    nogil=True,
    cache=True,
)
def weld_stl(octets, count, keys, slots, points, taken, own, facets):
    """Number the corners of `count` facets of a binary STL into `facets`.

    Args:
        octets: the facets, 50 bytes each.
        keys: of the hash.
        slots: the table, with room for all corners of these facets.
        points: (n, 3) bits of the points by number.
        taken: how many numbers are taken in all; shared.
        own: the next number of this thread, and where its numbers end.

    Returns:
        How many coordinates are infinite or not a number.
    """
    words = np.empty((_BATCH, 3), dtype=np.uint32)
    hashes = np.empty(_BATCH, dtype=np.uint64)
    not_finite = 0
    for start in range(0, 3 * count, _BATCH):
        size = min(_BATCH, 3 * count - start)
        for corner in range(size):
            facet, place = divmod(start + corner, 3)
            at = facet * _FACET_BYTES + _CORNERS_AT + place * _CORNER_BYTES
            for axis in range(3):
                word = load_word(octets, at + 4 * axis)
                not_finite += (word & _NOT_FINITE_4) == _NOT_FINITE_4
                words[corner, axis] = np.uint32(0) if word == _MINUS_ZERO_4 else word
            hashes[corner] = _hash4(words[corner, 0], words[corner, 1], words[corner, 2], keys)
            prefetch(slots, _home(hashes[corner], len(slots)))
        for corner in range(size):
            if own[0] == own[1]:
                own[0] = fetch_add(taken, 0, NUMBERS_AT_ONCE)
                own[1] = own[0] + NUMBERS_AT_ONCE
            number = _number_of(
                slots, points, words[corner, 0], words[corner, 1], words[corner, 2], hashes[corner], own[0]
            )
            own[0] += number == own[0]
            facet, place = divmod(start + corner, 3)
            facets[facet, place] = number
    return not_finite


@njit("void(u8[:, ::1], u8[::1], u8[::1], u8[:, ::1], i8[::1], i8[::1], i4[::1])", nogil=True, cache=True)
def weld_points(bits, keys, slots, points, taken, own, numbers):
    """Number (n, 3) points, given as the bits of double precision; otherwise like `weld_stl`."""
    hashes = np.empty(_BATCH, dtype=np.uint64)
    for start in range(0, len(bits), _BATCH):
        size = min(_BATCH, len(bits) - start)
        for index in range(size):
            for axis in range(3):
                if bits[start + index, axis] == _MINUS_ZERO_8:
                    bits[start + index, axis] = _NONE
            x, y, z = bits[start + index]
            hashes[index] = _hash8(x, y, z, keys)
            prefetch(slots, _home(hashes[index], len(slots)))
        for index in range(size):
            if own[0] == own[1]:
                own[0] = fetch_add(taken, 0, NUMBERS_AT_ONCE)
                own[1] = own[0] + NUMBERS_AT_ONCE
            x, y, z = bits[start + index]
            number = _number_of(slots, points, x, y, z, hashes[index], own[0])
            own[0] += number == own[0]
            numbers[start + index] = number


@njit(inline="always")
def _move(slot, hash_, larger):
    at = _home(hash_, len(larger))
    while larger[at] != _NONE:
        at += 1
        if at == len(larger):
            at = 0
    larger[at] = slot


@njit("void(u8[::1], u4[:, ::1], u8[::1], u8[::1])", nogil=True, cache=True)
def move_single(slots, points, keys, larger):
    """Put all that `slots` hold into the empty table `larger`; points in single precision."""
    for slot in slots:
        if slot != _NONE:
            x, y, z = points[np.int64((slot & _LOW) - _ONE)]
            _move(slot, _hash4(x, y, z, keys), larger)


@njit("void(u8[::1], u8[:, ::1], u8[::1], u8[::1])", nogil=True, cache=True)
def move_double(slots, points, keys, larger):
    """Put all that `slots` hold into the empty table `larger`; points in double precision."""
    for slot in slots:
        if slot != _NONE:
            x, y, z = points[np.int64((slot & _LOW) - _ONE)]
            _move(slot, _hash8(x, y, z, keys), larger)
