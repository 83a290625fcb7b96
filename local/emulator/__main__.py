"""The emulator process: `python -m local.emulator DIRECTORY --port 4566`.

State lives in DIRECTORY and is written at a clean end (SIGTERM, SIGINT, or the end of the process that holds the other
side of `--while-open`). A process of its own, the warden, ends every Lambda worker and task should this one be killed.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from local.emulator.settings import environment
from local.lifetime import DirectoryInUseError, Lease


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description=__doc__)
    parser.add_argument("directory", type=Path, help="where state, files and logs are kept")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--images", type=json.loads, default={}, help="JSON: what stands for the images of tasks")
    parser.add_argument("--unadapted", action="store_true", help="the emulator as it comes, to see what it does wrong")
    parser.add_argument("--while-open", type=int, help="a file descriptor whose end is the end of the emulator")
    return parser.parse_args()


def _start_warden() -> subprocess.Popen[bytes]:
    """Lambda workers and tasks share this process group; the warden outlives us just long enough to end them."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    return subprocess.Popen(
        [sys.executable, "-m", "local.emulator.warden", str(os.getpgrp())],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def main() -> int:
    """Run until told to end; 1 when the directory belongs to a running instance."""
    arguments = _arguments()
    directory: Path = arguments.directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        lease = Lease.take(directory)
    except DirectoryInUseError as error:
        sys.stderr.write(f"{error}\n")
        return 1

    settings = environment(directory, arguments.port, dict(os.environ))
    os.environ.clear()  # what the caller's shell holds must not reach a function
    os.environ.update(settings)
    from local.emulator import server  # noqa: PLC0415 - the emulator reads its settings while it is imported

    _warden = _start_warden()  # named, so that its standard input stays open as long as this process
    server.run(
        arguments.port,
        arguments.while_open,
        None if arguments.unadapted else server.adapt(directory, arguments.images),
    )
    lease.release_cleanly()
    return 0


if __name__ == "__main__":
    sys.exit(main())
