"""The child that reads a stranger's file may die, hang or grow; whoever asked gets an answer all the same."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pricing import isolation
from pricing.isolation import Analysis, Limits, ModelRefused, Nursery, Progress, Stage
from tests.solids import Solid, binary_stl, box

NOBODY = 65534


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.stop()


@pytest.fixture(scope="module")
def slow_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen thousand shells, half of them inside out, each to be sought in the others: seconds to interfere in."""
    count = 14_000
    cell = box(0.5, 0.5, 0.5)
    offsets = np.stack(np.unravel_index(np.arange(count), (28, 25, 20)), axis=1).astype(float)
    points = (cell.points[None] + offsets[:, None]).reshape(-1, 3)
    facets = (cell.facets[None] + len(cell.points) * np.arange(count)[:, None, None]).reshape(-1, 3)
    inward = len(facets) * 48 // 100
    facets[:inward] = facets[:inward, ::-1]
    path = tmp_path_factory.mktemp("models") / "shells.stl"
    path.write_bytes(binary_stl(Solid(points, facets)))
    return path


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "cube.stl"
    path.write_bytes(binary_stl(box()))
    return path


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs, innermost last."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found, wanted = [], [pid]
    while wanted:
        parent = wanted.pop()
        children = [child for child, its_parent in parents.items() if its_parent == parent]
        found += children
        wanted += children
    return found


def reader(nursery: Nursery) -> int:
    """The process that reads the file right now: the child of the warden, which the nursery forked."""
    return descendants(nursery.pid)[-1]


def analyse(
    nursery: Nursery,
    path: Path,
    *,
    limits: Limits | None = None,
    unit: str | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Analysis:
    return nursery.analyse_file(path, unit=unit, limits=limits or Limits(), progress=progress)


def refusal_of(*args: object, **options: object) -> str:
    with pytest.raises(ModelRefused) as refusal:
        analyse(*args, **options)
    return refusal.value.code


def once(action: Callable[[], object]) -> Callable[[Progress], None]:
    """Act on the first progress told."""
    actions = [action]
    return lambda _: actions.pop()() if actions else None


def test_a_child_that_needs_too_much_memory_is_refused_it(nursery: Nursery, slow_file: Path):
    limits = Limits(memory_bytes=4 << 20, memory_bytes_per_file_byte=0)
    assert refusal_of(nursery, slow_file, limits=limits) == "limits.memory"


def test_a_child_that_needs_too_much_time_is_ended(nursery: Nursery, slow_file: Path):
    limits = Limits(cpu_s=0.5, cpu_s_per_file_megabyte=0)
    assert refusal_of(nursery, slow_file, limits=limits) == "limits.cpu_time"


def test_a_child_that_hangs_is_ended(nursery: Nursery, slow_file: Path):
    limits = Limits(cpu_s=1.0, cpu_s_per_file_megabyte=0, wall_s=-2.0)
    stop = once(lambda: os.kill(reader(nursery), signal.SIGSTOP))
    assert refusal_of(nursery, slow_file, limits=limits, progress=stop) == "limits.wall_time"


def test_a_child_that_dies_is_an_answer(nursery: Nursery, slow_file: Path):
    die = once(lambda: os.kill(reader(nursery), signal.SIGSEGV))
    assert refusal_of(nursery, slow_file, progress=die) == "engine.died"


def test_a_file_over_the_limit_is_not_even_sent(nursery: Nursery, small_file: Path):
    assert refusal_of(nursery, small_file, limits=Limits(file_bytes=100)) == "limits.file_size"
    assert nursery.pid is None


def test_an_unknown_unit_is_refused(nursery: Nursery, small_file: Path):
    assert refusal_of(nursery, small_file, unit="cubit") == "unit.unknown"
    assert analyse(nursery, small_file, unit="in").volume_mm3 == pytest.approx(254**3)


def test_a_file_that_is_not_there_is_the_callers_error(nursery: Nursery, tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        analyse(nursery, tmp_path / "gone.stl")


def test_an_analysis_is_called_off_by_raising_from_progress(nursery: Nursery, slow_file: Path, small_file: Path):
    class CalledOff(Exception):
        pass

    children: list[int] = []

    def call_off() -> None:
        children.append(reader(nursery))
        raise CalledOff

    with pytest.raises(CalledOff):
        analyse(nursery, slow_file, progress=once(call_off))
    assert analyse(nursery, small_file).watertight
    for _ in range(200):
        if not Path(f"/proc/{children[0]}").exists():
            break
        os.sched_yield()
        analyse(nursery, small_file)
    assert not Path(f"/proc/{children[0]}").exists()


def test_the_next_file_does_not_feel_the_death_of_the_nursery(nursery: Nursery, small_file: Path):
    assert analyse(nursery, small_file).watertight
    os.kill(nursery.pid, signal.SIGKILL)
    while nursery.pid is not None:
        os.sched_yield()
    assert analyse(nursery, small_file).watertight


def test_files_are_analysed_side_by_side(nursery: Nursery, small_file: Path):
    with ThreadPoolExecutor(8) as threads:
        analyses = list(threads.map(lambda _: analyse(nursery, small_file), range(32)))
    assert all(analysis == analyses[0] for analysis in analyses)


def test_the_child_holds_no_secret_and_no_privilege(nursery: Nursery, slow_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    seen: dict[str, str] = {}

    def look() -> None:
        process = Path(f"/proc/{reader(nursery)}")
        seen["status"] = process.joinpath("status").read_text()
        seen["limits"] = process.joinpath("limits").read_text()
        seen["environment"] = Path(f"/proc/{nursery.pid}/environ").read_text()

    analyse(nursery, slow_file, progress=once(look))
    expected = NOBODY if os.geteuid() == 0 else os.geteuid()
    assert f"Uid:\t{expected}\t{expected}\t{expected}\t{expected}" in seen["status"]
    assert "canary" not in seen["environment"]
    limits = {line[:25].strip(): line[26:].split()[0] for line in seen["limits"].splitlines()}
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"


def test_progress_reaches_the_caller_in_order(nursery: Nursery, slow_file: Path):
    told: list[Progress] = []
    analyse(nursery, slow_file, progress=told.append)
    assert told[-1].stage is Stage.DONE
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert any(progress.eta_s for progress in told)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\xfe not json\n",
        b'{"progress": {"stage": "heaven"}}\n',
        b"[1, 2]\n",
        b'{"analysis": {"volume_mm3": 1e9}}\n',
        b'{"refused": "no"}\n',
        b'{"ended": {"hung": "perhaps"}}\n',
        b'{"analysis": ' + b" " * 60_000,
    ],
)
def test_a_child_that_talks_nonsense_is_not_believed(
    answer: bytes, nursery: Nursery, small_file: Path, monkeypatch: pytest.MonkeyPatch
):
    def send(_job: object, _model: int) -> int:
        ours, theirs = os.pipe()
        with open(theirs, "wb") as pipe:
            pipe.write(answer)
        return ours

    monkeypatch.setattr(nursery, "_send", send)
    assert refusal_of(nursery, small_file) == "engine.died"
    assert isolation.analyse_file(small_file, unit=None, limits=Limits(), progress=lambda _: None).watertight


def test_whoever_asks_for_an_analysis_loads_no_numerics():
    program = "import sys, pricing.isolation; print({'numba', 'numpy', 'scipy', 'llvmlite'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "set()"
