"""Wavefront OBJ: `v` and `f` statements. Texture, normals, groups and foreign files (`mtllib`) are never looked at."""

import re
from array import array
from collections.abc import Iterator
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.limits import Limits
from pricing.geometry.numbers import parse_floats, refuse_underscores
from pricing.geometry.progress import Reporter, Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.sniffing import seek_text
from pricing.geometry.source import Source
from pricing.geometry.surface import Surface

_BLOCK_BYTES = 1 << 20
_AXES = 3
_TRIANGLE = 3
_VERTEX = re.compile(rb"^[ \t]*v[ \t]+(.*)$", re.MULTILINE)
_FACE = re.compile(rb"^[ \t]*f[ \t]+(.*)$", re.MULTILINE)
_STATEMENT = re.compile(rb"^[ \t]*([vf])[ \t]+(.*)$", re.MULTILINE)
_FREE_FORM = re.compile(rb"^[ \t]*(?:curv2?|surf|cstype)[ \t]", re.MULTILINE)
_COMMENT = re.compile(rb"#[^\n]*")
_ATTRIBUTES = re.compile(rb"/[0-9/-]*")


def read(source: Source) -> Surface:
    """Read an OBJ; polygons become fans of triangles.

    Raises:
        ModelRefused: `obj.malformed`, `obj.index_zero`, `obj.index_out_of_range`, `obj.polygon_too_large`,
            `obj.line_too_long`, `obj.free_form` (curves and surfaces instead of facets), `number.decimal_comma`,
            `number.malformed`, `limits.triangles`.
    """
    reader = _Reader(source.limits)
    for block in _blocks(source.file, source.size, source.limits, source.reporter):
        reader.read(block)
    return reader.surface()


def _blocks(file: BufferedReader, size: int, limits: Limits, reporter: Reporter) -> Iterator[bytes]:
    """Yield text of whole lines, without comments and continuations."""
    seek_text(file)
    rest = b""
    read = 0
    while chunk := file.read(_BLOCK_BYTES):
        read += len(chunk)
        reporter.at(Stage.READ, read / size)
        text = rest + chunk
        end = text.rfind(b"\n") + 1
        while end and text[:end].rstrip(b"\r\n").endswith(b"\\"):
            end = text.rfind(b"\n", 0, end - 1) + 1
        rest = text[end:]
        if len(rest) > _BLOCK_BYTES + limits.line_bytes:
            raise ModelRefused("obj.line_too_long", f"a line of more than {limits.line_bytes} bytes")
        yield _plain(text[:end])
    yield _plain(rest)


def _plain(text: bytes) -> bytes:
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\\\n", b" ")
    return _COMMENT.sub(b"", text) if b"#" in text else text


class _Reader:
    """Collects vertices and faces block by block."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._points: list[np.ndarray[tuple[int, int], np.dtype[np.float64]]] = []
        self._point_count = 0
        self._facets: list[NDArray[np.int64]] = []
        self._triangles = 0

    def read(self, block: bytes) -> None:
        if _FREE_FORM.search(block):
            raise ModelRefused("obj.free_form", "the file holds free-form curves or surfaces; please export facets")
        faces = _FACE.findall(block)
        before = self._point_count
        vertices = _VERTEX.findall(block)
        if vertices:
            self._add_vertices(vertices)
        if faces:
            faces = _ATTRIBUTES.sub(b"", b"\n".join(faces)).split(b"\n")
            if any(b"-" in face for face in faces):
                self._add_relative(block, before)
            else:
                self._add_faces(faces)

    def _add_vertices(self, vertices: list[bytes]) -> None:
        width, tokens = _table(vertices)
        if width < _AXES:
            tokens = [token for vertex in vertices for token in _coordinates(vertex)]
            width = _AXES
        refuse_underscores(tokens)
        self._points.append(np.column_stack([parse_floats(tokens[axis::width]) for axis in range(_AXES)]))
        self._point_count += len(vertices)

    def _add_faces(self, faces: list[bytes]) -> None:
        width, tokens = _table(faces)
        if width == _TRIANGLE:
            self._append(_integers(tokens).reshape(-1, _TRIANGLE))
        else:
            for face in faces:
                self._append(self._fan(_integers(face.split())))
        self._check_triangles()

    def _add_relative(self, block: bytes, count: int) -> None:
        """Resolve negative indices, which count back from the vertex read last before their face."""
        for keyword, body in _STATEMENT.findall(block):
            if keyword == b"v":
                count += 1
                continue
            corners = _integers(_ATTRIBUTES.sub(b"", body).split())
            _refuse_zero(corners)
            corners[corners < 0] += count + 1
            if corners.size and corners.min() < 1:
                raise ModelRefused("obj.index_out_of_range", "a face refers to a vertex before the first")
            self._append(self._fan(corners))
        self._check_triangles()

    def _fan(self, corners: np.ndarray[tuple[int], np.dtype[np.int64]]) -> NDArray[np.int64]:
        if len(corners) < _TRIANGLE:
            raise ModelRefused("obj.malformed", f"a face of {len(corners)} corners")
        if len(corners) > self._limits.polygon_corners:
            raise ModelRefused(
                "obj.polygon_too_large",
                f"a polygon of {len(corners)} corners; at most {self._limits.polygon_corners} are read",
            )
        fan = np.empty((len(corners) - 2, 3), dtype=np.int64)
        fan[:, 0] = corners[0]
        fan[:, 1] = corners[1:-1]
        fan[:, 2] = corners[2:]
        return fan

    def _append(self, facets: NDArray[np.int64]) -> None:
        _refuse_zero(facets)
        self._facets.append(facets - 1)
        self._triangles += len(facets)

    def _check_triangles(self) -> None:
        if self._triangles > self._limits.triangles:
            raise ModelRefused(
                "limits.triangles", f"more than the {self._limits.triangles} triangles that are analysed"
            )

    def surface(self) -> Surface:
        points = np.concatenate(self._points) if self._points else np.empty((0, 3))
        facets = np.concatenate(self._facets) if self._facets else np.empty((0, 3), dtype=np.int64)
        if facets.size and facets.max() >= len(points):
            raise ModelRefused("obj.index_out_of_range", f"a face refers to vertex {facets.max() + 1} of {len(points)}")
        return Surface(points, facets.astype(np.int32))


def _table(lines: list[bytes]) -> tuple[int, list[bytes]]:
    """Return the width and the tokens of lines that all have as many, or a width of 0."""
    tokens = b" ; ".join(lines).split()  # one pass over the text; a mark per line shows where lines end
    tokens.append(b";")
    width = len(tokens) // len(lines)
    if len(tokens) != width * len(lines) or tokens[width - 1 :: width].count(b";") != len(lines):
        return 0, []
    del tokens[width - 1 :: width]
    return width - 1, tokens


def _refuse_zero(indices: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> None:
    if not indices.all():
        raise ModelRefused("obj.index_zero", "a face refers to vertex 0; vertices are numbered from 1")


def _coordinates(vertex: bytes) -> list[bytes]:
    coordinates = vertex.split()[:_AXES]
    if len(coordinates) < _AXES:
        raise ModelRefused("obj.malformed", f"a vertex of {len(coordinates)} coordinates")
    return coordinates


def _integers(tokens: list[bytes]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    refuse_underscores(tokens)
    try:
        return np.frombuffer(array("q", map(int, tokens)), dtype=np.int64).copy()
    except (ValueError, OverflowError):
        raise ModelRefused("obj.malformed", "a face refers to something that is not the number of a vertex") from None
