"""The way back from a dead-letter queue: StartMessageMoveTask and ListMessageMoveTasks.

The emulator moves messages to dead-letter queues and knows no way back. Here a task is done before its start is
answered; each message returns to the queue it came from, or to the one named, as a new one with no receives.
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from ministack.core.concurrency import esm_wake
from ministack.services import sqs

_tasks: list[dict[str, Any]] = []


def _queue(arn: str) -> dict[str, Any]:
    queue: dict[str, Any] | None = sqs._queue_by_arn(arn)
    if queue is None:
        raise sqs._Err("ResourceNotFoundException", "The resource that you specified doesn't exist.", 404)
    return queue


def _is_dead_letter_queue(arn: str) -> bool:
    policies = [queue["attributes"].get("RedrivePolicy") for queue in sqs._queues.values()]
    return any(policy and json.loads(policy)["deadLetterTargetArn"] == arn for policy in policies)


def _anew(message: Mapping[str, Any]) -> dict[str, Any]:
    now = time.time()
    system = {name: value for name, value in message["sys"].items() if name != "DeadLetterQueueSourceArn"}
    return {
        **message,
        "id": str(uuid.uuid4()),
        "sys": {**system, "SentTimestamp": str(int(now * 1000))},
        "sent_at": now,
        "visible_at": now,
        "receipt_handle": None,
        "receive_count": 0,
        "first_receive_at": None,
    }


def _move(source: dict[str, Any], destination: str | None) -> int:
    now = time.time()
    with sqs._queues_lock:
        moving = [message for message in source["messages"] if message["visible_at"] <= now]
        for message in moving:
            home = _queue(destination or message["sys"]["DeadLetterQueueSourceArn"])
            home["messages"].append(_anew(message))
            source["messages"].remove(message)
    esm_wake.set()
    return len(moving)


def _start(asked: Mapping[str, Any], _url: str) -> dict[str, Any]:
    arn = asked["SourceArn"]
    source = _queue(arn)
    if not _is_dead_letter_queue(arn):
        raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    task = {
        "TaskHandle": str(uuid.uuid4()),
        "Status": "COMPLETED",
        "SourceArn": arn,
        "StartedTimestamp": int(time.time() * 1000),
        "ApproximateNumberOfMessagesMoved": _move(source, asked.get("DestinationArn")),
    }
    _tasks.append(task)
    return {"TaskHandle": task["TaskHandle"]}


def _list(asked: Mapping[str, Any], _url: str) -> dict[str, Any]:
    newest = [task for task in reversed(_tasks) if task["SourceArn"] == asked["SourceArn"]]
    # As SQS does, the handle is shown of tasks that run only: it is for cancelling them.
    shown = [{name: value for name, value in task.items() if name != "TaskHandle"} for task in newest]
    return {"Results": shown[: int(asked.get("MaxResults", 1))]}


def install() -> None:
    """Teach the imported emulator to move messages back."""
    sqs._HANDLERS.update({"StartMessageMoveTask": _start, "ListMessageMoveTasks": _list})
