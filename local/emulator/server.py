"""The adapted emulator behind its port. Importing this module imports the emulator, which reads its settings then."""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app
from ministack.core import lambda_runtime

from local.emulator import (
    absent_types,
    alarms,
    event_sources,
    fargate,
    functions,
    gateway,
    metrics,
    order_clock,
    redrives,
    sign_ins,
    streams,
)
from local.emulator.settings import GRACE_SECONDS, HOST
from local.lifetime import when_closed

# By then everything restored is in place.
_SETTLED_AFTER_SECONDS = 1.0


def adapt(directory: Path, described_images: Mapping[str, Mapping[str, Any]]) -> fargate.Processes:
    """Install every adaptation; returns the processes that stand for containers."""
    absent_types.install()
    alarms.install()
    functions.install(directory)
    gateway.install()
    metrics.install()
    order_clock.install()
    redrives.install()
    sign_ins.install()
    streams.install()
    return fargate.install(fargate.images(described_images), directory / "tasks")


def run(port: int, while_open: int | None, tasks: fargate.Processes | None) -> None:
    """Serve until SIGTERM, SIGINT or the end of the pipe `while_open`; then stop the tasks and write the state."""
    try:
        asyncio.run(_serve(port, while_open, tasks))
    finally:
        lambda_runtime.reset()


def _catch_up() -> None:
    """Go on with what the last stop interrupted."""
    fargate.relaunch()
    order_clock.announce_interrupted()


async def _serve(port: int, while_open: int | None, tasks: fargate.Processes | None) -> None:
    config = Config()
    config.bind = [f"{HOST}:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = GRACE_SECONDS
    config.loglevel = "WARNING"

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if while_open is not None:
        when_closed(while_open, lambda: loop.call_soon_threadsafe(ended.set))
    loop.call_later(_SETTLED_AFTER_SECONDS, _catch_up)

    async def shutdown() -> None:
        await ended.wait()
        if tasks:
            # Functions and tasks finish, or hand their work back, while there is still something to hand it to.
            await asyncio.to_thread(event_sources.stop, GRACE_SECONDS)
            await asyncio.to_thread(tasks.stop, GRACE_SECONDS)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    await serve(application, config, shutdown_trigger=shutdown)
