"""What this machine needs for the local cloud, and what to do where it is missing."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from local.cloud import LocalCloud
from local.deployment import CDK
from local.emulator.settings import HOST
from local.processes import ROOT

_OLDEST_NODE = 20
_LEAST_FREE_BYTES = 2 * 1024**3

# The adaptations are made to this version and tested against it.
_EMULATOR = "1.5.33"


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `advice` says what to do when it is not well."""

    subject: str
    well: bool
    found: str
    advice: str = ""


def examine(cloud: LocalCloud) -> Iterator[Finding]:
    """Look at everything, in the order in which things are needed."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = (ROOT / ".python-version").read_text().strip()
    yield Finding("Python", python == wanted, python, f"make setup installs {wanted}")
    yield _node()
    yield Finding("CDK command line", CDK.exists(), str(CDK.relative_to(ROOT)), "make setup installs it")
    yield _emulator()
    free = shutil.disk_usage(ROOT).free
    yield Finding("Disk", free > _LEAST_FREE_BYTES, f"{free // 1024**2} MiB free", "the cloud keeps files and layers")
    for service, port in ((cloud.emulator, cloud.gateway_port), (cloud.origin, cloud.origin_port)):
        number = service.running()
        if number:
            yield Finding(f"Port {port}", well=True, found=f"{service.name}, process {number}")
        else:
            yield _port(port, "alexandrite up --port … --gateway-port … takes others")
    yield Finding(
        "Last run",
        not cloud.ended_uncleanly(),
        "ended uncleanly" if cloud.ended_uncleanly() else "nothing was lost",
        "what it did since its last clean stop is lost; alexandrite up --fresh begins from nothing",
    )


def _node() -> Finding:
    version = _answer(["node", "--version"])
    well = version is not None and int(version.lstrip("v").split(".")[0]) >= _OLDEST_NODE
    return Finding("Node", well, version or "missing", f"install Node {_OLDEST_NODE} or newer")


def _emulator() -> Finding:
    version = metadata.version("ministack")
    return Finding("Emulator", version == _EMULATOR, version, f"make setup installs {_EMULATOR}")


def _port(port: int, advice: str) -> Finding:
    with socket.socket() as probe:
        taken = probe.connect_ex((HOST, port)) == 0
    return Finding(f"Port {port}", not taken, "taken by another program" if taken else "free", advice)


def _answer(command: list[str]) -> str | None:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
