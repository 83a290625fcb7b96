"""The parent of the children that read strangers' files: warmed, clean, and expendable.

It is started by `isolation` with an environment that holds no credentials, imports the engine once, and forks per file,
so that a child costs milliseconds and inherits nothing worth stealing. Over a socket it receives jobs: a JSON object,
the open model file and the write end of a pipe. Each job gets a warden, which forks the child proper, limits its time
on the clock and says on the pipe how it ended. What a child says is JSON, never pickle: it may have been taken over.
"""

import codecs
import json
import math
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, NoReturn

from alexandrite.domain.models import Unit
from pricing.geometry.analysis import analyse
from pricing.geometry.crew import Crew
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Progress, Reporter
from pricing.geometry.refusals import ModelRefused

READY = b"ready"
LARGEST_JOB_BYTES = 1 << 14
_NOBODY = 65534
_OPEN_FILES = 64
_CREW = 2

# Imported by `zipfile` when it meets such a name, when a child without privileges may no longer read the library.
codecs.lookup("cp437")


def serve(control: socket.socket) -> None:
    """Say that the engine is warm, then fork a warden for each job until the other end of `control` closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # wardens report for themselves: nobody waits for them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control.send(READY)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, LARGEST_JOB_BYTES, 2)
        if not message:
            return
        model, answers = descriptors
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _watch(json.loads(message), model, answers)
        os.close(model)
        os.close(answers)


def _watch(job: Mapping[str, Any], model: int, answers: int) -> NoReturn:
    """Run the job in a child, and report its end; kill it when it hangs or when nobody reads the answers any more."""
    limits = Limits(**job["limits"])
    size = os.fstat(model).st_size
    child = os.fork()
    if child == 0:
        _limit_and_analyse(job, limits, model, answers)
    handle = os.pidfd_open(child)
    deadline = time.monotonic() + limits.wall_for(size)
    watch = select.poll()
    watch.register(handle, select.POLLIN)
    watch.register(answers, 0)  # reports POLLERR alone: the reader is gone
    hung = False
    while True:
        events = dict(watch.poll(max(0.0, deadline - time.monotonic()) * 1000))
        if handle in events:
            break
        hung = not events
        os.kill(child, signal.SIGKILL)
        break
    _, status, usage = os.wait4(child, 0)
    ended = {
        "hung": hung,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "cpu_s": usage.ru_utime + usage.ru_stime,
    }
    with suppress(BrokenPipeError):  # called off: nobody wants to know
        _say(answers, ended=ended)
    os._exit(0)


def _limit_and_analyse(job: Mapping[str, Any], limits: Limits, model: int, answers: int) -> NoReturn:
    size = os.fstat(model).st_size
    crew = Crew(min(_CREW, len(os.sched_getaffinity(0))))
    _limit(limits.memory_for(size), limits.cpu_for(size))
    _drop_privileges()
    try:
        with open(model, "rb") as file:
            analysis = analyse(
                file,
                unit=Unit(job["unit"]) if job["unit"] else None,
                limits=limits,
                reporter=Reporter(lambda progress: _tell(answers, progress)),
                crew=crew,
            )
        _say(answers, analysis=analysis.model_dump(mode="json"))
    except ModelRefused as refusal:
        _say(answers, refused={"code": refusal.code, "detail": refusal.detail})
    except MemoryError:
        allowed = limits.memory_for(size) >> 20
        _say(
            answers, refused={"code": "limits.memory", "detail": f"the analysis needs more than {allowed} MB of memory"}
        )
    except BrokenPipeError:
        os._exit(1)
    except Exception as failure:  # whatever a hostile file provokes is an answer about that file
        _say(answers, refused={"code": "engine.failed", "detail": f"{type(failure).__name__}: {failure}"[:500]})
    os._exit(0)


def _limit(memory_bytes: int, cpu_s: float) -> None:
    """Limit this process to so much more data than it has, and so much processor time in all."""
    with open("/proc/self/statm") as statm:
        data_pages = int(statm.read().split()[5])
    data_bytes = data_pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))
    seconds = math.ceil(cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))


def _drop_privileges() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _tell(answers: int, progress: Progress) -> None:
    _say(answers, progress=asdict(progress))


def _say(answers: int, **message: object) -> None:
    line = json.dumps(message, allow_nan=False).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
