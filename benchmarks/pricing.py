"""The geometry engine beside others: the same files, the same five measures, in one run on one machine."""

import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.meshes import SUFFIXES, WRITERS

_SMALLEST = 12
_AGREE = 1e-4  # other engines add in single precision
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Case:
    """One file, and who is to measure it."""

    file_format: str
    triangles: int
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What one subject took for one file, above what it takes for a file of twelve triangles."""

    file_format: str
    triangles: int
    file_bytes: int
    subject: str
    wall_s: float
    cpu_s: float
    peak_bytes: int


def cases(sizes: Sequence[int], other_formats_at: int) -> list[Case]:
    """Return binary STL of all sizes, then the other formats at one."""
    return [
        Case(name, size, ("reading", "engine", *_others(name)))
        for name in WRITERS
        for size in (sizes if name == "binary STL" else [other_formats_at])
    ]


def _others(file_format: str) -> tuple[str, ...]:
    """Return who else reads a format: numpy-stl if it is installed, trimesh a 3MF only beside lxml."""
    trimesh = file_format != "3MF" or importlib.util.find_spec("lxml") is not None
    numpy_stl = file_format == "binary STL" and importlib.util.find_spec("stl") is not None
    return ("trimesh",) * trimesh + ("numpy-stl",) * numpy_stl


def run(wanted: Sequence[Case], begin: Callable[[str], None], end: Callable[[], None]) -> list[Result]:
    """Measure; tells of each step's beginning and end.

    Raises:
        ValueError: two subjects disagree about a file.
    """
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for case in wanted:
            begin(f"writing {case.file_format}, {case.triangles:,} triangles")
            path, small = (
                Path(folder) / f"{name}{SUFFIXES[case.file_format]}" for name in ("ring", f"small-{case.file_format}")
            )
            WRITERS[case.file_format](path, case.triangles)
            WRITERS[case.file_format](small, _SMALLEST)
            end()
            results += list(_measure(case, path, small, begin, end))
            path.unlink()
    return results


def _measure(
    case: Case, path: Path, small: Path, begin: Callable[[str], None], end: Callable[[], None]
) -> Iterator[Result]:
    answers: dict[str, dict[str, Any]] = {}
    for subject in case.subjects:
        begin(f"{subject}: {case.file_format}, {case.triangles:,} triangles")
        found = _in_its_own_process(subject, path, small)
        answers[subject] = found.pop("answer")
        end()
        yield Result(case.file_format, case.triangles, path.stat().st_size, subject, **found)
    answers.pop("reading")
    _check_agreement(answers)


def _in_its_own_process(subject: str, path: Path, small: Path) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.subjects", subject, str(path), str(small)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(["layers", "functions", "."])},
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _check_agreement(answers: dict[str, dict[str, Any]]) -> None:
    ours = answers["engine"]
    for name, theirs in answers.items():
        for measure, value in theirs.items():
            same = (
                all(math.isclose(a, b, rel_tol=_AGREE) for a, b in zip(ours[measure], value, strict=True))
                if isinstance(value, list)
                else value is None or math.isclose(ours[measure], value, rel_tol=_AGREE)
            )
            if not same:
                raise ValueError(f"{name} finds {measure} {value}, the engine {ours[measure]}")


def records(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return results as they go into the JSON file."""
    return [asdict(result) for result in results]


HEADINGS = ("format", "triangles", "who", "seconds", "CPU s", "peak MB", "as long as reading", "the engine is quicker")


def rows(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table for people."""
    by_file: dict[tuple[str, int], dict[str, Result]] = {}
    for result in results:
        by_file.setdefault((result.file_format, result.triangles), {})[result.subject] = result
    for (file_format, triangles), found in by_file.items():
        floor, ours = found["reading"].wall_s, found["engine"].wall_s
        for subject, result in found.items():
            ratio = f"{result.wall_s / ours:.0f}x" if subject not in ("reading", "engine") else ""
            yield (
                file_format,
                f"{triangles:,}",
                subject,
                f"{result.wall_s:.3f}",
                f"{result.cpu_s:.3f}",
                f"{result.peak_bytes / _MEGABYTE:.0f}",
                f"{result.wall_s / floor:.1f}x" if floor else "",
                ratio,
            )


def table(results: Sequence[Result]) -> Table:
    """Return the table for a terminal."""
    drawn = Table(title="Geometry: box, volume, area, watertight, parts")
    for heading in HEADINGS:
        drawn.add_column(heading, justify="left" if heading in ("format", "who") else "right")
    for row in rows(results):
        drawn.add_row(*row)
    return drawn
