"""glTF 2.0 with everything inside: GLB, or JSON with data URIs. Lengths are metres, as the specification says.

What the scene shows is read: the triangles of its meshes, placed by its nodes. Skins, morphs and animations are not.
"""

import base64
import binascii
import struct

import numpy as np
from numpy.typing import NDArray

from alexandrite.domain.models import Unit
from pricing.geometry import gltf_document
from pricing.geometry.gltf_document import Document, Node, Primitive
from pricing.geometry.progress import Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.source import Source
from pricing.geometry.surface import Facets, Surface

_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<II")
_JSON, _BINARY = 0x4E4F534A, 0x004E4942
_VERSION = 2
_LONGEST_DOCUMENT_BYTES = 16 << 20
_SURFACES = gltf_document.TRIANGLES  # modes below are points and lines

type Matrix = NDArray[np.float64]


def read(source: Source) -> Surface:
    """Read a GLB or an embedded glTF.

    Raises:
        ModelRefused: `gltf.malformed`, `gltf.truncated`, `gltf.unsupported_version`, `gltf.unsupported_extension`,
            `gltf.external_resource`, `gltf.unsupported` (sparse or quantised positions), `gltf.component_cycle`,
            `gltf.too_deep`, `gltf.too_many_instances`, `gltf.index_out_of_range`, `limits.triangles`.
    """
    content = np.empty(source.size, dtype=np.uint8)
    source.file.seek(0)
    whole = memoryview(content)[: source.read_on(content)]
    source.reporter.at(Stage.READ, 0.5)
    text, binary = _chunks(whole) if bytes(whole[:4]) == b"glTF" else (whole, None)
    if len(text) > _LONGEST_DOCUMENT_BYTES and binary is not None:
        raise ModelRefused("gltf.malformed", f"a document of over {_LONGEST_DOCUMENT_BYTES} bytes")
    document = gltf_document.parse(bytes(text))
    return _Scene(
        document, [_buffer(document, number, binary) for number in range(len(document.buffers))], source
    ).build()


def _chunks(whole: memoryview) -> tuple[memoryview, memoryview]:
    """Return document and binary chunk of a GLB."""
    if len(whole) < _HEADER.size + _CHUNK.size:
        raise ModelRefused("gltf.truncated", "the file ends within its header")
    _, version, length = _HEADER.unpack_from(whole)
    if version != _VERSION:
        raise ModelRefused("gltf.unsupported_version", f"GLB of version {version}; only 2 is read")
    if length > len(whole):
        raise ModelRefused("gltf.truncated", f"{length} bytes announced, the file has {len(whole)}")
    at = _HEADER.size
    found: dict[int, memoryview] = {}
    while at + _CHUNK.size <= length:
        size, kind = _CHUNK.unpack_from(whole, at)
        at += _CHUNK.size
        if size > length - at:
            raise ModelRefused("gltf.truncated", f"a chunk of {size} bytes, of which the file has {length - at}")
        found.setdefault(kind, whole[at : at + size])
        at += size
    if _JSON not in found:
        raise ModelRefused("gltf.malformed", "the file holds no document")
    return found[_JSON], found.get(_BINARY, memoryview(b""))


def _buffer(document: Document, number: int, binary: memoryview | None) -> memoryview:
    declared = document.buffers[number]
    if declared.uri is None:
        content = binary if number == 0 and binary is not None else memoryview(b"")
    elif declared.uri.startswith("data:"):
        try:
            content = memoryview(base64.b64decode(declared.uri.partition(";base64,")[2], validate=True))
        except (binascii.Error, ValueError):
            raise ModelRefused("gltf.malformed", "a data URI is not in base64") from None
    else:
        raise ModelRefused(
            "gltf.external_resource", "the geometry lies in another file; please export as GLB, everything in one"
        )
    if declared.byte_length > len(content):
        raise ModelRefused("gltf.truncated", f"a buffer of {declared.byte_length} bytes, of which {len(content)} exist")
    return content[: declared.byte_length]


class _Scene:
    def __init__(self, document: Document, buffers: list[memoryview], source: Source) -> None:
        self._document = document
        self._buffers = buffers
        self._limits = source.limits
        self._points: list[NDArray[np.float64]] = []
        self._facets: list[Facets] = []
        self._offset = 0
        self._triangles = 0
        self._instances = 0
        self._meshes: dict[int, list[tuple[NDArray[np.float64], Facets]]] = {}

    def build(self) -> Surface:
        document = self._document
        if document.scenes:
            roots = _item(document.scenes, document.scene, "scene").nodes
        else:
            inner = {child for node in document.nodes for child in node.children}
            roots = tuple(number for number in range(len(document.nodes)) if number not in inner)
        for node in roots:
            self._place(node, np.eye(4), ())
        if not self._facets:
            return Surface(np.empty((0, 3)), np.empty((0, 3), dtype=np.int32), Unit.METRE)
        return Surface(np.concatenate(self._points), np.concatenate(self._facets), Unit.METRE)

    def _place(self, number: int, above: Matrix, ancestors: tuple[int, ...]) -> None:
        if number in ancestors:
            raise ModelRefused("gltf.component_cycle", f"node {number} contains itself")
        if len(ancestors) >= self._limits.nesting:
            raise ModelRefused("gltf.too_deep", f"nodes are nested more than {self._limits.nesting} deep")
        self._instances += 1
        if self._instances > self._limits.instances:
            raise ModelRefused("gltf.too_many_instances", f"more than {self._limits.instances} nodes to show")
        node = _item(self._document.nodes, number, "node")
        with np.errstate(over="ignore", invalid="ignore"):  # infinite places are refused with all others
            transform = above @ _matrix(node)
        if node.mesh is not None:
            for points, facets in self._mesh(node.mesh):
                self._add(points, facets, transform)
        for child in node.children:
            self._place(child, transform, (*ancestors, number))

    def _add(self, points: NDArray[np.float64], facets: Facets, transform: Matrix) -> None:
        self._triangles += len(facets)
        if self._triangles > self._limits.triangles:
            raise ModelRefused(
                "limits.triangles", f"more than the {self._limits.triangles} triangles that are analysed"
            )
        with np.errstate(over="ignore", invalid="ignore"):  # as above
            self._points.append(points @ transform[:3, :3].T + transform[:3, 3])
            mirrored = np.linalg.det(transform[:3, :3]) < 0
        self._facets.append((facets[:, ::-1] if mirrored else facets) + np.int32(self._offset))
        self._offset += len(points)

    def _mesh(self, number: int) -> list[tuple[NDArray[np.float64], Facets]]:
        if number not in self._meshes:
            mesh = _item(self._document.meshes, number, "mesh")
            self._meshes[number] = [self._primitive(each) for each in mesh.primitives if each.mode >= _SURFACES]
        return self._meshes[number]

    def _primitive(self, primitive: Primitive) -> tuple[NDArray[np.float64], Facets]:
        if "POSITION" not in primitive.attributes:
            raise ModelRefused("gltf.malformed", "a mesh without positions")
        points = self._values(primitive.attributes["POSITION"], "VEC3", {gltf_document.FLOAT: "<f4"}).astype(np.float64)
        if primitive.indices is None:
            corners = np.arange(len(points), dtype=np.int64)
        else:
            corners = self._values(primitive.indices, "SCALAR", gltf_document.INDEX_TYPES).astype(np.int64).ravel()
        if len(corners) and corners.max() >= len(points):
            raise ModelRefused(
                "gltf.index_out_of_range", f"a triangle refers to point {corners.max()} of {len(points)}"
            )
        return points, _triangles(corners, primitive.mode)

    def _values(self, number: int, kind: str, types: dict[int, str]) -> NDArray[np.generic]:
        """Return the (n, 3) or (n, 1) values of an accessor."""
        accessor = _item(self._document.accessors, number, "accessor")
        if accessor.sparse is not None or accessor.component_type not in types or accessor.type != kind:
            raise ModelRefused(
                "gltf.unsupported", "points are not plain single-precision numbers, or indices not whole"
            )
        if accessor.buffer_view is None:
            raise ModelRefused("gltf.unsupported", "geometry that is all zeros")
        view = _item(self._document.buffer_views, accessor.buffer_view, "buffer view")
        content = _item(self._buffers, view.buffer, "buffer")
        item = np.dtype(types[accessor.component_type])
        width = 3 if kind == "VEC3" else 1
        stride = view.byte_stride or item.itemsize * width
        needed = accessor.byte_offset + stride * (accessor.count - 1) + item.itemsize * width
        if needed > view.byte_length or view.byte_offset + view.byte_length > len(content):
            raise ModelRefused("gltf.truncated", "geometry reaches beyond the bytes that hold it")
        start = view.byte_offset + accessor.byte_offset
        return np.ndarray((accessor.count, width), item, content, start, (stride, item.itemsize))


def _item[T](items: list[T] | tuple[T, ...], number: int, name: str) -> T:
    if number >= len(items):
        raise ModelRefused("gltf.malformed", f"{name} {number} is referred to but not in the file")
    return items[number]


def _triangles(corners: NDArray[np.int64], mode: int) -> Facets:
    """Return the triangles of a list, a strip (every other one turned) or a fan."""
    if mode == gltf_document.TRIANGLES:
        facets = corners[: len(corners) // 3 * 3].reshape(-1, 3)
    elif mode == gltf_document.TRIANGLE_STRIP:
        facets = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
        facets[1::2] = facets[1::2, [1, 0, 2]]
    elif mode == gltf_document.TRIANGLE_FAN:
        facets = np.stack([np.broadcast_to(corners[:1], max(len(corners) - 2, 0)), corners[1:-1], corners[2:]], axis=1)
    else:
        raise ModelRefused("gltf.malformed", f"a mesh of mode {mode}")
    return facets.astype(np.int32)


def _matrix(node: Node) -> Matrix:
    if node.matrix is not None:
        return np.array(node.matrix).reshape(4, 4).T
    x, y, z, w = node.rotation
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    ) * np.array(node.scale)
    matrix[:3, 3] = node.translation
    return matrix
