"""Who runs in a directory, and how it ended.

A running instance holds a lock on `running`; the kernel releases it however the process ends, and nobody has to guess
from a process number. The file is removed by a clean end, so that one left behind unlocked tells of an unclean one.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class DirectoryInUseError(RuntimeError):
    """Another instance runs in this directory."""


class Ending(Enum):
    """What a directory says about its instance."""

    RUNNING = "running"
    CLEAN = "clean"
    UNCLEAN = "unclean"


@dataclass
class Lease:
    """The right to run in a directory."""

    path: Path
    descriptor: int

    @classmethod
    def take(cls, directory: Path) -> "Lease":
        """Take the directory, or raise `DirectoryInUseError` naming the process that has it."""
        path = directory / "running"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise DirectoryInUseError(f"{directory} is in use by process {path.read_text().strip()}") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return cls(path, descriptor)

    def release_cleanly(self) -> None:
        """Give the directory back after everything worth keeping was written."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def ending(directory: Path) -> tuple[Ending, int | None]:
    """How the instance in `directory` ended, or its process number while it runs."""
    path = directory / "running"
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return Ending.CLEAN, None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        number = os.read(descriptor, 32).strip()
        return Ending.RUNNING, int(number) if number else None
    finally:
        os.close(descriptor)
    return Ending.UNCLEAN, None


@dataclass(frozen=True)
class Leash:
    """A pipe whose reading end is given to processes that shall end with this one."""

    reading: int
    writing: int

    @classmethod
    def open(cls) -> "Leash":
        """A pipe that no child inherits unless it is passed on."""
        return cls(*os.pipe())

    def close(self) -> None:
        """Let go."""
        os.close(self.writing)
        os.close(self.reading)


def when_closed(descriptor: int, then: Callable[[], object]) -> None:
    """Call `then`, on a thread, once the other end of the pipe `descriptor` is closed."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(descriptor, 1):
                pass
        then()

    threading.Thread(target=wait, daemon=True, name="while-open").start()
