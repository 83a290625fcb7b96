"""Rings of any number of triangles, written piece by piece so that writing needs no memory to speak of."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

_MAJOR_MM, _MINOR_MM = 10.0, 1.5
_ROWS_AT_ONCE = 50
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MODEL_RELATIONSHIP = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"


def _grid(triangles: int) -> tuple[int, int]:
    """Return how many points around and across a ring make so many triangles: two for each point."""
    across = max(3, round((triangles / 3) ** 0.5))
    return max(3, round(triangles / 2 / across)), across


def _points(rows: NDArray[np.int64], around: int, across: int) -> NDArray[np.float64]:
    u = 2 * np.pi * rows[:, None] / around
    v = 2 * np.pi * np.arange(across)[None, :] / across
    radius = _MAJOR_MM + _MINOR_MM * np.cos(v)
    return np.stack(np.broadcast_arrays(radius * np.cos(u), radius * np.sin(u), _MINOR_MM * np.sin(v)), axis=-1)


def _bands(around: int) -> Iterator[NDArray[np.int64]]:
    for first in range(0, around, _ROWS_AT_ONCE):
        yield np.arange(first, min(first + _ROWS_AT_ONCE, around))


def _facets(rows: NDArray[np.int64], around: int, across: int) -> NDArray[np.int64]:
    i, j = rows[:, None] * across, np.arange(across)[None, :]
    k, l = (rows[:, None] + 1) % around * across, (j + 1) % across  # noqa: E741 - the four corners of a cell
    quads = np.stack([i + j, k + j, k + l, i + l], axis=-1)
    return quads[..., [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)


def _corners(triangles: int) -> Iterator[NDArray[np.float64]]:
    around, across = _grid(triangles)
    for rows in _bands(around):
        points = _points(np.append(rows, (rows[-1] + 1) % around), around, across).reshape(-1, 3)
        yield points[_facets(np.arange(len(rows)), len(rows) + 1, across)]


def write_binary_stl(path: Path, triangles: int) -> None:
    """Write a ring as a binary STL."""
    around, across = _grid(triangles)
    with path.open("wb") as file:
        file.write(bytes(80) + np.uint32(2 * around * across).tobytes())
        for corners in _corners(triangles):
            facets = np.zeros(len(corners), dtype=_FACET)
            facets["corners"] = corners
            file.write(facets.tobytes())


def write_ascii_stl(path: Path, triangles: int) -> None:
    """Write a ring as an ASCII STL with six decimals."""
    facet = "facet normal 0 0 0\n outer loop\n" + "  vertex %.6f %.6f %.6f\n" * 3 + " endloop\nendfacet\n"
    with path.open("w") as file:
        file.write("solid ring\n")
        for corners in _corners(triangles):
            file.writelines(facet % tuple(numbers) for numbers in corners.reshape(-1, 9).tolist())
        file.write("endsolid ring\n")


def write_obj(path: Path, triangles: int) -> None:
    """Write a ring as an OBJ with six decimals."""
    with path.open("w") as file:
        _write_rows(file.write, triangles, "v %.6f %.6f %.6f\n", "", "f %d %d %d\n", first=1)


def write_threemf(path: Path, triangles: int) -> None:
    """Write a ring as a 3MF with six decimals."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Target="/3D/3dmodel.model" Id="r0" Type="{_MODEL_RELATIONSHIP}"/></Relationships>',
        )
        with archive.open("3D/3dmodel.model", "w", force_zip64=True) as part:
            _write_model(part, triangles)


def _write_model(part: IO[bytes], triangles: int) -> None:
    def write(text: str) -> None:
        part.write(text.encode())

    write(f'<model unit="millimeter" xmlns="{_CORE}"><resources><object id="1"><mesh><vertices>')
    _write_rows(
        write,
        triangles,
        '<vertex x="%.6f" y="%.6f" z="%.6f"/>',
        "</vertices><triangles>",
        '<triangle v1="%d" v2="%d" v3="%d"/>',
        first=0,
    )
    write('</triangles></mesh></object></resources><build><item objectid="1"/></build></model>')


def _write_rows(
    write: Callable[[str], object], triangles: int, vertex: str, between: str, facet: str, *, first: int
) -> None:
    around, across = _grid(triangles)
    for rows in _bands(around):
        write("".join(vertex % tuple(point) for point in _points(rows, around, across).reshape(-1, 3).tolist()))
    write(between)
    for rows in _bands(around):
        write("".join(facet % tuple(corners) for corners in (_facets(rows, around, across) + first).tolist()))


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "binary STL": write_binary_stl,
    "ASCII STL": write_ascii_stl,
    "OBJ": write_obj,
    "3MF": write_threemf,
}
SUFFIXES = {"binary STL": ".stl", "ASCII STL": ".stl", "OBJ": ".obj", "3MF": ".3mf"}
