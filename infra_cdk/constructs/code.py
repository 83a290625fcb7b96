"""The code of the functions and their layers, packed without Docker."""

import compileall
import os
import py_compile
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, IgnoreMode, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

ROOT = Path(__file__).resolve().parent.parent.parent
RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.X86_64

# One architecture for functions and tasks: embreex, which the pricing image may use, has no wheels for aarch64.
_LAMBDA_PLATFORM = "x86_64-manylinux_2_28"

# A machine that is not Linux on x86_64 sets this to "host" to run the functions itself. It enters the hash of the
# asset, so that the host's packages can never be taken for Lambda's.
_PLATFORM_VARIABLE = "ALEXANDRITE_LAYER_PLATFORM"

# Chalice's packager depends on these; the Chalice object that handles requests imports none of them.
_PACKAGER_ONLY = ("pip", "setuptools", "wheel", "inquirer", "blessed", "wcwidth", "readchar", "editor", "runs", "xmod")

_NOT_SOURCES = ["**/__pycache__", "**/*.pyc", "**/.*"]


@cache
def _uv() -> str:
    found = subprocess.run(  # noqa: S603 - our own script
        [str(ROOT / "scripts" / "find-uv")], capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


def _compile(directory: Path) -> None:
    """Compile to byte code that is never checked against its source.

    An asset's archive has no times, so byte code bound to them would be thrown away at every cold start; and a
    function cannot write its own.
    """
    compiled = compileall.compile_dir(
        directory,
        quiet=2,
        stripdir=str(directory),
        prependdir="/opt",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise RuntimeError(f"not everything in {directory} compiles")


@jsii.implements(ILocalBundling)
class _Dependencies:
    """Installs the locked packages for Lambda's platform, from wheels and with checked hashes only."""

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        target = Path(output_dir) / "python"
        platform = os.environ.get(_PLATFORM_VARIABLE, _LAMBDA_PLATFORM)
        subprocess.run(  # noqa: S603 - our own tool
            [
                _uv(),
                "pip",
                "install",
                "--quiet",
                "--target",
                str(target),
                *([] if platform == "host" else ["--python-platform", platform]),
                "--python-version",
                "3.13",
                "--only-binary",
                ":all:",
                "--require-hashes",
                "--requirement",
                str(ROOT / "requirements" / "layer.txt"),
            ],
            check=True,
        )
        for package in _PACKAGER_ONLY:
            for leftover in (target / package, *target.glob(f"{package}-*.dist-info")):
                shutil.rmtree(leftover, ignore_errors=True)
        shutil.rmtree(target / "bin", ignore_errors=True)
        _compile(target)
        return True


@jsii.implements(ILocalBundling)
class _Package:
    """Puts a package where Lambda looks for it."""

    def __init__(self, package: Path) -> None:
        self._package = package

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        target = Path(output_dir) / "python"
        shutil.copytree(
            self._package, target / self._package.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
        )
        _compile(target)
        return True


def _bundling(local: ILocalBundling) -> BundlingOptions:
    return BundlingOptions(
        # Never pulled: the local bundling does all of it, or fails.
        image=DockerImage.from_registry("unused.invalid/bundling"),
        local=local,
        # Part of the asset's hash.
        environment={"PLATFORM": os.environ.get(_PLATFORM_VARIABLE, _LAMBDA_PLATFORM)},
    )


class Layers(Construct):
    """The shared package and the third-party packages.

    Each stack has its own: the ARN of a layer changes with every version, and an export that another stack uses
    cannot change.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        alexandrite = lambda_.LayerVersion(
            self,
            "Alexandrite",
            code=lambda_.Code.from_asset(
                str(ROOT / "layers" / "alexandrite"),
                exclude=_NOT_SOURCES,
                ignore_mode=IgnoreMode.GLOB,
                asset_hash_type=AssetHashType.SOURCE,
                bundling=_bundling(_Package(ROOT / "layers" / "alexandrite")),
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description="The package alexandrite",
        )
        dependencies = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=lambda_.Code.from_asset(
                str(ROOT / "requirements"),
                exclude=["*", "!layer.txt"],
                ignore_mode=IgnoreMode.GIT,
                asset_hash_type=AssetHashType.SOURCE,
                bundling=_bundling(_Dependencies()),
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description="Third-party packages, from requirements/layer.txt",
        )
        self.versions = [alexandrite, dependencies]


def folder_code(folder: str) -> lambda_.Code:
    """`functions/<folder>` as a package of its own name, so that a handler reads `shop.app.app`."""
    return lambda_.Code.from_asset(
        str(ROOT / "functions"),
        exclude=["/*", f"!/{folder}", "__pycache__", "*.pyc", "Dockerfile*", ".*"],
        ignore_mode=IgnoreMode.GIT,
        asset_hash_type=AssetHashType.SOURCE,
    )
