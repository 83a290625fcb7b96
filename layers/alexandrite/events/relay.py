"""From the table's stream to the bus: the other half of the outbox."""

import base64
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from alexandrite.events.messages import OrderMessage
from alexandrite.store.items import plain, to_recorded
from alexandrite.telemetry import count, logger

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

ENTRIES = 10  # of one PutEvents call
BYTES = 256 * 1024  # of all its entries together, and the longest message that every consumer's queue takes
_ENTRY_OVERHEAD = 64  # "Time" counts 14 bytes; the rest is caution

type Numbered = tuple[str, "PutEventsRequestEntryTypeDef"]


def relay(records: Sequence[Mapping[str, Any]], client: "EventBridgeClient", bus: str) -> list[str]:
    """Publish the event in each stream record and return the sequence numbers of those that could not be.

    `PutEvents` may fail in part with a 200, so each entry's own answer counts. Records that are not new events are
    passed over: the event source's filter keeps them away, and its mistake must not stop the stream.
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
    for chunk in _chunks(entries):
        failed.extend(_publish(chunk, client))
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


def size(entry: "PutEventsRequestEntryTypeDef") -> int:
    """Return how many bytes an entry counts for."""
    texts = (entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"])
    return _ENTRY_OVERHEAD + sum(len(text.encode()) for text in texts)


def _chunks(entries: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """Cut entries into calls of at most `ENTRIES` and `BYTES`; one that is too long by itself goes alone, and fails."""
    chunk: list[Numbered] = []
    bytes_in_chunk = 0
    for number, entry in entries:
        length = size(entry)
        if chunk and (len(chunk) == ENTRIES or bytes_in_chunk + length > BYTES):
            yield chunk
            chunk, bytes_in_chunk = [], 0
        chunk.append((number, entry))
        bytes_in_chunk += length
    if chunk:
        yield chunk


def _publish(chunk: Sequence[Numbered], client: "EventBridgeClient") -> list[str]:
    try:
        answers = client.put_events(Entries=[entry for _, entry in chunk])["Entries"]
    except (BotoCoreError, ClientError):
        logger().exception("the bus did not answer")
        return [number for number, _ in chunk]
    failed = [
        (number, answer["ErrorCode"])
        for (number, _), answer in zip(chunk, answers, strict=True)
        if "ErrorCode" in answer
    ]
    if failed:
        logger().warning("the bus refused entries", extra={"codes": sorted({code for _, code in failed})})
    return [number for number, _ in failed]
