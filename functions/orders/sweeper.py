"""The sweeper's clock: every minute over what is due, daily over everything, soon over the rest where any is left."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Protocol

from alexandrite.driving.sweeper import Found, InTime
from alexandrite.telemetry import logger, observed
from orders.composition import model_sweeper, sweeper

_TIME_TO_FINISH_MS = 10_000


class Sweep(Protocol):
    """One sweep over what is looked after."""

    def __call__(self, *, now: datetime, in_time: InTime) -> Found:
        """Sweep while there is time; the next run goes on."""
        ...


@observed
def handler(asked: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep: `{"sweep": "due"}`, `{"sweep": "everything"}` or its `{"sweep": "rest"}`; stops in time."""

    def in_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > _TIME_TO_FINISH_MS)

    found = {name: asdict(sweep(now=datetime.now(UTC), in_time=in_time)) for name, sweep in _sweeps(asked["sweep"])}
    logger().info("swept", extra={"sweep": asked["sweep"], **found})
    return found


def _sweeps(kind: str) -> Iterator[tuple[str, Sweep]]:
    match kind:
        case "everything":
            yield "orders", sweeper().everything
        case "rest":
            yield "orders", sweeper().rest
        case _:
            yield "orders", sweeper().due
            yield "models", model_sweeper().due
