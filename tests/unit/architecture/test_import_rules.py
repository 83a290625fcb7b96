"""Who may import whom; the contracts themselves stand in pyproject.toml."""

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PYPROJECT = ROOT / "pyproject.toml"
DOMAIN = ROOT / "layers" / "alexandrite" / "domain"

# Parts of the standard library whose answers depend on more than their arguments.
IMPURE = frozenset({"io", "os", "pathlib", "random", "secrets", "shutil", "socket", "subprocess", "tempfile", "uuid"})
CLOCKS = frozenset({"now", "today", "utcnow", "time", "monotonic", "getenv", "open"})


def modules_of_the_domain() -> list[Path]:
    return sorted(DOMAIN.rglob("*.py"))


def imported(source: ast.AST) -> Iterator[str]:
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            yield node.module or ""


def test_the_contracts_are_kept() -> None:
    # in a process of its own: it configures logging for itself and silences every logger that exists
    program = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run(
        [program, "--config", PYPROJECT, "--no-cache", "--no-logo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(("layers", "functions", "."))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_function_is_under_contract() -> None:
    contracts = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    independent = next(contract["modules"] for contract in contracts if contract["type"] == "independence")
    assert sorted(independent) == sorted(
        folder.name for folder in (ROOT / "functions").iterdir() if (folder / "__init__.py").exists()
    )


@pytest.mark.parametrize("module", modules_of_the_domain(), ids=lambda path: str(path.relative_to(DOMAIN)))
def test_the_domain_imports_the_standard_library_and_pydantic_only(module: Path) -> None:
    for name in imported(ast.parse(module.read_text(encoding="utf-8"))):
        package = name.partition(".")[0]
        own = name == "alexandrite.domain" or name.startswith("alexandrite.domain.")
        assert own or package == "pydantic" or package in sys.stdlib_module_names - IMPURE, name


@pytest.mark.parametrize("module", modules_of_the_domain(), ids=lambda path: str(path.relative_to(DOMAIN)))
def test_the_domain_asks_no_clock_and_no_environment(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "time" and node.args:
                continue  # a time of day, written out
            assert called not in CLOCKS, f"{module.name}:{node.lineno} calls {called}()"
