"""The emulator process: `python -m local.emulator DIRECTORY --port 4566`.

State lives in DIRECTORY and is written at a clean end (SIGTERM, SIGINT, or the end of the process that holds the other
side of `--while-open`). A process of its own, the warden, ends every Lambda worker and task should this one be killed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.emulator.settings import GRACE_SECONDS, environment
from local.lifetime import DirectoryInUseError, Lease, when_closed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description=__doc__)
    parser.add_argument("directory", type=Path, help="where state, files and logs are kept")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--commands", type=json.loads, default={}, help="JSON: image name -> program and arguments")
    parser.add_argument("--unadapted", action="store_true", help="the emulator as it comes, to see what it does wrong")
    parser.add_argument("--while-open", type=int, help="a file descriptor whose end is the end of the emulator")
    return parser.parse_args()


def _start_warden() -> subprocess.Popen[bytes]:
    """Lambda workers and tasks share this process group; the warden outlives us just long enough to end them."""
    return subprocess.Popen(
        [sys.executable, "-m", "local.emulator.warden", str(os.getpgrp())],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


async def _serve(port: int, while_open: int | None, began: Callable[[], object], ending: Callable[[], object]) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = GRACE_SECONDS
    config.loglevel = "WARNING"

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if while_open is not None:
        when_closed(while_open, lambda: loop.call_soon_threadsafe(ended.set))
    loop.call_later(1, began)

    async def shutdown() -> None:
        await ended.wait()
        # Tasks hand their work back while there is still a queue to hand it to.
        await asyncio.to_thread(ending)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    await serve(application, config, shutdown_trigger=shutdown)


def main() -> int:
    """Run until told to end; 1 when the directory belongs to a running instance."""
    arguments = _arguments()
    directory: Path = arguments.directory.resolve()
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        lease = Lease.take(directory)
    except DirectoryInUseError as error:
        sys.stderr.write(f"{error}\n")
        return 1

    # The emulator reads its settings while it is imported; what the caller's shell holds must not reach a function.
    settings = environment(directory, arguments.port, dict(os.environ))
    os.environ.clear()
    os.environ.update(settings)

    from local.emulator import Adapted, Unadapted

    warden = _start_warden()
    emulator = Unadapted() if arguments.unadapted else Adapted(directory, arguments.commands)
    try:
        asyncio.run(_serve(arguments.port, arguments.while_open, emulator.began, emulator.stop_tasks))
    finally:
        emulator.stop()
        lease.release_cleanly()
        with contextlib.suppress(OSError):
            if warden.stdin:
                warden.stdin.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
