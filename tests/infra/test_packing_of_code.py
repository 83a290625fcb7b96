"""The layers as functions get them: complete, compiled, and nothing but what they need."""

import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Stack

from infra_cdk.constructs.code import Layers, folder_code


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    directory = tmp_path_factory.mktemp("layers")
    app = App(outdir=str(directory))
    Layers(Stack(app, "Packed"), "Layers")
    app.synth()
    return sorted(path / "python" for path in directory.glob("asset.*") if (path / "python").is_dir())


def test_a_bare_interpreter_with_the_layers_alone_imports_what_functions_import(layers: list[Path]) -> None:
    program = f"import sys; sys.path[:0] = {[str(path) for path in layers]!r}\n" + (
        "import aws_lambda_powertools.utilities.batch, boto3, chalice, pydantic, alexandrite.store.dynamodb, "
        "alexandrite.telemetry, alexandrite.http.audiences"
    )
    answer = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_cold_starts_find_byte_code_that_needs_no_source_to_be_valid(layers: list[Path]) -> None:
    compiled = [path for layer in layers for path in layer.rglob("*.pyc")]
    assert len(compiled) > 500
    # PEP 552: the second word of the header is 0b01 for a hash that is not checked.
    assert {path.read_bytes()[4:8] for path in compiled[::50]} == {b"\x01\0\0\0"}


def test_the_layers_leave_room_under_lambdas_limit_and_carry_no_packager(layers: list[Path]) -> None:
    size = sum(path.stat().st_size for layer in layers for path in layer.rglob("*") if path.is_file())
    assert size < 150 * 2**20  # of 250 MB with the function
    names = {path.name for layer in layers for path in layer.iterdir()}
    assert not names & {"pip", "setuptools", "numpy", "scipy", "trimesh", "aws_xray_sdk"}


def test_a_function_carries_its_own_folder_and_no_other(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    folder_code("orders").bind(Stack(app, "Packed"))
    app.synth()
    (asset,) = tmp_path.glob("asset.*")
    assert [path.name for path in asset.iterdir()] == ["orders"]
    assert (asset / "orders" / "relay.py").is_file()
    assert not list(asset.rglob("__pycache__"))
