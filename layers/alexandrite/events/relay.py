"""From the table's stream to the bus: the other half of the outbox."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alexandrite.events.messages import OrderMessage
from alexandrite.events.publishing import Numbered, publish
from alexandrite.store.items import plain, to_recorded
from alexandrite.telemetry import count, logger

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


def relay(records: Sequence[Mapping[str, Any]], client: "EventBridgeClient", bus: str) -> list[str]:
    """Publish the event in each stream record and return the sequence numbers of those that could not be.

    Records that are not new events are passed over: the event source's filter keeps them away, and its mistake must not
    stop the stream.
    """
    failed: list[str] = []
    entries: list[Numbered] = []
    for record in records:
        number = record["dynamodb"]["SequenceNumber"]
        if not _is_new_event(record):
            continue
        try:
            entries.append((number, _message(record).to_entry(bus)))
        except (ValueError, KeyError, zlib.error):
            logger().exception("an event in the stream cannot be read", extra={"sequence_number": number})
            failed.append(number)
    failed.extend(publish(entries, client))
    count("EventsRelayed", len(entries))
    if failed:
        count("EventsNotRelayed", len(failed))
    return failed


def _is_new_event(record: Mapping[str, Any]) -> bool:
    sort_key: str = record["dynamodb"]["Keys"]["sk"]["S"]
    return record["eventName"] == "INSERT" and sort_key.startswith("EVENT#")


def _message(record: Mapping[str, Any]) -> OrderMessage:
    image = record["dynamodb"]["NewImage"]
    # JSON knows no binary: the event source sends what the client would have decoded
    packed = {"B": base64.b64decode(image["record"]["B"])}
    return OrderMessage.of(to_recorded(plain({"record": packed})))
