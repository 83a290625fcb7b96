"""How a queue's messages are handled one by one, so that one that fails comes back alone."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from alexandrite.events.messages import OrderMessage
from alexandrite.telemetry import about, logger


def consume_bus_events(batch: dict[str, Any], handle: Callable[[EventBridgeEvent], None]) -> PartialItemFailureResponse:
    """Hand each event in an SQS batch to `handle`; a message leaves the queue only when its handling has returned."""

    def handle_record(record: SQSRecord) -> None:
        try:
            handle(EventBridgeEvent(record.json_body))
        except Exception:
            logger().exception("a message could not be handled", extra={"message_id": record.message_id})
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=batch, record_handler=handle_record, processor=processor)


def consume_order_messages(batch: dict[str, Any], handle: Callable[[OrderMessage], None]) -> PartialItemFailureResponse:
    """Hand each order message in an SQS batch to `handle`, with its ids in every line that is logged meanwhile."""

    def handle_event(event: EventBridgeEvent) -> None:
        message = OrderMessage.from_bus_event(event.raw_event)
        with about(
            order_id=message.event.order_id,
            version=message.event.version,
            event_id=message.event_id,
            correlation_id=message.event.trace.correlation_id,
        ):
            handle(message)

    return consume_bus_events(batch, handle_event)
