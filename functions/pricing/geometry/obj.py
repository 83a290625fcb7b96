"""Wavefront OBJ: `v` and `f` statements. Texture, normals, groups and foreign files (`mtllib`) are never looked at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.kernels import obj_text
from pricing.geometry.kernels.obj_text import read_obj_text
from pricing.geometry.limits import Limits
from pricing.geometry.numbers import explain_at
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.source import Source
from pricing.geometry.surface import Facets, Surface
from pricing.geometry.text import TextBlocks

_SHORTEST_VERTEX = len("v 0 0 0")
_SHORTEST_CORNER = len(" 1")


@dataclass(frozen=True, slots=True)
class _Block:
    """What one block holds; `relative` marks the corners that count from its first vertex, None if none does."""

    number: int
    points: NDArray[np.float64]
    facets: Facets
    relative: NDArray[np.bool_] | None
    highest: int


def read(source: Source) -> Surface:
    """Read an OBJ; polygons become fans of triangles.

    Raises:
        ModelRefused: `obj.malformed`, `obj.index_zero`, `obj.index_out_of_range`, `obj.polygon_too_large`,
            `obj.line_too_long`, `obj.free_form` (curves and surfaces instead of facets), `number.decimal_comma`,
            `number.malformed`, `limits.triangles`.
    """
    limits = source.limits
    texts = TextBlocks(source, _last_line_end, ModelRefused("obj.line_too_long", "a line of more than a megabyte"))
    blocks: list[_Block] = []

    def work(_: int) -> None:
        triangles = 0
        while (block := texts.next()) is not None:
            blocks.append(_read_block(*block, limits))
            triangles += len(blocks[-1].facets)
            if sum(len(block.facets) for block in tuple(blocks)) > limits.triangles:
                raise ModelRefused("limits.triangles", f"more than the {limits.triangles} triangles that are analysed")

    source.crew.run(work)
    return _assemble(sorted(blocks, key=lambda block: block.number))


def _last_line_end(text: bytearray) -> int:
    """Return where the last line ends that the next one does not continue."""
    end = len(text)
    while end := max(text.rfind(b"\n", 0, end), text.rfind(b"\r", 0, end)) + 1:
        before = text[max(0, end - 3) : end].rstrip(b"\r\n")
        if not before.endswith(b"\\"):
            return end
        end -= 1
    return 0


def _read_block(number: int, text: NDArray[np.uint8], limits: Limits) -> _Block:
    points = np.empty((len(text) // _SHORTEST_VERTEX + 1, 3))
    facets = np.empty((len(text) // _SHORTEST_CORNER + 1, 3), dtype=np.int32)
    relative = np.empty(facets.shape, dtype=np.uint8)
    vertices, triangles, outcome, at, any_relative, highest = read_obj_text(
        text, limits.polygon_corners, points, facets, relative
    )
    if outcome != obj_text.FINE:
        raise _refusal(outcome, text, at, limits)
    return _Block(
        number,
        points[:vertices].copy(),
        facets[:triangles].copy(),
        relative[:triangles].astype(np.bool_) if any_relative else None,
        highest,
    )


def _refusal(outcome: int, text: NDArray[np.uint8], at: int, limits: Limits) -> ModelRefused:
    if outcome == obj_text.NOT_A_NUMBER:
        return explain_at(text, at)
    code, detail = {
        obj_text.SHORT_VERTEX: ("obj.malformed", "a vertex of less than three coordinates"),
        obj_text.NOT_AN_INDEX: ("obj.malformed", "a face refers to something that is not the number of a vertex"),
        obj_text.INDEX_ZERO: ("obj.index_zero", "a face refers to vertex 0; vertices are numbered from 1"),
        obj_text.SHORT_FACE: ("obj.malformed", "a face of less than three corners"),
        obj_text.LARGE_FACE: (
            "obj.polygon_too_large",
            f"a polygon of more than the {limits.polygon_corners} corners that are read",
        ),
        obj_text.FREE_FORM: ("obj.free_form", "the file holds free-form curves or surfaces; please export facets"),
    }[outcome]
    return ModelRefused(code, detail)


def _assemble(blocks: list[_Block]) -> Surface:
    count = 0
    for block in blocks:
        if block.relative is not None:
            block.facets[block.relative] += count
            if block.facets.min() < 0:
                raise ModelRefused("obj.index_out_of_range", "a face refers to a vertex before the first")
        count += len(block.points)
    highest = max((block.highest for block in blocks), default=0)
    if highest > count:
        raise ModelRefused("obj.index_out_of_range", f"a face refers to vertex {highest} of {count}")
    points = np.concatenate([block.points for block in blocks]) if blocks else np.empty((0, 3))
    facets = np.concatenate([block.facets for block in blocks]) if blocks else np.empty((0, 3), dtype=np.int32)
    return Surface(points, facets)
