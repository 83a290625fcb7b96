"""Files as strangers send them: each ends in its own code, within the limits, and none in "0 facets, fine".

Every file goes through a child process under the default limits, so that one that outgrew them would answer with a code
of `limits` instead of its own.
"""

import gzip
import io
import json
import random
import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alexandrite.domain.findings import blocking, geometry_findings
from pricing.isolation import Limits, ModelRefused, analyse_file
from tests.solids import (
    Solid,
    ascii_stl,
    binary_stl,
    box,
    glb,
    gltf,
    gltf_document,
    mesh_xml,
    model_xml,
    ply,
    simple_threemf,
    threemf,
    torus,
)

# In seconds on the clock of a busy machine; the children's processor time is bounded by their limits.
PATIENCE_S = 10.0

RING = torus()
CUBE = box()
NAN, INFINITY = float("nan"), float("inf")


def with_point(solid: Solid, *point: float) -> Solid:
    points = solid.points.copy()
    points[0] = point
    return Solid(points, solid.facets)


def ring_text(pattern: str, replacement: str) -> bytes:
    """An ASCII STL of the ring with the first match replaced."""
    text, count = re.subn(pattern, replacement, ascii_stl(RING), count=1)
    assert count
    return text.encode()


def obj_of(*faces: str, vertices: int = 8) -> bytes:
    points = "".join(f"v {x} {y} {z}\n" for x, y, z in CUBE.points[:vertices])
    return (points + "".join(f"f {face}\n" for face in faces)).encode()


def polygon(corners: int) -> bytes:
    turns = 2 * np.pi * np.arange(corners) / corners
    vertices = "".join(f"v {x:.6f} {y:.6f} 0\n" for x, y in zip(np.cos(turns), np.sin(turns), strict=True))
    return (vertices + "f " + " ".join(str(number + 1) for number in range(corners)) + "\n").encode()


def reference(number: int, count: int = 1) -> str:
    return f'<component objectid="{number}"/>' * count


def composed(number: int, components: str) -> str:
    return f'<object id="{number}"><components>{components}</components></object>'


def meshed(number: int = 1, solid: Solid = CUBE) -> str:
    return f'<object id="{number}">{mesh_xml(solid)}</object>'


def built(number: int = 1, extra: str = "") -> str:
    return f'<item objectid="{number}" {extra}/>'


def doubling(levels: int) -> bytes:
    chain = "".join(composed(level + 2, reference(level + 1, 2)) for level in range(levels))
    return threemf(model_xml(meshed() + chain, built(levels + 1)))


def nested(levels: int) -> bytes:
    chain = "".join(composed(level + 2, reference(level + 1)) for level in range(levels))
    return threemf(model_xml(meshed() + chain, built(levels + 1)))


def entities() -> bytes:
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    prolog = f'<!DOCTYPE model [<!ENTITY e0 "laugh">{levels}]>'
    return threemf(model_xml("<metadata>&e9;</metadata>", built(), prolog=prolog))


def external_entity() -> bytes:
    prolog = '<!DOCTYPE model [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    return threemf(model_xml("<metadata>&secret;</metadata>" + meshed(), built(), prolog=prolog))


def bomb() -> bytes:
    return threemf(model_xml(meshed() + " " * (64 << 20), built()))


def patched_sizes() -> bytes:
    """A part that claims to inflate to 3 GB, in a stored archive of a few hundred bytes."""
    packed = bytearray(simple_threemf(CUBE))
    entry = packed.rfind(b"PK\x01\x02")
    struct.pack_into("<L", packed, entry + 24, 3_000_000_000)
    return bytes(packed)


def many_entries() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    return packed.getvalue()


def encrypted() -> bytes:
    packed = bytearray(simple_threemf(CUBE))
    struct.pack_into("<H", packed, packed.rfind(b"PK\x01\x02") + 8, 1)
    return bytes(packed)


def squeezed(method: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("3D/3dmodel.model", model_xml(meshed(), built()))
    return packed.getvalue()


def zipped_letter() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("letter.txt", "Dear jeweller")
    return packed.getvalue()


def corrupted() -> bytes:
    packed = bytearray(simple_threemf(RING))
    middle = len(packed) // 2
    packed[middle : middle + 200] = bytes(200)
    return bytes(packed)


def many_parts(count: int) -> bytes:
    corners = np.random.default_rng(1).random((count, 1, 3)) * 100 + CUBE.corners[:1]
    return binary_stl(Solid(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3)))


def required_extension(namespace: str) -> bytes:
    return threemf(
        model_xml(meshed(), built(), attributes=f'xmlns:q="{namespace}" requiredextensions="q" unit="millimeter"')
    )


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing at all": (lambda: b"", "format.empty"),
    "white space": (lambda: b" \r\n\t \n", "format.empty"),
    "noise": (lambda: random.Random(1).randbytes(100_000), "format.unknown"),
    "a little noise": (lambda: random.Random(2).randbytes(60), "format.unknown"),
    "zeros": (lambda: bytes(50), "format.unknown"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(5000), "format.not_a_model"),
    "a photograph": (lambda: b"\xff\xd8\xff\xe0" + bytes(5000), "format.not_a_model"),
    "a page of a site": (lambda: b"<!DOCTYPE html><html><body>404</body></html>", "format.not_a_model"),
    "a model, gzipped": (lambda: gzip.compress(binary_stl(RING)), "format.not_a_model"),
    "a document": (lambda: b"%PDF-1.7\n" + bytes(1000), "format.not_a_model"),
    "a letter": ("Здравствуйте! Кольцо, 17 размер.".encode, "format.unknown"),
    "step": (lambda: b"ISO-10303-21;\nHEADER;\n", "format.unsupported"),
    "binary stl, no facets": (lambda: bytes(84), "geometry.no_triangles"),
    "binary stl, cut within a facet": (lambda: binary_stl(RING)[:-17], "stl.truncated"),
    "binary stl, cut in its middle": (lambda: binary_stl(RING)[: 84 + 50 * 100 + 3], "stl.truncated"),
    "binary stl with solid in its header, cut": (lambda: binary_stl(RING, header=b"solid ring")[:-7], "stl.truncated"),
    "binary stl that claims none": (lambda: binary_stl(RING, count=0), "stl.count_lies"),
    "binary stl that claims too few": (lambda: binary_stl(RING, count=12), "stl.count_lies"),
    "binary stl that claims four billion": (lambda: binary_stl(RING, count=0xFFFFFFFF), "stl.count_lies"),
    "binary stl with NaN": (lambda: binary_stl(with_point(RING, NAN, 0, 0)), "geometry.non_finite"),
    "binary stl with infinity": (lambda: binary_stl(with_point(RING, INFINITY, 0, 0)), "geometry.non_finite"),
    "binary stl out to 1e38": (lambda: binary_stl(with_point(RING, 1e38, 0, 0)), "geometry.absurd_size"),
    "a flat box": (lambda: binary_stl(box(z=0)), "geometry.zero_volume"),
    "a box without width and height": (lambda: binary_stl(box(y=0, z=0)), "geometry.zero_volume"),
    "one point a thousand times": (lambda: binary_stl(Solid(np.zeros((3, 3)), np.tile([0, 1, 2], (1000, 1)))),
                                   "geometry.zero_volume"),
    "a leaf with two sides": (lambda: binary_stl(Solid(CUBE.points, np.array([[0, 1, 3], [0, 3, 1]]))),
                              "geometry.zero_volume"),
    "ascii stl without facets": (lambda: b"solid nothing\nendsolid nothing\n", "geometry.no_triangles"),
    "ascii stl, cut": (lambda: ascii_stl(RING).encode()[:-2000], "stl.truncated"),
    "ascii stl, cut between facets": (ascii_stl(RING).split("endsolid")[0].encode, "stl.truncated"),
    "ascii stl with decimal commas": (lambda: re.sub(r"(\d)\.(\d)", r"\1,\2", ascii_stl(RING)).encode(),
                                      "number.decimal_comma"),
    "ascii stl with grouped digits": (lambda: ring_text(r"vertex \S+", "vertex 1_000"), "number.malformed"),
    "ascii stl with a word for a number": (lambda: ring_text(r"vertex \S+", "vertex ten"), "number.malformed"),
    "ascii stl with nan": (lambda: ring_text(r"vertex \S+", "vertex nan"), "geometry.non_finite"),
    "ascii stl with 1e999": (lambda: ring_text(r"vertex \S+", "vertex 1e999"), "geometry.non_finite"),
    "ascii stl with a facet of two corners": (lambda: ring_text(r" *vertex .*\n", ""), "stl.malformed"),
    "ascii stl with a word too many": (lambda: ring_text("outer loop", "outer loop twice"), "stl.malformed"),
    "ascii stl followed by prose": (lambda: ascii_stl(RING).encode() + b"and more", "stl.malformed"),
    "ascii stl of one endless facet": (lambda: b"solid a\nfacet normal" + b" 0" * 3_000_000, "stl.malformed"),
    "obj of points alone": (obj_of, "geometry.no_triangles"),
    "obj with index 0": (lambda: obj_of("0 1 2", "1 2 3"), "obj.index_zero"),
    "obj with index 0 among relative ones": (lambda: obj_of("0 -1 -2"), "obj.index_zero"),
    "obj beyond its points": (lambda: obj_of("1 2 9"), "obj.index_out_of_range"),
    "obj before its points": (lambda: obj_of("-1 -2 -9"), "obj.index_out_of_range"),
    "obj with an index of forty digits": (lambda: obj_of("1 2 " + "9" * 40), "obj.malformed"),
    "obj with a name for an index": (lambda: obj_of("1 2 three"), "obj.malformed"),
    "obj with a face of two corners": (lambda: obj_of("1 2"), "obj.malformed"),
    "obj with a flat point": (lambda: b"v 1 2\nv 1 2 3\nv 2 2 2\nf 1 2 3\n", "obj.malformed"),
    "obj with decimal commas": (lambda: b"v 1,5 2,0 3,0\nv 0 0 0\nv 1 0 0\nf 1 2 3\n", "number.decimal_comma"),
    "obj with NaN": (lambda: b"v nan 0 0\nv 0 0 0\nv 1 0 0\nf 1 2 3\n", "geometry.non_finite"),
    "obj with a polygon of 100,000 corners": (lambda: polygon(100_000), "obj.polygon_too_large"),
    "obj with a polygon of 500,000 corners": (lambda: polygon(500_000), "obj.line_too_long"),
    "obj with a line of four megabytes": (lambda: b"v 1 2 3 " + b"0" * (4 << 20), "obj.line_too_long"),
    "obj of curves": (lambda: b"v 0 0 0\ncstype bspline\ndeg 3\ncurv 0 1 1 2 3 4\nend\n", "obj.free_form"),
    "ply of a header without end": (lambda: b"ply\nformat ascii 1.0\nelement vertex 0\n", "ply.malformed"),
    "ply of an unknown byte order": (lambda: ply(CUBE).replace(b"ascii", b"middle"), "ply.malformed"),
    "ply without a format": (lambda: ply(CUBE).replace(b"format ascii 1.0\n", b""), "ply.malformed"),
    "ply of unheard-of types": (lambda: ply(CUBE).replace(b"short", b"quaternion"), "ply.malformed"),
    "ply counted in floats": (lambda: ply(CUBE).replace(b"list uchar", b"list float"), "ply.malformed"),
    "ply without z": (lambda: ply(CUBE).replace(b"double z", b"double w"), "ply.malformed"),
    "ply with two x": (lambda: ply(CUBE).replace(b"double z", b"double x"), "ply.malformed"),
    "ply of nothing": (lambda: b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n", "ply.malformed"),
    "ply of points alone": (lambda: ply(CUBE.with_facets(CUBE.facets[:0])), "geometry.no_triangles"),
    "ply that claims four billion points": (lambda: ply(CUBE, order="<").replace(b"vertex 8", b"vertex 4294967296"),
                                            "ply.truncated"),
    "ply that claims a trillion faces": (lambda: ply(CUBE).replace(b"face 12", b"face 1000000000000"), "ply.truncated"),
    "ply that claims too few faces": (lambda: ply(CUBE).replace(b"face 12", b"face 11"), "ply.count_lies"),
    "ply that claims too few faces, binary": (lambda: ply(CUBE, order=">").replace(b"face 12", b"face 11"),
                                              "ply.count_lies"),
    "ply of a trillion nothings": (lambda: ply(CUBE, extra="element void 1000000000000\n"), "ply.truncated"),
    "ply, cut": (lambda: ply(RING, order=">")[:-5], "ply.truncated"),
    "ply, cut among its points": (lambda: ply(RING, order="<")[:2000], "ply.truncated"),
    "ascii ply, cut": (lambda: ply(RING)[: -len(" 9\n")].rpartition(b"\n")[0], "ply.truncated"),
    "ply beyond its points": (lambda: ply(CUBE.with_facets(CUBE.facets + 1), order="<"), "ply.index_out_of_range"),
    "ply before its points": (lambda: ply(CUBE.with_facets(CUBE.facets - 1)), "ply.index_out_of_range"),
    "ply with half a point": (lambda: ply(CUBE).replace(b"\n5 3 0 ", b"\n5 3 0.5 ", 1), "ply.index_out_of_range"),
    "ply with a face of two corners": (lambda: ply(CUBE).replace(b"\n5 3 ", b"\n5 2 ", 1), "ply.malformed"),
    "ply with a face of minus three corners": (lambda: ply(CUBE).replace(b"\n5 3 ", b"\n5 -3 ", 1), "ply.malformed"),
    "ply with a face of a million corners": (lambda: ply(CUBE).replace(b"\n5 3 ", b"\n5 1000000 ", 1),
                                             "ply.polygon_too_large"),
    "ply with decimal commas": (lambda: ply(CUBE).replace(b"10.0", b"10,0"), "number.decimal_comma"),
    "ply with a word": (lambda: ply(CUBE).replace(b"10.0", b"ten"), "number.malformed"),
    "ply with NaN": (lambda: ply(with_point(CUBE, NAN, 0, 0), order=">"), "geometry.non_finite"),
    "ply of strips": (lambda: b"ply\nformat ascii 1.0\nelement tristrips 1\n"
                      b"property list int int vertex_indices\nend_header\n3 0 1 2\n", "ply.unsupported"),
    "glb of nothing": (lambda: b"glTF", "gltf.truncated"),
    "glb that claims four gigabytes": (lambda: b"glTF" + struct.pack("<II", 2, 4_000_000_000) + bytes(20),
                                       "gltf.truncated"),
    "glb, cut": (lambda: glb(RING)[:-100], "gltf.truncated"),
    "glb with a chunk that claims too much": (lambda: glb(RING).replace(b"\0BIN", b"BIN\0", 1)[:12]
                                              + struct.pack("<II", 4_000_000_000, 0x4E4F534A) + glb(RING)[20:],
                                              "gltf.truncated"),
    "glb of version 1": (lambda: b"glTF" + struct.pack("<II", 1, 100) + bytes(88), "gltf.unsupported_version"),
    "glb without a document": (lambda: b"glTF" + struct.pack("<IIII", 2, 24, 4, 0x004E4942) + bytes(4),
                               "gltf.malformed"),
    "gltf of version 1": (lambda: gltf(CUBE, asset={"version": "1.0"}), "gltf.unsupported_version"),
    "json of something else": (lambda: b'{"ring": 1}', "gltf.malformed"),
    "json, cut": (lambda: gltf(CUBE)[:300], "gltf.malformed"),
    "json nested a million deep": (lambda: b'{"a":' * 1_000_000, "gltf.malformed"),
    "glb with a buffer elsewhere": (lambda: glb(CUBE, buffers=[{"byteLength": 10, "uri": "http://example.com/a.bin"}]),
                                    "gltf.external_resource"),
    "glb with a buffer in a file": (lambda: glb(CUBE, buffers=[{"byteLength": 10, "uri": "/etc/passwd"}]),
                                    "gltf.external_resource"),
    "gltf without its buffer": (lambda: json.dumps(gltf_document(CUBE)[0]).encode(), "gltf.truncated"),
    "gltf in bad base64": (lambda: gltf(CUBE).replace(b"base64,AAAA", b"base64,A*AA"), "gltf.malformed"),
    "glb with a buffer that claims too much": (lambda: glb(CUBE, buffers=[{"byteLength": 1 << 40}]), "gltf.truncated"),
    "glb of a billion points": (lambda: glb(CUBE, accessors=[
        {"bufferView": 0, "componentType": 5126, "count": 10**9, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5125, "count": 36, "type": "SCALAR"}]), "gltf.truncated"),
    "glb with a view beyond its buffer": (lambda: glb(CUBE, bufferViews=[
        {"buffer": 0, "byteLength": 1 << 40, "byteOffset": 4}, {"buffer": 0, "byteLength": 144, "byteOffset": 96}]),
        "gltf.truncated"),
    "glb with a negative offset": (lambda: glb(CUBE, bufferViews=[
        {"buffer": 0, "byteLength": 96, "byteOffset": -4}, {"buffer": 0, "byteLength": 144}]), "gltf.malformed"),
    "glb of half-precision points": (lambda: glb(CUBE, accessors=[
        {"bufferView": 0, "componentType": 5123, "count": 8, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5125, "count": 36, "type": "SCALAR"}]), "gltf.unsupported"),
    "glb with sparse points": (lambda: glb(CUBE, accessors=[
        {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "sparse": {"count": 1}}] * 2),
        "gltf.unsupported"),
    "glb beyond its points": (lambda: glb(CUBE.with_facets(CUBE.facets + 1)), "gltf.index_out_of_range"),
    "glb of a mesh that is not there": (lambda: glb(CUBE, nodes=[{"mesh": 7}]), "gltf.malformed"),
    "glb of a node that is not there": (lambda: glb(CUBE, scenes=[{"nodes": [3]}]), "gltf.malformed"),
    "glb without positions": (lambda: glb(CUBE, meshes=[{"primitives": [{"attributes": {}}]}]), "gltf.malformed"),
    "glb of lines": (lambda: glb(CUBE, meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "mode": 1}]}]),
                     "geometry.no_triangles"),
    "glb that shows nothing": (lambda: glb(CUBE, scenes=[{}]), "geometry.no_triangles"),
    "glb that contains itself": (lambda: glb(CUBE, nodes=[{"children": [1]}, {"children": [0]}]),
                                 "gltf.component_cycle"),
    "glb nested 200 deep": (lambda: glb(CUBE, nodes=[{"children": [level + 1]} for level in range(200)] + [{}]),
                            "gltf.too_deep"),
    "glb that doubles 24 times": (lambda: glb(CUBE, nodes=[{"children": [level + 1] * 2} for level in range(24)]
                                              + [{"mesh": 0}]), "gltf.too_many_instances"),
    "glb compressed by Draco": (lambda: glb(CUBE, extensionsRequired=["KHR_draco_mesh_compression"]),
                                "gltf.unsupported_extension"),
    "glb blown up by 1e30": (lambda: glb(CUBE, nodes=[{"mesh": 0, "scale": [1e30] * 3}]), "geometry.absurd_size"),
    "glb blown up beyond numbers": (lambda: glb(CUBE, nodes=[{"children": [1], "scale": [1e300] * 3},
                                                             {"mesh": 0, "scale": [1e300] * 3}]),
                                    "geometry.non_finite"),
    "glb with NaN": (lambda: glb(with_point(CUBE, NAN, 0, 0)), "geometry.non_finite"),
    "zip of a letter": (zipped_letter, "3mf.no_model"),
    "empty zip": (lambda: b"PK\x05\x06" + bytes(18), "3mf.no_model"),
    "3mf, cut": (lambda: simple_threemf(RING)[:-100], "3mf.not_an_archive"),
    "3mf with damage": (corrupted, "3mf.not_an_archive"),
    "3mf bomb": (bomb, "3mf.inflates_too_much"),
    "3mf that claims three gigabytes": (patched_sizes, "3mf.inflates_too_much"),
    "3mf of 100,000 entries": (many_entries, "3mf.too_many_entries"),
    "3mf that climbs out": (lambda: threemf(model_xml(meshed(), built()), parts={"../../etc/passwd": "x"}),
                            "3mf.unsafe_path"),
    "3mf with a drive letter": (lambda: threemf(model_xml(meshed(), built()), parts={"C:/x": "x"}), "3mf.unsafe_path"),
    "3mf, encrypted": (encrypted, "3mf.encrypted"),
    "3mf, compressed by lzma": (lambda: squeezed(zipfile.ZIP_LZMA), "3mf.unsupported_compression"),
    "3mf with a bomb of entities": (entities, "xml.doctype"),
    "3mf with an external entity": (external_entity, "xml.doctype"),
    "3mf with broken xml": (lambda: threemf(model_xml(meshed(), built())[:-20]), "xml.malformed"),
    "3mf in an exotic encoding": (lambda: threemf('<?xml version="1.0" encoding="klingon"?><model/>'), "xml.malformed"),
    "3mf of another namespace": (lambda: threemf('<model xmlns="urn:else"><build/></model>'), "3mf.malformed"),
    "3mf of html": (lambda: threemf("<html/>"), "3mf.malformed"),
    "3mf with a vertex without z": (lambda: threemf(model_xml(
        '<object id="1"><mesh><vertices><vertex x="0" y="0"/></vertices></mesh></object>', built())), "3mf.malformed"),
    "3mf that builds nothing": (lambda: threemf(model_xml(meshed(), "")), "3mf.nothing_to_build"),
    "3mf that builds what is not there": (lambda: threemf(model_xml(meshed(), built(7))), "3mf.missing_object"),
    "3mf that refers to a missing part": (lambda: threemf(model_xml(
        composed(1, '<component objectid="1" p:path="/3D/gone.model"/>'), built(),
        attributes='xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"')), "3mf.missing_part"),
    "3mf that contains itself": (lambda: threemf(model_xml(composed(1, reference(1)), built())), "3mf.component_cycle"),
    "3mf in a circle of three": (lambda: threemf(model_xml(
        "".join(composed(number, reference(number % 3 + 1)) for number in (1, 2, 3)), built())), "3mf.component_cycle"),
    "3mf that doubles 24 times": (lambda: doubling(24), "3mf.too_many_instances"),
    "3mf nested 200 deep": (lambda: nested(200), "3mf.too_deep"),
    "3mf of 100,000 items": (lambda: threemf(model_xml(meshed(), built() * 100_000)), "3mf.too_many_instances"),
    "3mf of 20,000 components": (lambda: threemf(model_xml(meshed() + composed(2, reference(1, 20_000)), built(2))),
                                 "3mf.too_many_instances"),
    "3mf beyond its vertices": (lambda: threemf(model_xml(
        meshed().replace('v1="0"', 'v1="8"'), built())), "3mf.index_out_of_range"),
    "3mf before its vertices": (lambda: threemf(model_xml(
        meshed().replace('v1="0"', 'v1="-1"'), built())), "3mf.index_out_of_range"),
    "3mf with a word for an index": (lambda: threemf(model_xml(
        meshed().replace('v1="0"', 'v1="one"'), built())), "3mf.malformed"),
    "3mf with decimal commas": (lambda: threemf(model_xml(
        meshed().replace('x="10.0"', 'x="10,0"'), built())), "number.decimal_comma"),
    "3mf with NaN": (lambda: threemf(model_xml(
        meshed().replace('x="10.0"', 'x="nan"'), built())), "geometry.non_finite"),
    "3mf in cubits": (lambda: simple_threemf(CUBE, unit="cubit"), "unit.unknown"),
    "3mf placed by eleven numbers": (lambda: simple_threemf(CUBE, transform="1 0 0 0 1 0 0 0 1 0 0"),
                                     "3mf.bad_transform"),
    "3mf pressed flat": (lambda: simple_threemf(CUBE, transform="1 0 0 0 1 0 0 0 0 0 0 0"), "3mf.bad_transform"),
    "3mf blown up by 1e30": (lambda: simple_threemf(CUBE, transform="1e30 0 0 0 1e30 0 0 0 1e30 0 0 0"),
                             "geometry.absurd_size"),
    "3mf that requires the unheard-of": (lambda: required_extension("urn:unheard-of"), "3mf.unsupported_extension"),
    "3mf that requires beams": (lambda: required_extension(
        "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"), "3mf.beam_lattice"),
    "3mf of slices": (lambda: threemf(model_xml(
        meshed().replace('<object id="1"', '<object id="1" s:slicestackid="2"'), built(),
        attributes='xmlns:s="http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"')), "3mf.slices"),
}  # fmt: skip

BLOCKED: dict[str, tuple[Callable[[], bytes], str]] = {
    "one facet": (lambda: binary_stl(CUBE.with_facets(CUBE.facets[:1])), "geometry.open"),
    "a ring with a hole": (lambda: binary_stl(RING.with_facets(RING.facets[1:])), "geometry.open"),
    "a ring with one facet flipped": (
        lambda: binary_stl(RING.with_facets(np.concatenate([RING.facets[:1, ::-1], RING.facets[1:]]))),
        "geometry.flipped",
    ),
    "a ring with a fin": (lambda: binary_stl(RING + CUBE.with_facets(CUBE.facets[:1])), "geometry.open"),
    "100,000 loose facets": (lambda: many_parts(100_000), "geometry.open"),
}


@pytest.fixture
def analyse(tmp_path: Path):
    def run(content: bytes):
        path = tmp_path / "ring.stl"
        path.write_bytes(content)
        began = time.monotonic()
        try:
            return analyse_file(path, unit=None, limits=Limits(), progress=lambda _: None)
        finally:
            assert time.monotonic() - began < PATIENCE_S

    return run


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_its_code(name: str, analyse):
    content, code = REFUSED[name]
    with pytest.raises(ModelRefused) as refusal:
        analyse(content())
    assert refusal.value.code == code
    assert refusal.value.detail


@pytest.mark.parametrize("name", BLOCKED)
def test_a_surface_without_a_volume_is_analysed_but_blocked(name: str, analyse):
    content, code = BLOCKED[name]
    analysis = analyse(content())
    assert analysis.volume_mm3 is None
    assert [finding.code for finding in blocking(geometry_findings(analysis))] == [code]
