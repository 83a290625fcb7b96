"""Fargate tasks as processes.

The emulator starts the containers of ECS tasks through a Docker client. `Processes` has the part of that client's
surface it uses, and runs a command in place of an image: images are known by the last part of their repository name.
"""

import os
import secrets
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ministack.services import ecs

# A container reaches its host by this name; a process is on it.
_DOCKER_HOST = "host.docker.internal"


class ImageUnknownError(LookupError):
    """No command stands for this image."""


class Container:
    """A process with the face of a container."""

    def __init__(self, name: str, labels: Mapping[str, str], process: subprocess.Popen[bytes], log: Path) -> None:
        self.id = secrets.token_hex(32)
        self.name = name
        self.labels = dict(labels)
        self.attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {}}, "State": {}}
        self._process = process
        self._log = log

    @property
    def status(self) -> str:
        """`running` or `exited`."""
        return "running" if self._process.poll() is None else "exited"

    def reload(self) -> None:
        """Nothing is cached."""

    def wait(self) -> dict[str, int]:
        """Wait for the end; `StatusCode` follows the shell: 128 + signal for a killed process."""
        code = self._process.wait()
        return {"StatusCode": 128 - code if code < 0 else code}

    def stop(self, timeout: float = 10) -> None:
        """SIGTERM, and SIGKILL when the process is still there after `timeout` seconds."""
        if self._process.poll() is not None:
            return
        self.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        self._process.terminate()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def remove(self, *, v: bool = False, force: bool = False) -> None:  # noqa: ARG002 - Docker's parameter names
        """Forget the container, killing it first when forced."""
        if force:
            self.kill()

    def logs(self, *, stream: bool = False, follow: bool = False, tail: int | None = None, **_: Any) -> Any:
        """The output so far, or its lines as they come when `stream` and `follow` are set."""
        if stream and follow:
            return self._follow()
        content = self._log.read_bytes()
        return content if tail is None else b"".join(content.splitlines(keepends=True)[-tail:])

    def _follow(self) -> Iterator[bytes]:
        ended = threading.Event()
        with self._log.open("rb") as log:
            while True:
                line = log.readline()
                if line:
                    yield line
                elif ended.is_set():
                    return
                elif self._process.poll() is not None:
                    ended.set()  # one more turn: the last lines may have come since
                else:
                    ended.wait(0.1)


class _Containers:
    def __init__(self, commands: Mapping[str, Sequence[str]], directory: Path) -> None:
        self._commands = commands
        self._directory = directory
        self._containers: dict[str, Container] = {}
        self.closed = False

    def run(self, image: str, *, name: str, environment: Mapping[str, str], **options: Any) -> Container:
        command = self._commands.get(_repository(image))
        if command is None:
            raise ImageUnknownError(f"no local command stands for the image {image}")
        if self.closed:
            raise RuntimeError("the local cloud is stopping")
        log = self._directory / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*command, *(options.get("command") or [])],
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        container = Container(name, options.get("labels") or {}, process, log)
        self._containers[container.id] = container
        return container

    def get(self, identifier: str) -> Container:
        try:
            return self._containers[identifier]
        except KeyError:
            raise LookupError(f"no such container: {identifier}") from None

    def list(self, **_: Any) -> list[Container]:
        return [container for container in self._containers.values() if container.status == "running"]


class _Images:
    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        self._commands = commands

    def get(self, image: str) -> "_Images":
        if _repository(image) not in self._commands:
            raise ImageUnknownError(f"no local command stands for the image {image}")
        return self

    def pull(self, image: str, **_: Any) -> "_Images":
        return self.get(image)

    def tag(self, *_: Any, **__: Any) -> bool:
        return True

    def get_registry_data(self, image: str, **_: Any) -> Any:
        raise LookupError(f"there is no registry to ask about {image}")


class Processes:
    """The Docker client the emulator sees."""

    def __init__(self, commands: Mapping[str, Sequence[str]], directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.containers = _Containers(commands, directory)
        self.images = _Images(commands)

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM to all, then SIGKILL to whoever is left after the grace period."""
        self.containers.closed = True
        running = self.containers.list()
        for container in running:
            container.terminate()
        for container in running:
            container.stop(grace_seconds)


def _repository(image: str) -> str:
    """`registry/team/pricing:tag@digest` -> `pricing`."""
    return image.split("@", maxsplit=1)[0].rsplit("/", 1)[-1].split(":", maxsplit=1)[0]


def _environment(task: Mapping[str, str]) -> dict[str, str]:
    # No role provider runs here: the task signs with the account, as the functions do.
    credentials = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    given = {name: value.replace(_DOCKER_HOST, "127.0.0.1") for name, value in task.items()}
    for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        given.pop(name, None)
    return {**inherited, **credentials, **given}


def install(commands: Mapping[str, Sequence[str]], directory: Path) -> Processes:
    """Let the emulator run `commands` (image name -> program and arguments), output kept under `directory`."""
    processes = Processes(commands, directory)
    ecs._docker = processes
    return processes
