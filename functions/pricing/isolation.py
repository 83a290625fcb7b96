"""Analysis of files that nobody vouches for, in a child process that may die without taking anything with it."""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alexandrite.domain.models import Analysis, Unit
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Progress, Stage
from pricing.geometry.refusals import ModelRefused

__all__ = ["Analysis", "Limits", "ModelRefused", "Nursery", "Progress", "Stage", "analyse_file"]

_ANSWER_BYTES = 1 << 16
_LONGEST_ANSWER_BYTES = 1 << 20
_WARDEN_GRACE_S = 5.0  # the warden ends a hung child; only if it has died itself do we stop waiting without it


class Nursery:
    """A process that forks a child per file; started when first needed, and again if it dies. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def start(self) -> None:
        """Warm up: imports take a second that the first file need not wait for."""
        with self._lock:
            self._running()

    def analyse_file(
        self, path: Path, *, unit: str | None, limits: Limits, progress: Callable[[Progress], None]
    ) -> Analysis:
        """Analyse the file at `path` in a child under `limits`.

        Args:
            path: the file; its name says nothing about its format.
            unit: what the uploader declares (`um`, `mm`, `cm`, `m`, `in`, `ft`), None to believe the file or assume
                millimetres.
            limits: what the file may ask for.
            progress: called a few times per second from the calling thread; if it raises, the child is killed and the
                exception passes on, which is how an analysis is called off.

        Raises:
            ModelRefused: any code of the engine; `unit.unknown`; `limits.memory`, `limits.cpu_time` and
                `limits.wall_time` for a child that outgrew them; `engine.died` and `engine.failed` for one that ended
                otherwise.
            OSError: the file cannot be opened.
        """
        if unit is not None and unit not in set(Unit):
            raise ModelRefused("unit.unknown", f"{unit[:40]!r} is no unit of length that we know")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limits.file_bytes:
                raise ModelRefused("limits.file_size", f"{size} bytes; at most {limits.file_bytes} are read")
            answers = self._send({"unit": unit, "limits": asdict(limits)}, file.fileno())
        try:
            return _await_analysis(answers, progress, limits, size)
        finally:
            os.close(answers)

    def stop(self) -> None:
        """End the nursery; running analyses end as `engine.died`."""
        with self._lock:
            if self._control is not None:
                self._control.close()
            if self._process is not None and self._owner == os.getpid():
                self._process.wait(timeout=10)
            self._control = self._process = None

    def _send(self, job: dict[str, Any], model: int) -> int:
        ours, theirs = os.pipe()
        try:
            with self._lock:
                socket.send_fds(self._running(), [json.dumps(job).encode()], [model, theirs])
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return ours

    def _running(self) -> socket.socket:
        alive = self._process is not None and self._owner == os.getpid() and self._process.poll() is None
        if self._control is None or not alive:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [sys.executable, "-P", "-m", "pricing.nursery", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env=_clean_environment(),
                    cwd="/",
                )
            self._control = ours
            self._owner = os.getpid()
        return self._control


def _clean_environment() -> dict[str, str]:
    """Return what the engine needs to run, and no variable that could hold a secret."""
    paths = [os.path.abspath(path) for path in sys.path]
    return {"PYTHONPATH": os.pathsep.join(paths), "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}


def _await_analysis(answers: int, progress: Callable[[Progress], None], limits: Limits, size: int) -> Analysis:
    outcome: dict[str, Any] = {}
    for message in _messages(answers, time.monotonic() + limits.wall_for(size) + _WARDEN_GRACE_S):
        if isinstance(message, Progress):
            progress(message)
        else:
            outcome |= message
    if "analysis" in outcome:
        try:
            return Analysis.model_validate_json(json.dumps(outcome["analysis"]))
        except ValidationError as nonsense:
            raise ModelRefused("engine.died", "the engine's answer is no analysis") from nonsense
    refused = outcome.get("refused")
    if isinstance(refused, dict):
        raise ModelRefused(str(refused.get("code")), str(refused.get("detail")))
    raise _explain_end(outcome.get("ended"), limits, size)


def _messages(answers: int, deadline: float) -> Iterator[Progress | dict[str, Any]]:
    """Yield what the child and its warden say until both are gone; believe nothing that is malformed or too late."""
    readable = select.poll()
    readable.register(answers, select.POLLIN)
    rest = b""
    while readable.poll(max(0.0, deadline - time.monotonic()) * 1000):
        chunk = os.read(answers, _ANSWER_BYTES)
        *lines, rest = (rest + chunk).split(b"\n")
        if not chunk or len(rest) > _LONGEST_ANSWER_BYTES:
            return
        for line in lines:
            try:
                message = json.loads(line)
                if "progress" in message:
                    message = _progress(message["progress"])
            except (ValueError, KeyError, TypeError):
                return
            yield message


def _progress(told: dict[str, Any]) -> Progress:
    eta_s = told["eta_s"]
    return Progress(Stage(told["stage"]), float(told["done"]), None if eta_s is None else float(eta_s))


def _explain_end(ended: dict[str, Any] | None, limits: Limits, size: int) -> ModelRefused:
    if ended is None:
        return ModelRefused("engine.died", "the engine died before it could say why")
    if ended["hung"]:
        return ModelRefused("limits.wall_time", f"no result after {limits.wall_for(size):.0f} s")
    if ended["cpu_s"] >= limits.cpu_for(size):
        return ModelRefused("limits.cpu_time", f"no result after {ended['cpu_s']:.0f} s of processor time")
    return ModelRefused("engine.died", f"the engine was ended by signal {ended['signal']}")


_nursery = Nursery()
atexit.register(_nursery.stop)


def analyse_file(path: Path, *, unit: str | None, limits: Limits, progress: Callable[[Progress], None]) -> Analysis:
    """Analyse a file in a child of this process's nursery; see `Nursery.analyse_file`."""
    return _nursery.analyse_file(path, unit=unit, limits=limits, progress=progress)
