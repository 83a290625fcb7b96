"""PLY, ASCII and binary of both byte orders (Greg Turk: The PLY polygon file format, 1994).

Vertices need `x`, `y` and `z`, faces a list called `vertex_indices` or `vertex_index`. Everything else is skipped.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.kernels import ply_lists
from pricing.geometry.limits import Limits
from pricing.geometry.numbers import explain_at
from pricing.geometry.progress import Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.source import Source
from pricing.geometry.surface import Facets, Surface

_LONGEST_HEADER_BYTES = 1 << 16
_END = b"end_header"
_NO_FACETS: Facets = np.empty((0, 3), dtype=np.int32)
_TYPES = {
    name: np.dtype(code)
    for names, code in {
        "char int8": "i1",
        "uchar uint8": "u1",
        "short int16": "i2",
        "ushort uint16": "u2",
        "int int32": "i4",
        "uint uint32": "u4",
        "float float32": "f4",
        "double float64": "f8",
    }.items()
    for name in names.split()
}
_BYTE_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_MOST_DIGITS = 15
_CORNERS = ("vertex_indices", "vertex_index")


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    item: np.dtype[np.generic]
    count: np.dtype[np.generic] | None = None


@dataclass(slots=True)
class _Element:
    name: str
    rows: int
    properties: list[_Property] = field(default_factory=list)

    @property
    def has_lists(self) -> bool:
        return any(a_property.count is not None for a_property in self.properties)

    def for_kernel(self) -> NDArray[np.int64]:
        """Return the columns that `ply_lists` names, a row for each property."""
        table = np.zeros((len(self.properties), 5), dtype=np.int64)
        for row, (a_property, count) in zip(table, ((each, each.count) for each in self.properties), strict=True):
            if count is not None:
                row[ply_lists.COUNT_BYTES], row[ply_lists.COUNT_SIGNED] = count.itemsize, count.kind == "i"
                row[ply_lists.ARE_CORNERS] = self.name == "face" and a_property.name in _CORNERS
            row[ply_lists.ITEM_BYTES] = a_property.item.itemsize
            row[ply_lists.ITEM_SIGNED] = a_property.item.kind == "i"
        return table


def read(source: Source) -> Surface:
    """Read a PLY; polygons become fans of triangles.

    Raises:
        ModelRefused: `ply.malformed`, `ply.truncated`, `ply.count_lies`, `ply.index_out_of_range`,
            `ply.polygon_too_large`, `ply.unsupported`, `number.decimal_comma`, `number.malformed`, `limits.triangles`.
    """
    body = np.empty(source.size, dtype=np.uint8)
    source.file.seek(0)
    body = body[: source.read_on(body)]
    source.reporter.at(Stage.READ, 0.5)
    byte_order, elements, start = _parse_header(body[:_LONGEST_HEADER_BYTES].tobytes())
    reader = (
        _Text(body[start:], source.limits) if byte_order == "" else _Binary(body[start:], byte_order, source.limits)
    )
    points, facets = np.empty((0, 3)), _NO_FACETS
    for element in elements:
        if element.name == "vertex":
            points = reader.points(element)
        elif element.name == "tristrips" and element.rows:
            raise ModelRefused("ply.unsupported", "the file holds triangle strips; please export faces")
        else:
            found = reader.facets(element)
            facets = found if element.name == "face" else facets
    reader.finish()
    if facets.size and (facets.min() < 0 or facets.max() >= len(points)):
        raise ModelRefused("ply.index_out_of_range", f"a face refers to a vertex that is not among the {len(points)}")
    if len(facets) > source.limits.triangles:
        raise ModelRefused("limits.triangles", f"more than the {source.limits.triangles} triangles that are analysed")
    return Surface(points, facets)


def _parse_header(head: bytes) -> tuple[str, list[_Element], int]:
    end = head.find(_END)
    line_end = head.find(b"\n", end)
    if end < 0 or line_end < 0:
        raise ModelRefused("ply.malformed", "the header has no end")
    byte_order = None
    elements: list[_Element] = []
    for line in head[:end].decode("ascii", "replace").splitlines()[1:]:
        match line.split():
            case ["format", name, _] if name in _BYTE_ORDERS:
                byte_order = _BYTE_ORDERS[name]
            case ["element", name, rows] if rows.isascii() and rows.isdigit():
                elements.append(_Element(name, int(rows[:_MOST_DIGITS])))
            case ["property", "list", count, item, name] if elements and _counts(count) and item in _TYPES:
                elements[-1].properties.append(_Property(name, _TYPES[item], _TYPES[count]))
            case ["property", kind, name] if elements and kind in _TYPES:
                elements[-1].properties.append(_Property(name, _TYPES[kind]))
            case ["comment" | "obj_info", *_] | []:
                pass
            case _:
                raise ModelRefused("ply.malformed", f"the header says {line[:60]!r}")
    if byte_order is None:
        raise ModelRefused("ply.malformed", "the header does not say how the file is written")
    return byte_order, elements, line_end + 1


def _counts(kind: str) -> bool:
    return kind in _TYPES and _TYPES[kind].kind in "iu"


def _axes(element: _Element) -> list[str]:
    names = [each.name for each in element.properties]
    if element.has_lists or len(set(names)) != len(names) or not {"x", "y", "z"} <= set(names):
        raise ModelRefused("ply.malformed", "vertices are not plain x, y and z")
    return names


def _checked(triangles: int, outcome: int, facets: Facets, limits: Limits) -> Facets:
    if outcome == ply_lists.CUT:
        raise _truncated()
    if outcome == ply_lists.LARGE_FACE:
        raise ModelRefused(
            "ply.polygon_too_large", f"a polygon of more than the {limits.polygon_corners} corners that are read"
        )
    if outcome != ply_lists.FINE:
        raise ModelRefused("ply.malformed", "a face of less than three corners, or a count that is none")
    return facets[:triangles].copy()


def _truncated() -> ModelRefused:
    return ModelRefused("ply.truncated", "the file holds less than its header announces")


class _Binary:
    def __init__(self, body: NDArray[np.uint8], byte_order: str, limits: Limits) -> None:
        self._body = body
        self._order = byte_order
        self._limits = limits
        self._at = 0

    def points(self, element: _Element) -> NDArray[np.float64]:
        row = np.dtype([(name, self._order + each.item.str[1:]) for name, each in self._columns(element)])
        if element.rows * row.itemsize > len(self._body) - self._at:
            raise _truncated()
        table = np.frombuffer(self._body, dtype=row, count=element.rows, offset=self._at)
        self._at += element.rows * row.itemsize
        return np.stack([table[axis].astype(np.float64) for axis in "xyz"], axis=1)

    def _columns(self, element: _Element) -> list[tuple[str, _Property]]:
        return list(zip(_axes(element), element.properties, strict=True))

    def facets(self, element: _Element) -> Facets:
        if not element.rows:
            return _NO_FACETS
        properties = element.for_kernel()
        count_bytes, item_bytes = properties[:, ply_lists.COUNT_BYTES], properties[:, ply_lists.ITEM_BYTES]
        smallest = int(np.where(count_bytes > 0, count_bytes, item_bytes).sum())
        left = len(self._body) - self._at
        if element.rows * smallest > left or not smallest:
            raise _truncated()
        of_corners = properties[:, ply_lists.ARE_CORNERS] > 0
        index_bytes = int(properties[of_corners, ply_lists.ITEM_BYTES].min(initial=left + 1))
        facets = np.empty((min(left // index_bytes, self._limits.triangles + 1), 3), dtype=np.int32)
        triangles, self._at, outcome = ply_lists.read_binary_lists(
            self._body, self._at, element.rows, properties, self._order == ">", self._limits.polygon_corners, facets
        )
        return _checked(triangles, outcome, facets, self._limits)

    def finish(self) -> None:
        """Refuse what follows the last element."""
        if self._body[self._at :].tobytes().strip():
            raise ModelRefused("ply.count_lies", "the file holds more than its header announces")


class _Text:
    def __init__(self, body: NDArray[np.uint8], limits: Limits) -> None:
        values = np.empty(len(body) // 2 + 1)
        count, at, outcome = ply_lists.read_reals(body, values)
        if outcome != ply_lists.FINE:
            raise explain_at(body, at)
        self._values = values[:count]
        self._limits = limits
        self._at = 0

    def points(self, element: _Element) -> NDArray[np.float64]:
        names = _axes(element)
        stop = self._at + element.rows * len(names)
        if stop > len(self._values):
            raise _truncated()
        table = self._values[self._at : stop].reshape(element.rows, len(names))
        self._at = stop
        return table[:, [names.index(axis) for axis in "xyz"]]

    def facets(self, element: _Element) -> Facets:
        if not element.rows:
            return _NO_FACETS
        left = len(self._values) - self._at
        if element.rows * len(element.properties) > left or not element.properties:
            raise _truncated()
        facets = np.empty((min(left, self._limits.triangles + 1), 3), dtype=np.int32)
        triangles, self._at, outcome = ply_lists.read_number_lists(
            self._values, self._at, element.rows, element.for_kernel(), self._limits.polygon_corners, facets
        )
        return _checked(triangles, outcome, facets, self._limits)

    def finish(self) -> None:
        """Refuse what follows the last element."""
        if self._at < len(self._values):
            raise ModelRefused("ply.count_lies", "the file holds more than its header announces")
