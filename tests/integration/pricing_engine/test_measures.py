"""What the engine measures, against what is known exactly and against another engine."""

import io
import time

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alexandrite.domain.models import Analysis, Unit
from pricing.geometry.analysis import analyse
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Reporter
from tests.solids import Solid, ascii_stl, binary_stl, box, obj, ply, simple_threemf, torus


def measure(content: bytes, unit: Unit | None = None) -> Analysis:
    with io.BufferedReader(io.BytesIO(content)) as file:
        return analyse(file, unit=unit, limits=Limits(), reporter=Reporter(lambda _: None))


def ball(subdivisions: int) -> Solid:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=5)
    return Solid(np.asarray(mesh.vertices), np.asarray(mesh.faces))


def rotation(axis: int, angle: float) -> NDArray[np.float64]:
    matrix = np.eye(3)
    i, j = [other for other in range(3) if other != axis]
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix


def shuffled(solid: Solid, seed: int) -> Solid:
    generator = np.random.default_rng(seed)
    facets = solid.facets[generator.permutation(len(solid.facets))]
    turns = generator.integers(0, 3, len(facets))
    return solid.with_facets(np.take_along_axis(facets, (turns[:, None] + np.arange(3)) % 3, axis=1))


def hollow() -> Solid:
    return box(10, 10, 10) + box(4, 4, 4).moved(3, 3, 3).inside_out()


WRITERS = {
    "binary STL": binary_stl,
    "ASCII STL": lambda solid: ascii_stl(solid, number="{:.17g}").encode(),
    "OBJ": lambda solid: obj(solid).encode(),
    "3MF": simple_threemf,
    "PLY in ASCII": ply,
    "PLY, little end first": lambda solid: ply(solid, order="<"),
    "PLY, big end first": lambda solid: ply(solid, order=">"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_box_is_measured_exactly_in_every_format(write):
    analysis = measure(write(box(2, 3, 4).moved(100, -50, 7)))
    assert analysis.volume_mm3 == pytest.approx(24, rel=1e-12)
    assert analysis.area_mm2 == pytest.approx(52, rel=1e-12)
    assert analysis.centroid_mm == pytest.approx((101, -48.5, 9), rel=1e-12)
    assert analysis.bounding_box.size_mm == (2, 3, 4)
    assert (analysis.triangles, analysis.vertices, analysis.components) == (12, 8, 1)
    assert analysis.watertight


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_ring_is_measured_as_its_tessellation_allows(write):
    analysis = measure(write(torus(10, 1.5, around=300, across=96)))
    assert analysis.volume_mm3 == pytest.approx(2 * np.pi**2 * 10 * 1.5**2, rel=1e-3)
    assert analysis.area_mm2 == pytest.approx(4 * np.pi**2 * 10 * 1.5, rel=1e-3)
    assert analysis.centroid_mm == pytest.approx((0, 0, 0), abs=1e-5)
    assert analysis.watertight


def test_a_ball_approaches_its_exact_volume():
    exact = 4 / 3 * np.pi * 5**3
    errors = [1 - measure(binary_stl(ball(level))).volume_mm3 / exact for level in (3, 4, 5)]
    assert errors[2] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)  # second order in the length of an edge
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize(
    "solid",
    [box(3, 5, 7), torus(), ball(3), torus().moved(30) + ball(2), hollow()],
    ids=["box", "ring", "ball", "ring and ball", "hollow box"],
)
@settings(max_examples=15, deadline=None)
@given(
    angles=st.tuples(*[st.floats(-3.2, 3.2)] * 3),
    scale=st.floats(0.1, 10),
    shift=st.tuples(*[st.floats(-200, 200)] * 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_trimesh_agrees_wherever_a_solid_lies_and_however_it_is_written(solid, angles, scale, shift, seed):
    for axis, angle in enumerate(angles):
        solid = solid.transformed(rotation(axis, angle))
    content = binary_stl(shuffled(solid.transformed(np.eye(3) * scale).moved(*shift), seed))
    ours = measure(content)
    oracle = trimesh.load_mesh(io.BytesIO(content), file_type="stl")
    assert oracle.is_volume
    assert ours.watertight
    assert ours.components == oracle.body_count
    assert ours.volume_mm3 == pytest.approx(oracle.volume, rel=1e-6)
    assert ours.area_mm2 == pytest.approx(oracle.area, rel=1e-6)
    assert ours.centroid_mm == pytest.approx(oracle.center_mass, rel=1e-6, abs=1e-6 * scale)
    np.testing.assert_allclose([ours.bounding_box.lower_mm, ours.bounding_box.upper_mm], oracle.bounds, rtol=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_order_of_facets_changes_no_digit(seed):
    solid = torus().transformed(rotation(0, 1.0))
    order = np.random.default_rng(seed).permutation(len(solid.facets))
    shuffled_facets = measure(binary_stl(solid.with_facets(solid.facets[order])))
    as_drawn = measure(binary_stl(solid))
    assert shuffled_facets.model_dump(exclude={"sha256"}) == as_drawn.model_dump(exclude={"sha256"})


def test_a_solid_inside_out_is_turned_and_said_to_be():
    analysis = measure(binary_stl(torus().inside_out()))
    assert analysis.volume_mm3 == pytest.approx(measure(binary_stl(torus())).volume_mm3, rel=1e-12)
    assert analysis.inverted_components == 1


def test_one_part_of_two_inside_out_is_turned_alone():
    analysis = measure(binary_stl(box(10, 10, 10) + box(2, 2, 2).moved(20).inside_out()))
    assert analysis.volume_mm3 == pytest.approx(1008)
    assert (analysis.inverted_components, analysis.inner_shells) == (1, 0)


def test_an_inward_shell_within_another_is_a_cavity():
    analysis = measure(binary_stl(hollow()))
    assert analysis.volume_mm3 == pytest.approx(1000 - 64)
    assert (analysis.components, analysis.inner_shells, analysis.inverted_components) == (2, 1, 0)


def test_a_hollow_solid_inside_out_is_turned_as_a_whole():
    analysis = measure(binary_stl(hollow().inside_out()))
    assert analysis.volume_mm3 == pytest.approx(1000 - 64)
    assert (analysis.inner_shells, analysis.inverted_components) == (1, 2)


def test_facets_drawn_twice_count_once():
    ring = torus()
    analysis = measure(binary_stl(ring.with_facets(np.concatenate([ring.facets, ring.facets[:100]]))))
    assert analysis.duplicate_facets == 100
    assert analysis.watertight
    assert analysis.volume_mm3 == pytest.approx(measure(binary_stl(ring)).volume_mm3)


def test_facets_without_area_are_counted_and_harmless():
    cube = box()
    collapsed = np.array([[0, 0, 1], [3, 3, 3]])
    analysis = measure(binary_stl(cube.with_facets(np.concatenate([cube.facets, collapsed]))))
    assert (analysis.degenerate_facets, analysis.triangles) == (2, 14)
    assert analysis.watertight


def test_zero_and_negative_zero_are_one_place():
    corners = box(10, 10, 10).moved(-10, -10, -10).corners
    facets = corners.copy()
    facets[::2][facets[::2] == 0] = -0.0
    scattered = Solid(facets.reshape(-1, 3), np.arange(36).reshape(-1, 3))
    analysis = measure(binary_stl(scattered))
    assert (analysis.vertices, analysis.watertight) == (8, True)


def test_a_hairline_gap_is_closed_and_said_to_be():
    ring = torus()
    generator = np.random.default_rng(3)
    corners = ring.corners + generator.uniform(-1e-5, 1e-5, ring.corners.shape)
    analysis = measure(binary_stl(Solid(corners.reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 3))))
    assert analysis.watertight
    assert analysis.welded_points > 0
    assert analysis.weld_tolerance_mm < 0.01
    assert analysis.volume_mm3 == pytest.approx(measure(binary_stl(ring)).volume_mm3, rel=1e-4)


def test_a_gap_that_one_can_see_stays_open():
    cube = box()
    corners = cube.corners.copy()
    corners[0] += 0.1
    analysis = measure(binary_stl(Solid(corners.reshape(-1, 3), np.arange(36).reshape(-1, 3))))
    assert (analysis.closed, analysis.welded_points) == (False, 0)
    assert analysis.volume_mm3 is None


def test_a_flipped_facet_is_found_and_shown():
    ring = torus()
    facets = ring.facets.copy()
    facets[7] = facets[7, ::-1]
    analysis = measure(binary_stl(ring.with_facets(facets)))
    assert (analysis.closed, analysis.consistently_wound, analysis.flipped_edges) == (True, False, 3)
    distances = np.linalg.norm(ring.points[facets[7]] - np.array(analysis.flipped_at_mm), axis=1)
    assert distances.min() < 1


def test_two_boxes_that_share_an_edge_are_closed_but_not_manifold():
    analysis = measure(binary_stl(box(10, 10, 10) + box(10, 10, 10).moved(10, 10, 0)))
    assert analysis.watertight
    assert analysis.non_manifold_edges == 1
    assert analysis.volume_mm3 == pytest.approx(2000)


def test_a_hundred_thousand_parts_are_counted_in_passing():
    tetrahedron = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=float)
    facets = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    count = 100_000
    grid = np.stack(np.unravel_index(np.arange(count), (50, 50, 40)), axis=1) * 2.0
    points = (tetrahedron[None] + grid[:, None]).reshape(-1, 3)
    numbers = (facets[None] + 4 * np.arange(count)[:, None, None]).reshape(-1, 3)
    analysis = measure(binary_stl(Solid(points, numbers)))
    assert analysis.components == count
    assert analysis.volume_mm3 == pytest.approx(count / 6)


def test_a_million_triangles_take_seconds():
    content = binary_stl(torus(10, 1.5, around=1000, across=500))
    began = time.process_time()
    analysis = measure(content)
    assert analysis.triangles == 1_000_000
    assert time.process_time() - began < 20
