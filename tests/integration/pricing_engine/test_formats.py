"""How the formats are written in the wild, and read all the same."""

import io

import numpy as np
import pytest

from alexandrite.domain.models import Analysis, FileFormat, Unit, UnitSource
from pricing.geometry import weld
from pricing.geometry.analysis import analyse
from pricing.geometry.crew import Crew
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Progress, Reporter, Stage
from pricing.geometry.refusals import ModelRefused
from tests.solids import (
    Solid,
    ascii_stl,
    binary_stl,
    box,
    glb,
    gltf,
    mesh_xml,
    model_xml,
    obj,
    ply,
    simple_threemf,
    threemf,
    torus,
)

CUBE = box()
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"


def measure(content: bytes | str, unit: Unit | None = None, limits: Limits | None = None) -> Analysis:
    raw = content.encode() if isinstance(content, str) else content
    with io.BufferedReader(io.BytesIO(raw)) as file:
        return analyse(file, unit=unit, limits=limits or Limits(), reporter=Reporter(lambda _: None))


def is_the_cube(analysis: Analysis) -> bool:
    return analysis.watertight and analysis.triangles == 12 and analysis.volume_mm3 == pytest.approx(1000)


@pytest.mark.parametrize(
    "content",
    [
        binary_stl(CUBE),
        binary_stl(CUBE, header=b"solid cube of a program that does not care"),
        binary_stl(CUBE) + b"\0" * 20,
        ascii_stl(CUBE),
        ascii_stl(CUBE, name=""),
        ascii_stl(CUBE, name="facet of a vertex"),
        ascii_stl(CUBE, name="Кольцо"),
        ascii_stl(CUBE, number="{:+.5E}"),
        ascii_stl(CUBE).upper(),
        ascii_stl(CUBE).replace("\n", "\r\n"),
        ascii_stl(CUBE).replace("\n", "\r"),
        ascii_stl(CUBE).replace("\n", "\n\n\t"),
        ascii_stl(CUBE).replace("endsolid ring", "endsolid"),
        "\ufeff" + ascii_stl(CUBE),
    ],
)
def test_stl_is_read_as_programs_write_it(content: bytes | str):
    assert is_the_cube(measure(content))


def test_an_ascii_stl_may_hold_several_solids():
    text = ascii_stl(CUBE) + ascii_stl(CUBE.moved(20), name="second")
    analysis = measure(text)
    assert (analysis.components, analysis.triangles) == (2, 24)


def test_text_longer_than_a_block_is_read_whole():
    ring = torus(around=256, across=64)
    assert len(ascii_stl(ring)) > 4 << 20
    assert measure(ascii_stl(ring)).triangles == len(ring.facets)
    assert measure(obj(ring)).watertight


QUADS = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
VERTICES = "".join(f"v {x} {y} {z}\n" for x, y, z in CUBE.points)


@pytest.mark.parametrize(
    "content",
    [
        obj(CUBE),
        obj(CUBE).replace("\n", "\r\n"),
        "\ufeff" + obj(CUBE),
        "# made by hand\nmtllib /etc/passwd\no cube\ng f f f\nusemtl gold\ns off\n" + obj(CUBE),
        VERTICES + "".join("f {} {} {} {}\n".format(*quad) for quad in QUADS),
        VERTICES + "".join("f {} {} {} {}\n".format(*(corner - 9 for corner in quad)) for quad in QUADS),
        VERTICES + "".join("f {0}/{0}/1 {1}/{1}/1 {2}//1 {3}\n".format(*quad) for quad in QUADS),
        VERTICES + "".join("f {} {} \\\n {} {} # side\n".format(*quad) for quad in QUADS),
        "".join("f {} {} {} {}\n".format(*quad) for quad in QUADS) + VERTICES,
        obj(CUBE).replace("0.0\n", "0.0 1.0\n"),
        "".join(f"v {x} {y} {z} 0.5 nan 0.5\n" for x, y, z in CUBE.points)
        + "".join("f {} {} {} {}\n".format(*quad) for quad in QUADS),
        "v 999 999 999\n" + VERTICES + "".join("f {} {} {} {}\n".format(*(c + 1 for c in quad)) for quad in QUADS),
    ],
    ids=[
        "plain",
        "of Windows",
        "with a byte order mark",
        "with names",
        "quads",
        "relative",
        "with attributes",
        "continued lines",
        "faces first",
        "with weights",
        "with colours",
        "with a stray point",
    ],
)
def test_obj_is_read_as_programs_write_it(content: str):
    assert is_the_cube(measure(content))


PLY_QUADS = (
    b"ply\r\nformat ascii 1.0\r\ncomment by hand\r\nelement vertex 8\r\nproperty float z\r\nproperty float y\r\n"
    b"property float x\r\nelement face 6\r\nproperty list uint8 uint16 vertex_index\r\n"
    b"property list uchar float texcoord\r\nelement edge 0\r\nproperty int vertex1\r\nend_header\r\n"
    + "".join(f"{z} {y} {x}\r\n" for x, y, z in CUBE.points).encode()
    + "".join("4 {} {} {} {} 2 0.5 0.5\r\n".format(*(corner - 1 for corner in quad)) for quad in QUADS).encode()
)


@pytest.mark.parametrize(
    "content",
    [ply(CUBE), ply(CUBE, order="<"), ply(CUBE, order=">"), ply(CUBE, extra="comment\nobj_info x y\n"), PLY_QUADS],
    ids=["ASCII", "little end first", "big end first", "with comments", "quads"],
)
def test_ply_is_read_as_programs_write_it(content: bytes):
    analysis = measure(content)
    assert analysis.format is FileFormat.PLY
    assert is_the_cube(analysis)


HALF_TURN = [0, 0, 1, 0]
MIRROR = [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]
CORNERS = CUBE.corners.reshape(-1, 3)
SMALL = Solid(CUBE.points / 1000, CUBE.facets)


@pytest.mark.parametrize(
    "content",
    [
        glb(SMALL),
        gltf(SMALL),
        glb(CUBE, nodes=[{"scale": [0.001, 0.001, 0.001], "mesh": 0, "rotation": HALF_TURN, "translation": [9, 9, 9]}]),
        glb(SMALL, nodes=[{"children": [1]}, {"children": [2]}, {"mesh": 0, "matrix": MIRROR}]),
        glb(SMALL, scenes=[], nodes=[{"children": [1]}, {"mesh": 0}]),
        glb(SMALL, scene=1, scenes=[{"nodes": [0, 0, 0]}, {"nodes": [0]}]),
        glb(SMALL, extensionsRequired=["KHR_materials_unlit"], extras={"of": "a program"}),
        glb(
            Solid(CORNERS / 1000, np.arange(36).reshape(-1, 3)),
            meshes=[{"primitives": [{"attributes": {"POSITION": 0}}, {"attributes": {}, "mode": 1}]}],
        ),
    ],
    ids=["GLB", "JSON", "scaled", "mirrored", "without scenes", "second scene", "with extras", "without indices"],
)
def test_gltf_is_read_as_programs_write_it(content: bytes):
    analysis = measure(content)
    assert analysis.format is FileFormat.GLTF
    assert analysis.unit is Unit.METRE
    assert analysis.watertight
    assert analysis.triangles == 12
    assert analysis.inverted_components == 0
    assert analysis.volume_mm3 == pytest.approx(1000, rel=1e-3)


@pytest.mark.parametrize(("mode", "corners"), [(5, [0, 1, 2, 3]), (6, [0, 1, 3, 2])])
def test_strips_and_fans_of_gltf_are_triangles(mode: int, corners: list[int]):
    square = Solid(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], dtype=float), np.array([corners]))
    mesh = {"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": mode}]}
    analysis = measure(glb(square, meshes=[mesh]), Unit.MILLIMETRE)
    assert (analysis.triangles, analysis.boundary_edges, analysis.consistently_wound) == (2, 4, True)
    assert analysis.area_mm2 == pytest.approx(1)


def test_a_point_that_no_facet_uses_is_no_part_of_the_box():
    analysis = measure(
        "v 999 999 999\n" + VERTICES + "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in CUBE.facets + 1)
    )
    assert analysis.bounding_box.upper_mm == (10, 10, 10)
    assert analysis.vertices == 8


@pytest.mark.parametrize(
    ("name", "millimetres"),
    [("micron", 0.001), ("millimeter", 1), ("centimeter", 10), ("inch", 25.4), ("foot", 304.8), ("meter", 1000)],
)
def test_a_3mf_says_its_unit(name: str, millimetres: float):
    analysis = measure(simple_threemf(box(0.5, 0.5, 0.5), unit=name))
    assert analysis.bounding_box.size_mm == pytest.approx((0.5 * millimetres,) * 3)
    assert analysis.unit_source is UnitSource.FILE


def test_a_declared_unit_wins_over_the_files_and_both_are_kept():
    analysis = measure(simple_threemf(CUBE, unit="inch"), Unit.MILLIMETRE)
    assert analysis.bounding_box.size_mm == (10, 10, 10)
    assert (analysis.unit, analysis.unit_source, analysis.file_unit) == (
        Unit.MILLIMETRE,
        UnitSource.DECLARED,
        Unit.INCH,
    )


def test_an_stl_is_assumed_to_be_in_millimetres_unless_declared():
    assert measure(binary_stl(CUBE)).unit_source is UnitSource.ASSUMED
    inches = measure(binary_stl(CUBE), Unit.INCH)
    assert inches.volume_mm3 == pytest.approx(1000 * 25.4**3)
    assert inches.area_mm2 == pytest.approx(600 * 25.4**2)


def test_components_are_placed_within_components():
    resources = (
        f'<object id="1" type="model">{mesh_xml(CUBE)}</object>'
        '<object id="2"><components>'
        '<component objectid="1"/><component objectid="1" transform="2 0 0 0 2 0 0 0 2 20 0 0"/>'
        "</components></object>"
    )
    items = '<item objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 5"/>'
    analysis = measure(threemf(model_xml(resources, items)))
    assert analysis.volume_mm3 == pytest.approx(1000 + 8000)
    assert analysis.components == 2
    assert analysis.bounding_box.lower_mm == pytest.approx((-20, 0, 5))
    assert analysis.bounding_box.upper_mm == pytest.approx((0, 40, 25))


def test_a_mirrored_object_is_not_inside_out():
    analysis = measure(simple_threemf(CUBE, transform="-1 0 0 0 1 0 0 0 1 0 0 0"))
    assert is_the_cube(analysis)
    assert analysis.inverted_components == 0


def test_only_what_is_built_and_printable_counts():
    resources = f'<object id="1">{mesh_xml(CUBE)}</object><object id="2">{mesh_xml(box(99, 99, 99))}</object>'
    resources += f'<object id="3" type="support">{mesh_xml(box(50, 50, 50))}</object>'
    items = '<item objectid="1"/><item objectid="2" printable="0"/><item objectid="3"/>'
    assert is_the_cube(measure(threemf(model_xml(resources, items))))


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("<vertices>", "<!-- <vertices> --><vertices><!-- <triangles> -->"),
        ('<vertex x="0.0"', "<vertex\n\t x='0.0'"),
        ('<vertex x="10.0"', '<vertex q:colour="gold>" x="10.0"'),
        ('<vertex x="10.0"', '<vertex x="&#49;0.0"'),
        ('x="10.0"', 'x=" 10.0 "'),
        ('z="0.0"/>', 'z="0.0"></vertex>'),
        ('<triangle v1="0"', '<!-- a comment --><triangle v1="0"'),
        ("<triangles>", '<triangles foo="bar">'),
        ("<vertices>", "<vertices  >\r\n"),
        ("</vertices>", "<![CDATA[ <vertices> <triangles> ]]></vertices>"),
    ],
)
def test_a_mesh_may_be_written_in_any_way_that_xml_allows(written: str, instead: str):
    mesh = mesh_xml(CUBE)
    assert written in mesh
    rewritten = mesh.replace(written, instead)
    text = model_xml(
        f'<object id="1">{rewritten}</object>', '<item objectid="1"/>', attributes='unit="millimeter" xmlns:q="urn:q"'
    )
    assert is_the_cube(measure(threemf(text)))
    assert is_the_cube(measure(threemf(text.replace("UTF-8", "UTF-16").encode("utf-16"))))


def test_a_mesh_of_many_blocks_is_read_whole():
    ring = torus(around=512, across=64)
    analysis = measure(simple_threemf(ring))
    assert len(mesh_xml(ring)) > 4 << 20
    assert (analysis.triangles, analysis.vertices, analysis.watertight) == (len(ring.facets), len(ring.points), True)


def test_objects_in_other_parts_are_found():
    part = model_xml(f'<object id="1">{mesh_xml(CUBE)}</object>', "")
    root = model_xml(
        '<object id="5"><components><component objectid="1" p:path="/3D/Objects/one.model"/></components></object>',
        '<item objectid="5"/>',
        attributes=f'unit="millimeter" xmlns:p="{PRODUCTION}" requiredextensions="p"',
    )
    assert is_the_cube(measure(threemf(root, parts={"3D/Objects/one.model": part})))


def test_the_core_namespace_may_have_a_prefix_and_elements_of_others_do_not_count():
    foreign = f'<metadata><x xmlns="urn:else"><item objectid="9"/>{mesh_xml(box(77, 77, 77))}</x></metadata>'
    assert is_the_cube(
        measure(threemf(model_xml(f'{foreign}<object id="1">{mesh_xml(CUBE)}</object>', '<item objectid="1"/>')))
    )
    plain = model_xml(f'<object id="1">{mesh_xml(CUBE)}</object>', '<item objectid="1"/>')
    prefixed = plain.replace("xmlns=", "xmlns:c=")
    for name in (
        "model",
        "resources",
        "object",
        "mesh",
        "vertices",
        "vertex",
        "triangles",
        "triangle",
        "build",
        "item",
    ):
        prefixed = (
            prefixed.replace(f"<{name} ", f"<c:{name} ")
            .replace(f"<{name}>", f"<c:{name}>")
            .replace(f"</{name}>", f"</c:{name}>")
        )
    assert is_the_cube(measure(threemf(prefixed)))


def test_the_format_is_told_by_content():
    formats = [
        measure(content).format for content in (binary_stl(CUBE), ascii_stl(CUBE), obj(CUBE), simple_threemf(CUBE))
    ]
    assert formats == [FileFormat.STL_BINARY, FileFormat.STL_ASCII, FileFormat.OBJ, FileFormat.THREE_MF]


@pytest.mark.parametrize("content", [binary_stl(CUBE), ascii_stl(CUBE), obj(CUBE), simple_threemf(CUBE)])
def test_more_triangles_than_allowed_are_refused(content: bytes | str):
    with pytest.raises(ModelRefused) as refusal:
        measure(content, limits=Limits(triangles=11))
    assert refusal.value.code == "limits.triangles"


def test_the_checksum_is_of_the_bytes_and_speaks_both_dialects():
    analysis = measure(binary_stl(CUBE))
    assert len(analysis.sha256) == 64
    assert len(analysis.sha256_base64url) == 43
    assert analysis.sha256 != measure(ascii_stl(CUBE)).sha256


def test_progress_goes_through_the_stages_and_never_back():
    told: list[Progress] = []
    with io.BufferedReader(io.BytesIO(binary_stl(torus(around=512, across=256)))) as file:
        analyse(file, unit=None, limits=Limits(), reporter=Reporter(told.append, interval_s=0))
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert {progress.stage for progress in told} == set(Stage)
    assert told[-1] == Progress(Stage.DONE, 1.0, 0.0)
    assert all(progress.eta_s is None or progress.eta_s >= 0 for progress in told)


def test_points_with_colliding_hashes_are_not_welded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(weld, "random_keys", lambda count: np.zeros(count, dtype=np.uint64))  # all hashes are equal
    points = np.array([[1, 2, 3], [4, 5, 6], [1, 2, 3], [7, 8, 9]], dtype=np.float64)
    numbers, distinct = weld.weld_equal(points, Crew())
    assert len(set(numbers)) == 3
    assert numbers[0] == numbers[2]
    assert np.array_equal(distinct[numbers], points)
    assert is_the_cube(measure(binary_stl(CUBE)))
