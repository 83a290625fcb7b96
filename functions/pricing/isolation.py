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
from alexandrite.domain.values import Value
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Progress, Stage
from pricing.geometry.refusals import ModelRefused

__all__ = ["Analysis", "Limits", "ModelRefused", "Nursery", "Progress", "Stage", "analyse_file"]

# Where compiled kernels are kept and what processor they are compiled for; no variable of ours holds a secret there.
_PASSED_ON = ("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")

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

    @property
    def pid(self) -> int | None:
        """The id of the nursery's process, None while there is none."""
        return None if self._process is None or self._process.poll() is not None else self._process.pid

    def start(self) -> None:
        """Warm up: imports and kernels take seconds that the first file need not wait for.

        Raises:
            ModelRefused: `engine.died`: it did not start.
        """
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
            if not ours.recv(_ANSWER_BYTES):
                ours.close()
                raise ModelRefused("engine.died", "the engine did not start")
            self._control = ours
            self._owner = os.getpid()
        return self._control


def _clean_environment() -> dict[str, str]:
    """Return what the engine needs to run, and no variable that could hold a secret."""
    paths = [os.path.abspath(path) for path in sys.path]
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {"PYTHONPATH": os.pathsep.join(paths), "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"} | passed_on


class _Refused(Value):
    code: str
    detail: str


class _Ended(Value):
    hung: bool
    signal: int | None
    cpu_s: float


class _Answer(Value):
    """One line of what a child, or its warden, says: exactly one of these."""

    progress: Progress | None = None
    analysis: Analysis | None = None
    refused: _Refused | None = None
    ended: _Ended | None = None


def _await_analysis(answers: int, progress: Callable[[Progress], None], limits: Limits, size: int) -> Analysis:
    analysis = refused = ended = None
    for answer in _read_answers(answers, time.monotonic() + limits.wall_for(size) + _WARDEN_GRACE_S):
        if answer.progress is not None:
            progress(answer.progress)
        analysis, refused, ended = answer.analysis or analysis, answer.refused or refused, answer.ended or ended
    if refused is not None:
        raise ModelRefused(refused.code, refused.detail)
    if analysis is None:
        raise _explain_end(ended, limits, size)
    return analysis


def _read_answers(answers: int, deadline: float) -> Iterator[_Answer]:
    """Yield what a child and its warden say until both are gone; believe nothing that is malformed or too late."""
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
                answer = _Answer.model_validate_json(line)
            except ValidationError:
                return
            yield answer


def _explain_end(ended: _Ended | None, limits: Limits, size: int) -> ModelRefused:
    if ended is None:
        return ModelRefused("engine.died", "the engine died before it could say why")
    if ended.hung:
        return ModelRefused("limits.wall_time", f"no result after {limits.wall_for(size):.0f} s")
    if ended.cpu_s >= limits.cpu_for(size):
        return ModelRefused("limits.cpu_time", f"no result after {ended.cpu_s:.0f} s of processor time")
    return ModelRefused("engine.died", f"the engine was ended by signal {ended.signal}")


_nursery = Nursery()
atexit.register(_nursery.stop)


def analyse_file(path: Path, *, unit: str | None, limits: Limits, progress: Callable[[Progress], None]) -> Analysis:
    """Analyse a file in a child of this process's nursery; see `Nursery.analyse_file`."""
    return _nursery.analyse_file(path, unit=unit, limits=limits, progress=progress)
