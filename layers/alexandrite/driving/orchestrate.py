"""From events to the order machine: start it, wake it, replace it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alexandrite.driving.drivers import DriverTable, start_next_generation
from alexandrite.driving.machine import Machine, parse_execution_name
from alexandrite.store.checks import is_coordinated, needs_driving

ENDED_EARLY = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})

# A machine that ends at once in each generation would be started in a circle; from here on the sweeper does it, and
# takes longer each time.
HASTY_GENERATIONS = 5


def drive(order_id: str, *, table: DriverTable, machine: Machine, correlation_id: str) -> None:
    """Bring what has happened to the order's execution to its notice, or start one for it.

    The token is read from the order and never taken from a message: an event written between the machine's look at
    the order and its falling asleep would carry none, and nobody would wake it.
    """
    record = table.record(order_id)
    if record is None:
        return
    driver = record.driver
    if driver.parked_version == record.order.version:
        return  # it has seen this version, and sleeps on it
    if driver.wake_token is not None:
        machine.wake(driver.wake_token, record.order.version)
    elif is_coordinated(record.order, driver):
        machine.start(order_id, driver.generation, correlation_id=correlation_id)


def replace_ended(change: Mapping[str, Any], *, table: DriverTable, machine: Machine, now: datetime) -> None:
    """Start the next generation for an order whose execution, says Step Functions, has ended early.

    Args:
        change: the detail of an "Execution Status Change" event.
    """
    found = parse_execution_name(change["name"])
    if found is None or change["status"] not in ENDED_EARLY:
        return
    order_id, generation = found
    record = table.record(order_id)
    if record is None or not needs_driving(record.order) or generation >= HASTY_GENERATIONS:
        return
    start_next_generation(
        order_id, generation, table=table, machine=machine, now=now, correlation_id=change["executionArn"]
    )
