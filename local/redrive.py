"""Dead letters of the local cloud: what lies there, and the way back to the queue it came from.

On AWS the same is done in the console or with `aws sqs start-message-move-task`. Doing it twice is safe: a message
moves once, and every consumer ignores what it has applied already.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_OUTPUT = "DlqUrl"
_SHOWN = 10


@dataclass(frozen=True)
class DeadLetter:
    """A message nobody could handle, as far as it may be shown: its content stays where it is."""

    about: str
    receives: int
    age: timedelta


@dataclass(frozen=True)
class DeadLetters:
    """One dead-letter queue: how many messages it holds, and the first few of them."""

    arn: str
    count: int
    first: tuple[DeadLetter, ...]


def queues(outputs: Mapping[str, str]) -> dict[str, str]:
    """Addresses of the dead-letter queues by the name of the consumer: `board`, `crm`, `orchestrate`, `pricing`."""
    return {name.removesuffix(_OUTPUT).lower(): address for name, address in outputs.items() if name.endswith(_OUTPUT)}


def look(sqs: Any, address: str) -> DeadLetters:
    """What lies in a dead-letter queue; looking hides nothing from the redrive that may follow."""
    found = sqs.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn", "ApproximateNumberOfMessages"])
    received = sqs.receive_message(
        QueueUrl=address,
        MaxNumberOfMessages=_SHOWN,
        VisibilityTimeout=0,
        WaitTimeSeconds=0,
        MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
    )
    attributes = found["Attributes"]
    return DeadLetters(
        arn=attributes["QueueArn"],
        count=int(attributes["ApproximateNumberOfMessages"]),
        first=tuple(_dead_letter(message) for message in received.get("Messages", [])),
    )


def redrive(sqs: Any, letters: DeadLetters) -> None:
    """Send everything in the queue back to where it came from."""
    sqs.start_message_move_task(SourceArn=letters.arn)


def _dead_letter(message: Mapping[str, Any]) -> DeadLetter:
    attributes = message["Attributes"]
    sent_at = datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC)
    return DeadLetter(
        about=_about(message["Body"]),
        receives=int(attributes["ApproximateReceiveCount"]),
        age=datetime.now(UTC) - sent_at,
    )


def _about(body: str) -> str:
    """What an event of the bus is called, and which orders or files it names; never its content."""
    try:
        event = json.loads(body)
        return " ".join([str(event["detail-type"]), *map(str, event["resources"])])
    except (ValueError, KeyError, TypeError):
        return "not an event"
