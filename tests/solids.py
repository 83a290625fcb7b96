"""Solids whose measures are known, and the formats to write them in, byte by byte as a test wants them."""

import base64
import io
import json
import struct
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MODEL_RELATIONSHIP = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
RELATIONSHIPS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Target="/3D/3dmodel.model" Id="r0" Type="{_MODEL_RELATIONSHIP}"/></Relationships>'
)


@dataclass(frozen=True)
class Solid:
    """Points (n, 3) and facets (m, 3), counter-clockwise from outside."""

    points: NDArray[np.float64]
    facets: NDArray[np.int64]

    @property
    def corners(self) -> NDArray[np.float64]:
        return self.points[self.facets]

    def inside_out(self) -> "Solid":
        return Solid(self.points, self.facets[:, ::-1])

    def moved(self, x: float = 0, y: float = 0, z: float = 0) -> "Solid":
        return Solid(self.points + np.array([x, y, z]), self.facets)

    def transformed(self, matrix: NDArray[np.float64]) -> "Solid":
        return Solid(self.points @ matrix.T, self.facets)

    def with_facets(self, facets: NDArray[np.int64]) -> "Solid":
        return Solid(self.points, facets)

    def __add__(self, other: "Solid") -> "Solid":
        return Solid(
            np.concatenate([self.points, other.points]),
            np.concatenate([self.facets, other.facets + len(self.points)]),
        )


def box(x: float = 10, y: float = 10, z: float = 10) -> Solid:
    """Return a box with one corner at the origin."""
    points = np.array([[i, j, k] for i in (0, x) for j in (0, y) for k in (0, z)], dtype=float)
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    facets = [triangle for a, b, c, d in quads for triangle in ([a, b, c], [a, c, d])]
    return Solid(points, np.array(facets))


def torus(major: float = 10, minor: float = 1.5, around: int = 64, across: int = 24) -> Solid:
    """Return a ring in the plane of x and y: jewellery at its simplest."""
    u = 2 * np.pi * np.arange(around)[:, None] / around
    v = 2 * np.pi * np.arange(across)[None, :] / across
    radius = major + minor * np.cos(v)
    grid = np.stack(np.broadcast_arrays(radius * np.cos(u), radius * np.sin(u), minor * np.sin(v)), axis=-1)
    i, j = (index.ravel() for index in np.meshgrid(np.arange(around), np.arange(across), indexing="ij"))

    def number(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.int64]:
        return (i % around) * across + j % across

    a, b, c, d = number(i, j), number(i + 1, j), number(i + 1, j + 1), number(i, j + 1)
    return Solid(grid.reshape(-1, 3), np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]))


def binary_stl(solid: Solid, *, header: bytes = b"", count: int | None = None) -> bytes:
    """Return a binary STL; `count` is what its header claims, the truth if None."""
    corners = solid.corners
    facets = np.zeros(len(corners), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])
    facets["corners"] = corners
    claimed = len(corners) if count is None else count
    return header.ljust(80, b"\0")[:80] + struct.pack("<I", claimed) + facets.tobytes()


def ascii_stl(solid: Solid, *, name: str = "ring", number: str = "{:.9g}") -> str:
    """Return an ASCII STL with numbers in the given format."""
    lines = [f"solid {name}"]
    for facet in solid.corners:
        lines.append("facet normal 0 0 0\n  outer loop")
        lines += ["    vertex " + " ".join(number.format(value) for value in corner) for corner in facet]
        lines.append("  endloop\nendfacet")
    return "\n".join([*lines, f"endsolid {name}", ""])


def obj(solid: Solid) -> str:
    """Return an OBJ of plain vertices and triangles."""
    vertices = [f"v {x!r} {y!r} {z!r}" for x, y, z in solid.points.tolist()]
    return "\n".join([*vertices, *(f"f {a} {b} {c}" for a, b, c in (solid.facets + 1).tolist()), ""])


def mesh_xml(solid: Solid) -> str:
    """Return a <mesh> of 3MF."""
    vertices = "".join(f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in solid.points.tolist())
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in solid.facets.tolist())
    return f"<mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh>"


def model_xml(resources: str, items: str, *, attributes: str = 'unit="millimeter"', prolog: str = "") -> str:
    """Return the model part of a 3MF."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<model xmlns="{CORE}" {attributes}>'
        f"<resources>{resources}</resources><build>{items}</build></model>"
    )


def threemf(model: str | bytes, *, parts: dict[str, str | bytes] | None = None) -> bytes:
    """Return a 3MF archive around a model part."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", RELATIONSHIPS)
        archive.writestr("3D/3dmodel.model", model)
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return packed.getvalue()


def simple_threemf(solid: Solid, *, unit: str = "millimeter", transform: str = "") -> bytes:
    """Return a 3MF of one object, built once."""
    placed = f' transform="{transform}"' if transform else ""
    return threemf(
        model_xml(
            f'<object id="1" type="model">{mesh_xml(solid)}</object>',
            f'<item objectid="1"{placed}/>',
            attributes=f'unit="{unit}"',
        )
    )


def ply(solid: Solid, *, order: str = "", extra: str = "") -> bytes:
    """Return a PLY, in ASCII or in a byte order ("<", ">"); `extra` are lines of its header after `format`."""
    name = {"": "ascii", "<": "binary_little_endian", ">": "binary_big_endian"}[order]
    header = (
        f"ply\nformat {name} 1.0\n{extra}element vertex {len(solid.points)}\nproperty double x\nproperty double y\n"
        f"property double z\nproperty uchar red\nelement face {len(solid.facets)}\nproperty short material\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    if not order:
        rows = [f"{x!r} {y!r} {z!r} 7" for x, y, z in solid.points.tolist()]
        rows += [f"5 3 {a} {b} {c}" for a, b, c in solid.facets.tolist()]
        return (header + "\n".join(rows) + "\n").encode()
    points = np.zeros(len(solid.points), dtype=[("xyz", f"{order}f8", 3), ("red", "u1")])
    points["xyz"] = solid.points
    faces = np.zeros(len(solid.facets), dtype=[("m", f"{order}i2"), ("n", "u1"), ("corners", f"{order}i4", 3)])
    faces["n"], faces["corners"] = 3, solid.facets
    return header.encode() + points.tobytes() + faces.tobytes()


def gltf_document(solid: Solid, **changes: object) -> tuple[dict[str, Any], bytes]:
    """Return the document and the buffer of a glTF in metres; `changes` replace parts of the document."""
    points = solid.points.astype("<f4").tobytes()
    corners = solid.facets.astype("<u4").tobytes()
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "hand"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 3}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(solid.points), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5125, "count": solid.facets.size, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(corners)},
        ],
        "buffers": [{"byteLength": len(points) + len(corners)}],
    }
    return document | changes, points + corners


def glb(solid: Solid, **changes: object) -> bytes:
    """Return a GLB, everything in one."""
    document, buffer = gltf_document(solid, **changes)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    buffer += bytes(-len(buffer) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(buffer), 0x004E4942) + buffer
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def gltf(solid: Solid, **changes: object) -> bytes:
    """Return a glTF in JSON, its buffer in a data URI."""
    document, buffer = gltf_document(solid, **changes)
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(buffer).decode()
    return json.dumps(document, indent=1).encode()
