"""STL, binary and ASCII.

The binary format: 80 bytes of anything, a little-endian facet count, then 50 bytes per facet: normal and three corners
in single precision, two bytes of attributes. Normals are ignored: the order of the corners says the same.
"""

import re
from collections.abc import Iterator
from io import BufferedReader
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.kernels.table import NUMBERS_AT_ONCE
from pricing.geometry.numbers import parse_floats, refuse_underscores
from pricing.geometry.progress import Reporter, Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.sniffing import STL_FACET_BYTES, STL_HEADER_BYTES, seek_text, stl_count
from pricing.geometry.source import Source
from pricing.geometry.surface import Points, Surface
from pricing.geometry.weld import PointTable

_BLOCK_FACETS = 1 << 12
_BLOCK_BYTES = 1 << 20

_SOLID_LINE = re.compile(rb"^[ \t]*(?:end[ \t]*)?solid[^\n]*$", re.MULTILINE)
_ENDSOLID = re.compile(rb"^[ \t]*end[ \t]*solid", re.MULTILINE)
_TOKENS_PER_FACET = 21
_KEYWORDS = {
    0: b"facet",
    1: b"normal",
    5: b"outer",
    6: b"loop",
    7: b"vertex",
    11: b"vertex",
    15: b"vertex",
    19: b"endloop",
    20: b"endfacet",
}
_COORDINATES = (8, 9, 10, 12, 13, 14, 16, 17, 18)


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
    """Read an ASCII STL; keywords in any case, several solids allowed.

    Raises:
        ModelRefused: `stl.truncated` (no end of the solid), `stl.malformed`, `number.decimal_comma`,
            `number.malformed`, `limits.triangles`.
    """
    parts = []
    triangles = 0
    limits = source.limits
    for text in _whole_facets(source.file, source.size, source.reporter):
        part = _parse_facets(text)
        triangles += len(part)
        if triangles > limits.triangles:
            raise ModelRefused("limits.triangles", f"more than the {limits.triangles} triangles that are analysed")
        parts.append(part)
    return _soup(np.concatenate(parts) if parts else np.empty((0, 3, 3)))


def _whole_facets(file: BufferedReader, size: int, reporter: Reporter) -> Iterator[bytes]:
    """Yield lower-case text that holds whole facets and nothing else."""
    seek_text(file)
    rest = b""
    read = 0
    while chunk := file.read(_BLOCK_BYTES):
        read += len(chunk)
        reporter.at(Stage.READ, read / size)
        rest += chunk.replace(b"\r", b"\n").lower()
        end = rest.rfind(b"endfacet")
        if end >= 0:
            end += len(b"endfacet")
            yield _SOLID_LINE.sub(b"", rest[:end])
            rest = rest[end:]
        elif len(rest) > 2 * _BLOCK_BYTES:
            raise ModelRefused("stl.malformed", "a facet of more than two megabytes")
    if not _ENDSOLID.search(rest):
        raise ModelRefused("stl.truncated", "the file ends before its solid does")
    if _SOLID_LINE.sub(b"", rest).strip():
        raise ModelRefused("stl.malformed", "there is something else than facets in the file")


def _parse_facets(text: bytes) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    tokens = text.split()
    refuse_underscores(tokens)
    count, left_over = divmod(len(tokens), _TOKENS_PER_FACET)
    regular = not left_over and all(
        tokens[place::_TOKENS_PER_FACET].count(word) == count for place, word in _KEYWORDS.items()
    )
    if not regular:
        raise ModelRefused("stl.malformed", "a facet is not a normal and a loop of three vertices")
    corners = np.empty((count, 9))
    for column, place in enumerate(_COORDINATES):
        corners[:, column] = parse_floats(tokens[place::_TOKENS_PER_FACET])
    return corners.reshape(count, 3, 3)


def _soup(corners: Points) -> Surface:
    points = corners.reshape(-1, 3)
    return Surface(points, np.arange(len(points), dtype=np.int32).reshape(-1, 3))
