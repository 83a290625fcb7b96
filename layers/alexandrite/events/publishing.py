"""Putting events of orders on the bus: in calls as large as it takes, with an answer for each event."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from alexandrite.events.messages import OrderMessage
from alexandrite.store.table import Recorded
from alexandrite.telemetry import logger

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

ENTRIES = 10  # of one PutEvents call
BYTES = 256 * 1024  # of all its entries together, and the longest message that every consumer's queue takes
_ENTRY_OVERHEAD = 64  # "Time" counts 14 bytes; the rest is caution

type Numbered = tuple[str, "PutEventsRequestEntryTypeDef"]


def publish(entries: Sequence[Numbered], client: "EventBridgeClient") -> list[str]:
    """Put entries on the bus and return the numbers of those that it did not take.

    `PutEvents` may fail in part with a 200, so each entry's own answer counts.
    """
    failed: list[str] = []
    for chunk in _chunks(entries):
        failed.extend(_put(chunk, client))
    return failed


def announce_again(steps: Sequence[Recorded], client: "EventBridgeClient", bus: str) -> int:
    """Publish events that have been published before, for consumers that may have lost them; return how many failed."""
    return len(publish([(step.event.event_id, OrderMessage.of(step).to_entry(bus)) for step in steps], client))


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


def _put(chunk: Sequence[Numbered], client: "EventBridgeClient") -> list[str]:
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
