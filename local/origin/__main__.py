"""The origin process: `python -m local.origin DIRECTORY --port 8080 --gateway http://127.0.0.1:4566`."""

import argparse
import sys
from pathlib import Path

import uvicorn

from local.emulator.settings import HOST
from local.lifetime import DirectoryInUseError, Lease, when_closed
from local.origin.app import application
from local.origin.routes import Routes
from local.processes import ROOT


def main() -> int:
    """Serve until told to end; 1 when the directory belongs to a running origin."""
    parser = argparse.ArgumentParser(prog="python -m local.origin", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--gateway", default="http://127.0.0.1:4566")
    parser.add_argument("--while-open", type=int)
    arguments = parser.parse_args()
    try:
        lease = Lease.take(arguments.directory)
    except DirectoryInUseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    routes = Routes(arguments.gateway, arguments.directory.parent / "outputs.json")
    server = uvicorn.Server(
        uvicorn.Config(
            application(routes, ROOT / "build" / "site"),
            host=HOST,
            port=arguments.port,
            log_level="info",
            timeout_graceful_shutdown=2,
        )
    )

    def end() -> None:
        server.should_exit = True

    if arguments.while_open is not None:
        when_closed(arguments.while_open, end)
    try:
        server.run()
    finally:
        lease.release_cleanly()
    return 0


if __name__ == "__main__":
    sys.exit(main())
