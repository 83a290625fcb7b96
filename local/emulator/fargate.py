"""Fargate tasks as processes.

The emulator starts the containers of ECS tasks through a Docker client. `Processes` has the part of that client's
surface it uses, and runs the task's command here: images are known by the last part of their repository name.
"""

import os
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ministack.services import ecs

# A container reaches its host by this name; a process is on it.
_DOCKER_HOST = "host.docker.internal"

_restored: list[Callable[[], None]] = []

_LOOKED_BACK_SECONDS = 120.0
_LONGEST_PAUSE_SECONDS = 15.0


class ImageUnknownError(LookupError):
    """Nothing here stands for this image."""


@dataclass(frozen=True)
class Image:
    """What an image brings along: variables, and the command when a task names none."""

    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()


def images(described: Mapping[str, Mapping[str, Any]]) -> dict[str, Image]:
    """Images from plain data: repository name -> `{"environment": {…}, "command": […]}`."""
    return {name: Image(**each) for name, each in described.items()}


class Container:
    """A process with the face of a container."""

    def __init__(
        self, name: str, image: str, labels: Mapping[str, str], process: subprocess.Popen[bytes], log: Path
    ) -> None:
        self.id = secrets.token_hex(32)
        self.name = name
        self.image = image
        self.started_at = time.monotonic()
        self.labels = dict(labels)
        self.attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {}}, "State": {}}
        self._process = process
        self._log = log
        self._stopped = False

    @property
    def status(self) -> str:
        """`running` or `exited`."""
        return "running" if self._process.poll() is None else "exited"

    def failed(self) -> bool:
        """Whether it ended by itself, and not well."""
        return bool(self._process.poll()) and not self._stopped

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
        self._stopped = True
        self._process.terminate()

    def kill(self) -> None:
        """SIGKILL."""
        self._stopped = True
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
    def __init__(self, known: Mapping[str, Image], directory: Path) -> None:
        self._images = known
        self._directory = directory
        self._containers: dict[str, Container] = {}
        self.closed = False

    def run(self, image: str, *, name: str, environment: Mapping[str, str], **options: Any) -> Container:
        found = _found(self._images, image)
        if self.closed:
            # A replacement of a task that was ended for good: an error would only be tried again, and again.
            threading.Event().wait()
        time.sleep(self._pause(image))
        log = self._directory / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(options.get("command") or found.command),
                env=_environment(found.environment, environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        container = Container(name, image, options.get("labels") or {}, process, log)
        self._containers[container.id] = container
        return container

    def _pause(self, image: str) -> float:
        """Seconds to wait before one more start of an image that keeps failing, as ECS throttles such services."""
        since = time.monotonic() - _LOOKED_BACK_SECONDS
        recent = [each for each in self._containers.values() if each.image == image and each.started_at > since]
        failed = sum(each.failed() for each in recent)
        return min(0.1 * 2**failed, _LONGEST_PAUSE_SECONDS) if failed else 0.0

    def get(self, identifier: str) -> Container:
        try:
            return self._containers[identifier]
        except KeyError:
            raise LookupError(f"no such container: {identifier}") from None

    def list(self, **_: Any) -> list[Container]:
        return [container for container in self._containers.values() if container.status == "running"]


class _Images:
    def __init__(self, known: Mapping[str, Image]) -> None:
        self._images = known

    def get(self, image: str) -> "_Images":
        _found(self._images, image)
        return self

    def pull(self, image: str, **_: Any) -> "_Images":
        return self.get(image)

    def tag(self, *_: Any, **__: Any) -> bool:
        return True

    def get_registry_data(self, image: str, **_: Any) -> Any:
        raise LookupError(f"there is no registry to ask about {image}")


class Processes:
    """The Docker client the emulator sees."""

    def __init__(self, known: Mapping[str, Image], directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.containers = _Containers(known, directory)
        self.images = _Images(known)

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM to all, then SIGKILL to whoever is left after the grace period."""
        self.containers.closed = True
        running = self.containers.list()
        for container in running:
            container.terminate()
        for container in running:
            container.stop(grace_seconds)


def _found(known: Mapping[str, Image], image: str) -> Image:
    """`registry/team/pricing:tag@digest` is known as `pricing`."""
    repository = image.split("@", maxsplit=1)[0].rsplit("/", 1)[-1].split(":", maxsplit=1)[0]
    if repository not in known:
        raise ImageUnknownError(f"nothing here stands for the image {image}")
    return known[repository]


def _environment(image: Mapping[str, str], task: Mapping[str, str]) -> dict[str, str]:
    machine = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    # No role provider runs here: the task signs with the account, as the functions do.
    account = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    given = {name: value.replace(_DOCKER_HOST, "127.0.0.1") for name, value in task.items()}
    for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        given.pop(name, None)
    return {**machine, **account, **image, **given}


def _wait_for_restored_services() -> None:
    """The emulator relaunches restored tasks while it still restores what they need: their log groups, for one."""
    _restored.append(ecs._start_restored_service_reconciler)
    ecs._start_restored_service_reconciler = lambda: None


def relaunch() -> None:
    """Start the tasks of restored services."""
    for begin in _restored:
        begin()
    _restored.clear()


def install(known: Mapping[str, Image], directory: Path) -> Processes:
    """Let the emulator run tasks of the known images as processes, their output kept under `directory`."""
    processes = Processes(known, directory)
    ecs._docker = processes
    _wait_for_restored_services()
    return processes
