"""STL, binary and ASCII.

The binary format: 80 bytes of anything, a little-endian facet count, then 50 bytes per facet: normal and three corners
in single precision, two bytes of attributes. Normals are ignored: the order of the corners says the same.
"""

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.kernels import stl_text
from pricing.geometry.kernels.stl_text import read_stl_text
from pricing.geometry.kernels.table import NUMBERS_AT_ONCE
from pricing.geometry.numbers import explain_at
from pricing.geometry.progress import Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.sniffing import STL_FACET_BYTES, STL_HEADER_BYTES, stl_count
from pricing.geometry.source import Source
from pricing.geometry.surface import Surface
from pricing.geometry.text import TextBlocks
from pricing.geometry.weld import PointTable

_BLOCK_FACETS = 1 << 12

_END_OF_FACET = b"endfacet"
_TAIL_BYTES = 1 << 12
_SHORTEST_FACET_BYTES = len("facet normal 0 0 0 outer loop vertex 0 0 0 vertex 0 0 0 vertex 0 0 0 endloop endfacet")
_USUAL_FACET_BYTES = 200
_USUAL_BLOCK_POINTS = 3 * (1 << 20) // _USUAL_FACET_BYTES


def read_binary(source: Source) -> Surface:
    """Read a binary STL; its points come out welded.

    Raises:
        ModelRefused: `stl.truncated`, `stl.count_lies` (header and length disagree by whole facets),
            `limits.triangles`, `geometry.non_finite`.
    """
    header = bytearray(STL_HEADER_BYTES)
    source.file.seek(0)
    source.read_on(header)
    claimed = stl_count(header)
    present, left_over = divmod(source.size - STL_HEADER_BYTES, STL_FACET_BYTES)
    if claimed != present:
        if left_over and claimed > present:
            raise ModelRefused(
                "stl.truncated", f"{claimed} facets announced, the file ends within number {present + 1}"
            )
        raise ModelRefused("stl.count_lies", f"the header announces {claimed} facets, the file holds {present}")
    limits = source.limits
    if claimed > limits.triangles:
        raise ModelRefused("limits.triangles", f"{claimed} triangles; at most {limits.triangles} are analysed")
    return _BinaryFacets(source, claimed).read()


class _BinaryFacets:
    """The body of a binary STL, read by one thread at a time and welded by all."""

    def __init__(self, source: Source, count: int) -> None:
        self._source = source
        self._facets = np.empty((count, 3), dtype=np.int32)
        self._read = 0
        self._lock = Lock()
        self._block = min(_BLOCK_FACETS, max(count, 1))
        crew = source.crew
        # A closed surface has about half as many points as facets; what is in flight has to fit as well.
        expected = count * 21 // 40 + crew.size * (3 * self._block + NUMBERS_AT_ONCE)
        self._table = PointTable(3 * count, expected, dtype=np.float32, threads=crew.size)

    def read(self) -> Surface:
        while True:
            not_finite = sum(self._source.crew.run(self._work))
            if not_finite:
                raise ModelRefused("geometry.non_finite", "a coordinate is infinite or not a number")
            if self._read == len(self._facets):
                return Surface(self._table.points, self._facets, welded=True)
            self._table.grow(3 * self._block)

    def _work(self, member: int) -> int:
        """Read and weld until there is nothing left, or no room; return how many coordinates are not finite."""
        block = np.empty(self._block * STL_FACET_BYTES, dtype=np.uint8)
        not_finite = 0
        while (facets := self._next(block)) is not None:
            not_finite += self._table.add_stl(member, block, facets)
        return not_finite

    def _next(self, block: NDArray[np.uint8]) -> NDArray[np.int32] | None:
        with self._lock:
            if self._read == len(self._facets) or not self._table.has_room(3 * self._block):
                return None
            facets = self._facets[self._read : self._read + self._block]
            wanted = block[: len(facets) * STL_FACET_BYTES]
            if self._source.read_on(wanted) != len(wanted):
                raise ModelRefused("stl.truncated", "the file became shorter while it was read")
            self._read += len(facets)
            self._source.reporter.at(Stage.READ, self._read / len(self._facets))
            return facets


def read_ascii(source: Source) -> Surface:
    """Read an ASCII STL; keywords in any case, several solids allowed; its points come out welded.

    Raises:
        ModelRefused: `stl.truncated` (no end of the solid), `stl.malformed`, `number.decimal_comma`,
            `number.malformed`, `limits.triangles`, `geometry.non_finite`.
    """
    return _TextFacets(source).read()


class _TextFacets:
    """The facets of an ASCII STL, parsed and welded by all threads, block by block."""

    def __init__(self, source: Source) -> None:
        crew = source.crew
        endless = ModelRefused("stl.malformed", "a facet of more than a megabyte")
        self._source = source
        self._texts = TextBlocks(source, _last_facet_end, endless)
        self._parsed: list[tuple[int, NDArray[np.int32], bool]] = []
        self._waiting: list[tuple[int, NDArray[np.float64], bool]] = []
        most = 3 * (source.size // _SHORTEST_FACET_BYTES + 1)
        expected = source.size // _USUAL_FACET_BYTES // 2 + crew.size * (_USUAL_BLOCK_POINTS + NUMBERS_AT_ONCE)
        self._table = PointTable(most, expected, dtype=np.float64, threads=crew.size)

    def read(self) -> Surface:
        while True:
            self._source.crew.run(self._work)
            if not self._waiting:
                break
            self._table.grow(max(len(corners) for _, corners, _ in self._waiting))
        parsed = sorted(self._parsed, key=lambda block: block[0])
        if not parsed or not parsed[-1][2]:
            raise ModelRefused("stl.truncated", "the file ends before its solid does")
        return Surface(self._table.points, np.concatenate([facets for _, facets, _ in parsed]), welded=True)

    def _work(self, member: int) -> None:
        """Parse and weld until there is nothing left, or no room."""
        while True:
            if self._waiting and (block := self._pop()) is not None:
                number, corners, ended = block
            elif (text := self._texts.next()) is not None:
                number, (corners, ended) = text[0], _parse(text[1])
            else:
                return
            if not self._table.has_room(len(corners)):
                self._waiting.append((number, corners, ended))
                return
            numbers = np.empty(len(corners), dtype=np.int32)
            self._table.add(member, corners, numbers)
            self._parsed.append((number, numbers.reshape(-1, 3), ended))
            limit = self._source.limits.triangles
            if sum(len(facets) for _, facets, _ in tuple(self._parsed)) > limit:
                raise ModelRefused("limits.triangles", f"more than the {limit} triangles that are analysed")

    def _pop(self) -> tuple[int, NDArray[np.float64], bool] | None:
        try:
            return self._waiting.pop()
        except IndexError:  # another thread was quicker
            return None


def _last_facet_end(text: bytearray) -> int:
    for tail in (min(len(text), _TAIL_BYTES), len(text)):
        at = text[-tail:].lower().rfind(_END_OF_FACET) if tail else -1
        if at >= 0:
            return len(text) - tail + at + len(_END_OF_FACET)
    return 0


def _parse(text: NDArray[np.uint8]) -> tuple[NDArray[np.float64], bool]:
    """Return the (3 k, 3) corners of the facets in a text, and whether the text ends a solid after them."""
    corners = np.empty((3 * (len(text) // _SHORTEST_FACET_BYTES + 1), 3))
    facets, outcome, at, ended = read_stl_text(text, corners)
    if outcome == stl_text.NOT_A_NUMBER:
        raise explain_at(text, at)
    if outcome == stl_text.MALFORMED:
        raise ModelRefused("stl.malformed", "there is something else than facets of three vertices in the file")
    if outcome == stl_text.CUT:
        raise ModelRefused("stl.truncated", "the file ends before its solid does")
    corners = corners[: 3 * facets].copy()
    if not np.isfinite(corners).all():
        raise ModelRefused("geometry.non_finite", "a coordinate is infinite or not a number")
    return corners, bool(ended)
