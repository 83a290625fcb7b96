"""Starting the processes of a local cloud and waiting for them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from local.emulator.settings import HOST, inherited
from local.lifetime import Ending, ending

ROOT = Path(__file__).resolve().parent.parent

_POLL_SECONDS = 0.05


class DidNotStartError(RuntimeError):
    """A process ended, or did not answer in time."""


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """One process with a directory, a log and an address that answers once it is ready."""

    name: str
    module: str
    directory: Path
    health: str
    arguments: Sequence[str] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """Standard output and error of the process."""
        return self.directory / f"{self.name}.log"

    @property
    def home(self) -> Path:
        """The folder the process locks while it runs."""
        return self.directory / self.name

    def start(self, *, attached_to: int | None, variables: Mapping[str, str] | None = None) -> None:
        """Start the process and wait until it answers.

        `attached_to` is the reading end of a pipe: the process ends when the other end closes. Without one it lives on.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        leash = ["--while-open", str(attached_to)] if attached_to is not None else []
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(self.home), *self.arguments, *leash],
                cwd=ROOT,
                env={**inherited(os.environ), **(variables or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if attached_to is None else (attached_to,),
            )
        self._await_answer(self._process)

    def _await_answer(self, process: subprocess.Popen[bytes], timeout_seconds: float = 60) -> None:
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise DidNotStartError(f"{self.name} ended with {process.returncode}:\n{self.last_lines()}")
            try:
                if httpx.get(self.health, timeout=2).status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return
            except httpx.TransportError:
                pass
            time.sleep(_POLL_SECONDS)
        process.kill()
        raise DidNotStartError(f"{self.name} did not answer within {timeout_seconds:.0f} s:\n{self.last_lines()}")

    def last_lines(self, count: int = 20) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:]) if self.log.exists() else ""

    def running(self) -> int | None:
        """The process number while the process runs."""
        if self._process:
            self._process.poll()
        return ending(self.home)[1]

    def stop(self, timeout_seconds: float = 60) -> bool:
        """End the process; False when it had to be killed, which loses what it had not written."""
        number = self.running()
        if number is None:
            return True
        os.kill(number, signal.SIGTERM)
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if self.running() is None:
                return ending(self.home)[0] is Ending.CLEAN
            time.sleep(_POLL_SECONDS)
        os.kill(number, signal.SIGKILL)
        return False
