"""What the order machine does by itself, called by it."""

from datetime import UTC, datetime
from typing import Any

from alexandrite.driving.steps import StepRequest
from alexandrite.telemetry import about, observed
from orders.composition import steps


@observed
def handler(asked: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Take one step of an order."""
    request = StepRequest.model_validate(asked)
    with about(order_id=request.order_id, version=request.version, correlation_id=request.correlation_id):
        return steps().take(request, now=datetime.now(UTC)).model_dump()
