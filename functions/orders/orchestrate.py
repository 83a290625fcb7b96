"""From the bus to the order machine: starts, wakes and replaces executions."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from alexandrite.driving.orchestrate import drive, replace_ended
from alexandrite.events.consumers import consume_bus_events
from alexandrite.events.messages import SOURCE, OrderMessage
from alexandrite.telemetry import about, observed
from orders.composition import drivers, machine


@observed
def handler(batch: dict[str, Any], context: Any) -> Any:  # noqa: ARG001 - Lambda's signature
    """Handle a batch of the queue `orchestrate`."""
    return consume_bus_events(batch, _handle)


def _handle(event: EventBridgeEvent) -> None:
    if event.source == SOURCE:
        happened = OrderMessage.from_bus_event(event.raw_event).event
        trace = happened.trace.correlation_id
        with about(order_id=happened.order_id, version=happened.version, correlation_id=trace):
            drive(happened.order_id, table=drivers(), machine=machine(), correlation_id=trace)
    elif event.detail_type == "Step Functions Execution Status Change":
        replace_ended(event.detail, table=drivers(), machine=machine(), now=datetime.now(UTC))
