"""The AWS emulator of the local cloud: ministack, adapted where it differs from AWS in ways the template relies on.

One module per adaptation, each with an `install()` that changes the imported emulator. Each adaptation has a test that
shows the emulator still wrong without it, so that an upgrade tells which ones may go.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from local.emulator.settings import GRACE_SECONDS


class Adapted:
    """The adapted emulator of this process."""

    def __init__(self, directory: Path, commands: Mapping[str, Sequence[str]]) -> None:
        # Importing them imports the emulator, which reads its settings from the environment at that moment.
        from local.emulator import (
            absent_types,
            alarms,
            authorizer,
            fargate,
            functions,
            metrics,
            order_clock,
            streams,
        )

        absent_types.install()
        alarms.install()
        authorizer.install()
        functions.install(directory)
        metrics.install()
        order_clock.install()
        streams.install()
        self._tasks = fargate.install(commands, directory / "tasks")
        self._announce_interrupted = order_clock.announce_interrupted

    def began(self) -> None:
        """Catch up with what the last stop interrupted."""
        self._announce_interrupted()

    def stop_tasks(self) -> None:
        """End the tasks for good: services replace none of them."""
        self._tasks.stop(GRACE_SECONDS)

    def stop(self) -> None:
        """End everything this process started."""
        from ministack.core import lambda_runtime

        self.stop_tasks()
        lambda_runtime.reset()


class Unadapted:
    """The emulator as it comes: tests show with it that each adaptation is still needed."""

    def began(self) -> None:
        """Nothing to catch up with."""

    def stop_tasks(self) -> None:
        """There are none."""

    def stop(self) -> None:
        """End the Lambda workers."""
        from ministack.core import lambda_runtime

        lambda_runtime.reset()
