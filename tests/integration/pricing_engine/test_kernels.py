"""Compiled kernels: the same digits from any number of threads, and nothing left to compile while a file waits."""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numba.core.event import install_recorder

import pricing.geometry.kernels
from alexandrite.domain.models import Analysis
from pricing.geometry.analysis import analyse
from pricing.geometry.crew import Crew
from pricing.geometry.kernels.numerals import read_real
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Reporter
from tests.solids import Solid, ascii_stl, binary_stl, box, glb, obj, ply, simple_threemf, torus

REAL = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"

FROM_CACHE = """
import os
from numba.core.event import install_recorder
with install_recorder("numba:compile") as recorder:
    import pricing.geometry.analysis
assert not recorder.buffer, f"{len(recorder.buffer)} kernels were compiled"
"""


def measure(content: bytes, crew: Crew | None = None) -> Analysis:
    with io.BufferedReader(io.BytesIO(content)) as file:
        return analyse(file, unit=None, limits=Limits(), reporter=Reporter(lambda _: None), crew=crew)


def loose(count: int) -> Solid:
    """Facets that share no point."""
    corners = np.random.default_rng(5).random((count, 3, 3)) + np.arange(count)[:, None, None] % 50
    return Solid(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3))


def shuffled(solid: Solid) -> Solid:
    return solid.with_facets(np.random.default_rng(7).permutation(solid.facets))


@pytest.mark.parametrize(
    "solid",
    [
        box(),
        shuffled(torus(around=300, across=200)),
        shuffled(torus() + torus().moved(30) + box().moved(60).inside_out()),
        shuffled(torus().with_facets(torus().facets[5:])),
        loose(40_000),
        box() + loose(3),
    ],
    ids=["a box", "a shuffled ring", "parts", "a ring with a hole", "loose facets", "a box and loose facets"],
)
@pytest.mark.parametrize("write", [binary_stl, lambda solid: obj(solid).encode()], ids=["STL", "OBJ"])
def test_any_number_of_threads_gives_the_same_digits(solid: Solid, write):
    content = write(solid)
    alone = measure(content)
    for threads in (2, 2, 3):
        assert measure(content, Crew(threads)) == alone


def test_a_table_grows_when_points_are_more_than_expected():
    analysis = measure(binary_stl(loose(60_000)), Crew(2))
    assert analysis.vertices == 180_000
    assert analysis.components == 60_000
    assert analysis.boundary_edges == 180_000


def test_a_fan_about_one_point_is_as_quick_as_any_surface():
    count = 200_000
    turns = 2 * np.pi * np.arange(count) / count
    radius = 20 + np.arange(count) % 2
    rim = np.stack([radius * np.cos(turns), radius * np.sin(turns), np.zeros(count)], axis=1)
    points = np.concatenate([[[0, 0, 5], [0, 0, -5]], rim])
    i = np.arange(count)
    upper = np.stack([np.zeros(count, int), 2 + i, 2 + (i + 1) % count], axis=1)
    lower = np.stack([np.ones(count, int), 2 + (i + 1) % count, 2 + i], axis=1)
    analysis = measure(binary_stl(Solid(points, np.concatenate([upper, lower[1:]]))), Crew(2))
    assert (analysis.boundary_edges, analysis.components) == (3, 1)


def test_no_format_has_anything_left_to_compile():
    ring = torus()
    with_hole = ring.with_facets(ring.facets[1:])
    writers = [binary_stl, ascii_stl, obj, simple_threemf, ply, lambda solid: ply(solid, order=">"), glb]
    contents = [write(solid) for write in writers for solid in (ring, with_hole, ring + ring.moved(30))]
    with install_recorder("numba:compile") as recorder:
        for content in contents:
            measure(content if isinstance(content, bytes) else content.encode(), Crew(2))
    assert not recorder.buffer


def test_a_process_loads_all_kernels_from_a_cache_that_nobody_may_write_to(tmp_path: Path):
    built = Path(pricing.geometry.kernels.__file__).parent / "__pycache__"
    cache = tmp_path / "kernels"
    cache.mkdir()
    for compiled in [*built.glob("*.nbi"), *built.glob("*.nbc")]:
        shutil.copy(compiled, cache)
    cache.chmod(0o555)
    run = subprocess.run(
        [sys.executable, "-c", FROM_CACHE],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@njit
def read(text):
    return read_real(text, 0, len(text))


@settings(deadline=None)
@given(
    st.one_of(
        st.floats(allow_nan=False).map(repr),
        st.floats(allow_nan=False, width=32).map(lambda value: f"{value:.9g}"),
        st.from_regex(r"[+-]?[0-9]{1,25}(\.[0-9]{0,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
        st.from_regex(r"[+-]?\.[0-9]{1,8}", fullmatch=True),
        st.sampled_from(["inf", "-Infinity", "1e-400", "1e400", "0e999999999999", "4.9e-324"]),
    )
)
def test_numbers_are_read_as_python_reads_them(text: str):
    value, valid = read(np.frombuffer(text.encode(), dtype=np.uint8).copy())
    assert valid
    assert value == pytest.approx(float(text), rel=2**-51, abs=1e-300)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-250, max_value=1e250))
def test_a_number_survives_being_written(value: float):
    assert read(np.frombuffer(repr(value).encode(), dtype=np.uint8).copy()) == (value, True)


@settings(deadline=None)
@given(st.text("0123456789+-.eE_,xn ", max_size=12).filter(lambda text: not re.fullmatch(REAL, text)))
def test_what_merely_resembles_a_number_is_none(text: str):
    assert not read(np.frombuffer(text.encode(), dtype=np.uint8).copy())[1]
