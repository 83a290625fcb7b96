"""The metrics AWS publishes by itself: from log lines in the embedded metric format, queues, and executions."""

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from ministack.core.responses import request_scope
from ministack.services import cloudwatch, cloudwatch_logs, sqs, stepfunctions

_log = logging.getLogger("alexandrite.metrics")

_EVERY_SECONDS = 1.0
# An unchanged depth is repeated, so that no period of an alarm stays without data.
_REPEAT_SECONDS = 20.0

_MOST_POINTS = 20_000

_FAILURES = {"FAILED": "ExecutionsFailed", "TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted"}
_EXECUTIONS = {"RUNNING": "ExecutionsStarted", "SUCCEEDED": "ExecutionsSucceeded", **_FAILURES}


def embedded(message: str) -> Iterable[tuple[str, str, Mapping[str, str], str, list[float], float]]:
    """(namespace, name, dimensions, unit, values, epoch seconds) for each metric of a log line; nothing for others.

    The format: "Specification: Embedded metric format" in the CloudWatch user guide.
    """
    start = message.find("{")
    if start < 0 or '"_aws"' not in message:
        return
    try:
        line = json.loads(message[start:])
    except json.JSONDecodeError:
        return
    header = line.get("_aws") if isinstance(line, dict) else None
    if not isinstance(header, dict):
        return
    for directive in header.get("CloudWatchMetrics") or []:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(line[name]) for name in names if name in line}
            for metric in directive.get("Metrics") or []:
                value = line.get(metric["Name"])
                if value is None:
                    continue
                values = [float(each) for each in (value if isinstance(value, list) else [value])]
                at = header.get("Timestamp", time.time() * 1000) / 1000
                yield directive["Namespace"], metric["Name"], dimensions, metric.get("Unit", "None"), values, at


def _extract_embedded() -> None:
    append = cloudwatch_logs._append_log_events

    def append_log_events(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        append(stream, events)
        found = False
        for event in events:
            for namespace, name, dimensions, unit, values, at in embedded(event["message"]):
                cloudwatch._store_datum(namespace, name, dict(dimensions), at, unit, None, values, None, None)
                found = True
        if found:
            cloudwatch._evaluate_all_alarms()

    cloudwatch_logs._append_log_events = append_log_events


def _count_executions() -> None:
    emit = stepfunctions._emit_execution_status_event

    def emit_execution_status_event(execution: dict[str, Any]) -> None:
        emit(execution)
        name = _EXECUTIONS.get(execution["status"])
        if name:
            dimensions = {"StateMachineArn": execution["stateMachineArn"]}
            cloudwatch.record_metric("AWS/States", name, 1, "Count", dimensions)

    stepfunctions._emit_execution_status_event = emit_execution_status_event


def request_answered(api: str, stage: str, *, status: int, milliseconds: float) -> None:
    """Count and time one request of a REST API, under its name alone and under name and stage."""
    counted = {
        "Count": 1.0,
        "Latency": milliseconds,
        "4XXError": httpx.codes.is_client_error(status),
        "5XXError": httpx.codes.is_server_error(status),
    }
    for dimensions in ({"ApiName": api}, {"ApiName": api, "Stage": stage}):
        for name, value in counted.items():
            cloudwatch.record_metric("AWS/ApiGateway", name, float(value), "None", dimensions)


def iterator_aged(function: str, milliseconds: float) -> None:
    """How old the last record of a stream was when its function took it."""
    cloudwatch.record_metric("AWS/Lambda", "IteratorAge", milliseconds, "Milliseconds", {"FunctionName": function})


def _depths(queue: dict[str, Any]) -> dict[str, float]:
    now = time.time()
    messages = list(queue["messages"])
    waiting = [message for message in messages if message["visible_at"] <= now]
    oldest = min((message["sent_at"] for message in messages), default=now)
    return {
        "ApproximateNumberOfMessagesVisible": len(waiting),
        "ApproximateNumberOfMessagesNotVisible": len(messages) - len(waiting),
        "ApproximateAgeOfOldestMessage": float(int(now - oldest)),
    }


def _publish_depths() -> None:
    published: dict[tuple[Any, ...], tuple[float, float]] = {}
    while True:
        time.sleep(_EVERY_SECONDS)
        _forget_old_points()
        for (account, region, url), queue in sqs._queues.all_items():
            name = url.rsplit("/", 1)[-1]
            with request_scope(account, region):
                for metric, value in _depths(queue).items():
                    key = (account, region, name, metric)
                    last, at = published.get(key, (None, 0.0))
                    if value != last or time.time() - at > _REPEAT_SECONDS:
                        cloudwatch.record_metric("AWS/SQS", metric, value, "Count", {"QueueName": name})
                        published[key] = (value, time.time())


def _forget_old_points() -> None:
    """Alarms look back some periods; a cloud that runs for days must not keep every request in memory."""
    for _scope, points in cloudwatch._metrics.all_items():
        if len(points) > _MOST_POINTS:
            del points[: _MOST_POINTS // 2]


def install() -> None:
    """Publish what AWS publishes."""
    _extract_embedded()
    _count_executions()
    threading.Thread(target=_publish_depths, daemon=True, name="queue-depths").start()
