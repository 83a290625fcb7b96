"""Feeding a read model from its queue."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from alexandrite.domain.orders import Order
from alexandrite.events.consumers import consume_order_messages
from alexandrite.events.messages import OrderMessage
from alexandrite.telemetry import count


def feed(batch: dict[str, Any], project: Callable[[Order], bool]) -> PartialItemFailureResponse:
    """Hand the order in each message of an SQS batch to `project`, and measure how far it lags behind its event.

    A message leaves its queue only when `project` has returned: its effect is durable then.
    """

    def show(message: OrderMessage) -> None:
        if project(message.state):  # what is only repeated says nothing about how fresh the read model is
            lag = datetime.now(UTC) - message.event.at
            count("ReadModelLagSeconds", max(lag.total_seconds(), 0.0), MetricUnit.Seconds)

    return consume_order_messages(batch, show)
