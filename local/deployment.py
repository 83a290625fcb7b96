"""From the sources of the template to stacks on the emulator, by the CDK command line and nothing else."""

import fcntl
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from local.emulator.settings import ACCOUNT, REGION, inherited
from local.processes import ROOT

CDK = ROOT / "node_modules" / ".bin" / "cdk"

# Everything a change of which may change the assembly.
SOURCES = ("infra_cdk", "functions", "layers", "statemachines", "cdk.json", "requirements/layer.txt")

# Outputs that CDK adds where one stack uses another's resource.
_BETWEEN_STACKS = "ExportsOutput"

_IGNORED_PARTS = {"__pycache__", ".mypy_cache", ".ruff_cache"}


class DeploymentError(RuntimeError):
    """Synthesis or deployment failed; carries what the tool said."""


def _files(sources: tuple[str, ...]) -> Iterator[Path]:
    for source in sources:
        path = ROOT / source
        candidates = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in candidates:
            if file.is_file() and not _IGNORED_PARTS.intersection(file.parts):
                yield file


def sources_hash(sources: tuple[str, ...] = SOURCES) -> str:
    """A digest over names and contents of the sources."""
    digest = hashlib.sha256()
    for file in _files(sources):
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _layer_platform() -> dict[str, str]:
    """Layers hold Lambda's packages; where those do not run, the host's own."""
    lambdas_own = sys.platform == "linux" and platform.machine() == "x86_64"
    return {} if lambdas_own else {"ALEXANDRITE_LAYER_PLATFORM": "host"}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two programs do not write one folder at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: list[str], variables: Mapping[str, str], log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        code = subprocess.run(
            command,
            cwd=ROOT,
            env={
                **inherited(os.environ),
                "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
                "CDK_DISABLE_CLI_TELEMETRY": "true",
                "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("layers", "functions", ".")),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        raise DeploymentError(f"{Path(command[0]).name} ended with {code} ({log}):\n{end}")


def synthesise(build: Path = ROOT / "build") -> Path:
    """The cloud assembly of the sources as they are now, synthesised only if they changed; 8-25 s when they did."""
    assembly, mark = build / "assembly", build / "assembly.sha256"
    with _alone(build / "assembly.lock"):
        current = sources_hash()
        if assembly.exists() and mark.exists() and mark.read_text() == current:
            return assembly
        mark.unlink(missing_ok=True)
        context = json.loads((ROOT / "cdk.json").read_text()).get("context", {})
        _run(
            [sys.executable, "-m", "infra_cdk.app"],
            {
                "CDK_OUTDIR": str(assembly),
                "CDK_CONTEXT_JSON": json.dumps(context),
                "CDK_DEFAULT_ACCOUNT": ACCOUNT,
                "CDK_DEFAULT_REGION": REGION,
                **_layer_platform(),
            },
            build / "synthesis.log",
        )
        mark.write_text(current)
    return assembly


def local_stacks(assembly: Path) -> list[str]:
    """The stacks that run here: all but the edge, whose work the origin does."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = [name for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"]
    return [name for name in stacks if not name.endswith("-Edge")]


@dataclass(frozen=True)
class Deployment:
    """The stacks of one cloud."""

    directory: Path
    environment: Mapping[str, str]

    @property
    def _outputs(self) -> Path:
        return self.directory / "outputs.json"

    def outputs(self) -> Mapping[str, str]:
        """The outputs of all stacks under their own names; empty before the first deployment."""
        if not self._outputs.exists():
            return {}
        stacks = json.loads(self._outputs.read_text())
        named = {name: value for stack in stacks.values() for name, value in stack.items()}
        return {name: value for name, value in named.items() if not name.startswith(_BETWEEN_STACKS)}

    def deploy(self, assembly: Path) -> Mapping[str, str]:
        """Bootstrap and deploy every stack of the assembly, unless just that was done; returns the outputs."""
        digest = _content_hash(assembly)
        if self._done.exists() and self._done.read_text() == digest:
            return self.outputs()
        variables = {**self.environment, "CI": "true", "NO_COLOR": "1"}
        _run(
            [str(CDK), "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", str(assembly)],
            variables,
            self.directory / "bootstrap.log",
        )
        self.forget()
        options = {
            "--app": str(assembly),
            "--require-approval": "never",
            "--outputs-file": str(self._outputs),
            "--method": "direct",
            "--progress": "events",
        }
        _run(
            [str(CDK), "deploy", *local_stacks(assembly), "--exclusively", *chain.from_iterable(options.items())],
            variables,
            self.directory / "deploy.log",
        )
        self._done.write_text(digest)
        return self.outputs()

    @property
    def _done(self) -> Path:
        return self.directory / "deployed.sha256"

    def forget(self) -> None:
        """Deploy everything at the next opportunity: the emulator may not hold what was deployed to it last."""
        self._done.unlink(missing_ok=True)


def _content_hash(assembly: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(assembly.glob("*.json")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def main() -> None:
    """`python -m local.deployment`: synthesise if needed and say where the assembly is."""
    print(synthesise())


if __name__ == "__main__":
    main()
