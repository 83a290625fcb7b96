"""The sweeper's clock: every minute over what is due, daily over everything."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from alexandrite.telemetry import logger, observed
from orders.composition import sweeper

_TIME_TO_FINISH_MS = 10_000


@observed
def handler(asked: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep: `{"sweep": "due"}` or `{"sweep": "everything"}`; stops in time, and its next run goes on."""

    def in_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > _TIME_TO_FINISH_MS)

    sweep = sweeper().everything if asked["sweep"] == "everything" else sweeper().due
    found = asdict(sweep(now=datetime.now(UTC), in_time=in_time))
    logger().info("swept", extra={"sweep": asked["sweep"], **found})
    return found
