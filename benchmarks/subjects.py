"""One measurement, in a process of its own: `python -m benchmarks.subjects NAME FILE SMALL_FILE`.

Every subject answers the same five questions about a file: box, volume, area, whether it is watertight, how many parts.
Imports and whatever else is paid once are paid on the small file first. Prints one JSON object.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_KIBIBYTE = 1024
_BLOCK_BYTES = 1 << 20
_RUNS = 5
_CHEAP_S = 6.0


def engine() -> Callable[[Path], dict[str, Any]]:
    """Return the engine of this repository with two threads, as the workers run it."""
    from pricing.geometry.analysis import analyse  # noqa: PLC0415 - each subject pays for its own imports
    from pricing.geometry.crew import Crew  # noqa: PLC0415
    from pricing.geometry.limits import Limits  # noqa: PLC0415
    from pricing.geometry.progress import Reporter  # noqa: PLC0415

    crew = Crew(2)

    def measure(path: Path) -> dict[str, Any]:
        with path.open("rb") as file:
            analysis = analyse(file, unit=None, limits=Limits(), reporter=Reporter(lambda _: None), crew=crew)
        return {
            "triangles": analysis.triangles,
            "box_mm": analysis.bounding_box.size_mm,
            "volume_mm3": analysis.volume_mm3,
            "area_mm2": analysis.area_mm2,
            "watertight": analysis.watertight,
            "components": analysis.components,
        }

    return measure


def trimesh() -> Callable[[Path], dict[str, Any]]:
    """Return trimesh."""
    from trimesh import load_mesh  # noqa: PLC0415 - as above

    def measure(path: Path) -> dict[str, Any]:
        mesh = load_mesh(path)
        return {
            "triangles": len(mesh.faces),
            "box_mm": mesh.extents.tolist(),
            "volume_mm3": float(mesh.volume),
            "area_mm2": float(mesh.area),
            "watertight": bool(mesh.is_watertight),
            "components": int(mesh.body_count),
        }

    return measure


def numpy_stl() -> Callable[[Path], dict[str, Any]]:
    """Return numpy-stl, which knows neither parts nor whether they are consistently wound."""
    mesh_class = importlib.import_module("stl.mesh").Mesh

    def measure(path: Path) -> dict[str, Any]:
        mesh = mesh_class.from_file(str(path))
        volume, *_ = mesh.get_mass_properties()
        return {
            "triangles": len(mesh.vectors),
            "box_mm": (mesh.max_ - mesh.min_).tolist(),
            "volume_mm3": float(volume),
            "area_mm2": float(mesh.areas.sum()),
            "watertight": bool(mesh.is_closed(exact=True)),
            "components": None,
        }

    return measure


def reading() -> Callable[[Path], dict[str, Any]]:
    """Return what nobody can be quicker than: reading the bytes."""

    def measure(path: Path) -> dict[str, Any]:
        buffer = bytearray(_BLOCK_BYTES)
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass
        return {}

    return measure


SUBJECTS = {"engine": engine, "trimesh": trimesh, "numpy-stl": numpy_stl, "reading": reading}


def main(name: str, path: Path, small: Path) -> None:
    """Measure and print."""
    measure = SUBJECTS[name]()
    measure(small)
    small_s, small_cpu_s, _ = _quickest(measure, small)
    wall_s, cpu_s, answer = _quickest(measure, path)
    print(
        json.dumps(
            {
                "wall_s": max(wall_s - small_s, 0.0),
                "cpu_s": max(cpu_s - small_cpu_s, 0.0),
                "peak_bytes": _peak_bytes(),
                "answer": answer,
            }
        )
    )


def _quickest(measure: Callable[[Path], dict[str, Any]], path: Path) -> tuple[float, float, dict[str, Any]]:
    """Return seconds, processor seconds and the answer of the quickest of several runs, as many as are cheap."""
    runs: list[tuple[float, float, dict[str, Any]]] = []
    while len(runs) < _RUNS and sum(wall_s for wall_s, *_ in runs) < _CHEAP_S:
        began, cpu_began = time.perf_counter(), time.process_time()
        answer = measure(path)
        runs.append((time.perf_counter() - began, time.process_time() - cpu_began, answer))
    return min(runs, key=lambda run: run[0])


def _peak_bytes() -> int:
    """Return the most memory that this program held: `getrusage` would count the parent's before the exec."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * _KIBIBYTE


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
