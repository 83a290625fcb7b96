"""Lambda functions as they run on AWS: with nothing but the interpreter, their code and their layers.

The emulator runs handlers with its own interpreter, so that a package missing in a layer is found in the development
environment, and unpacks every layer again for each worker. Here a worker runs the bare interpreter, and a layer is
unpacked once, by content, into a folder all workers share.
"""

import hashlib
import io
import os
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_SITE_PACKAGES = f"python/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


def _bare_interpreter(directory: Path) -> str:
    """A command that starts Python without site-packages and without the caller's `PYTHON…` variables."""
    launcher = directory / "lambda-python"
    interpreter = getattr(sys, "_base_executable", sys.executable)
    launcher.write_text(f'#!/bin/sh\nexec "{interpreter}" -I -S "$@"\n')
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    return str(launcher)


def _unpacked(layers: Path, content: bytes) -> Path:
    """The folder of a layer's content, unpacked at its first use."""
    folder = layers / hashlib.sha256(content).hexdigest()[:32]
    if folder.exists():
        return folder
    unfinished = layers / f".{folder.name}-{os.getpid()}"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(unfinished)
    try:
        unfinished.rename(folder)
    except OSError:  # another worker was first
        if not folder.exists():
            raise
    return folder


def _pointer_to(folder: Path) -> bytes:
    """A layer archive whose only content sends the import system to a shared folder."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr(f"{_SITE_PACKAGES}/layer.pth", f"{folder / 'python'}\n")
    return archive.getvalue()


def _share_layers(layers: Path) -> None:
    resolve = lambda_svc._resolve_layer_zip

    def resolve_layer_zip(reference: Any) -> bytes | None:
        content = resolve(reference)
        return _pointer_to(_unpacked(layers, content)) if content else content

    lambda_svc._resolve_layer_zip = resolve_layer_zip


def install(directory: Path) -> None:
    """Run workers bare, and keep unpacked layers under `directory/layers`."""
    layers = directory / "layers"
    layers.mkdir(parents=True, exist_ok=True)
    interpreter = _bare_interpreter(directory)
    detect = lambda_runtime._detect_runtime_binary

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (interpreter if binary == sys.executable else binary), script

    lambda_runtime._detect_runtime_binary = detect_runtime_binary
    _share_layers(layers)
