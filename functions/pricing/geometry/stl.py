"""STL, binary and ASCII.

The binary format: 80 bytes of anything, a little-endian facet count, then 50 bytes per facet: normal and three corners
in single precision, two bytes of attributes. Normals are ignored: the order of the corners says the same.
"""

import re
from collections.abc import Iterator
from io import BufferedReader

import numpy as np

from pricing.geometry.limits import Limits
from pricing.geometry.numbers import parse_floats, refuse_underscores
from pricing.geometry.progress import Reporter, Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.sniffing import STL_FACET_BYTES, STL_HEADER_BYTES, seek_text, stl_count
from pricing.geometry.surface import Points, Surface

_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])
_BLOCK_FACETS = 1 << 15
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


def read_binary(file: BufferedReader, size: int, limits: Limits, reporter: Reporter) -> Surface:
    """Read a binary STL of `size` bytes.

    Raises:
        ModelRefused: `stl.truncated`, `stl.count_lies` (header and length disagree by whole facets),
            `limits.triangles`.
    """
    file.seek(0)
    claimed = stl_count(file.read(STL_HEADER_BYTES))
    present, left_over = divmod(size - STL_HEADER_BYTES, STL_FACET_BYTES)
    if claimed != present:
        if left_over and claimed > present:
            raise ModelRefused(
                "stl.truncated", f"{claimed} facets announced, the file ends within number {present + 1}"
            )
        raise ModelRefused("stl.count_lies", f"the header announces {claimed} facets, the file holds {present}")
    if claimed > limits.triangles:
        raise ModelRefused("limits.triangles", f"{claimed} triangles; at most {limits.triangles} are analysed")
    corners = np.empty((claimed, 3, 3), dtype=np.float32)
    block = np.empty(min(_BLOCK_FACETS, claimed), dtype=_FACET)
    for start in range(0, claimed, _BLOCK_FACETS):
        part = block[: min(_BLOCK_FACETS, claimed - start)]
        if file.readinto(memoryview(part).cast("B")) != part.nbytes:
            raise ModelRefused("stl.truncated", "the file became shorter while it was read")
        corners[start : start + len(part)] = part["corners"]
        reporter.at(Stage.READ, start / claimed)
    return _soup(corners)


def read_ascii(file: BufferedReader, size: int, limits: Limits, reporter: Reporter) -> Surface:
    """Read an ASCII STL of `size` bytes; keywords in any case, several solids allowed.

    Raises:
        ModelRefused: `stl.truncated` (no end of the solid), `stl.malformed`, `number.decimal_comma`,
            `number.malformed`, `limits.triangles`.
    """
    parts = []
    triangles = 0
    for text in _whole_facets(file, size, reporter):
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
    return Surface(points, np.arange(len(points), dtype=np.int64).reshape(-1, 3))
