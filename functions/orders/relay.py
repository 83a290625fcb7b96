"""From the orders table's stream to the bus."""

from typing import Any

from alexandrite import clients, configuration
from alexandrite.events.relay import relay
from alexandrite.telemetry import observed


@observed
def handler(batch: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Publish a batch of the stream; what could not be published comes again."""
    failed = relay(batch["Records"], clients.event_bridge(), configuration.event_bus())
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
