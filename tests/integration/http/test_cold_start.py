"""What a cold start of each API function costs, and what none of them may import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 0.7

# CPU time of the import alone, of this process: other work on the machine does not count.
MEASURE = """
import json, resource, sys
def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
before = used()
import {module}
print(json.dumps({{"cpu_s": used() - before, "modules": sorted(sys.modules)}}))
"""


def cold_import(module: str) -> tuple[float, set[str]]:
    """Import `module` in a process of its own; return the CPU seconds it took, and all modules that are loaded."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.format(module=module)],
        env={"PYTHONPATH": f"{ROOT / 'layers'}:{ROOT / 'functions'}", "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    measured = json.loads(done.stdout)
    return measured["cpu_s"], set(measured["modules"])


@pytest.mark.parametrize("module", ["shop.app", "crm.app", "mes.app", "authorizer.partners"])
def test_a_function_is_imported_within_its_budget_and_without_what_it_does_not_need(module: str) -> None:
    _, modules = cold_import(module)  # compiles what is not compiled yet, too
    assert modules.isdisjoint({"aws_xray_sdk", "trimesh", "numpy", "scipy", "numba", "pandas", "hypothesis"})
    # a busy machine slows single runs and never speeds one up: the fastest of three counts
    assert any(cold_import(module)[0] < LIMIT_S for _ in range(3))
