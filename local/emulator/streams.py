"""DynamoDB streams as Lambda sees them.

- A partial failure (`batchItemFailures`) of a stream batch makes Lambda read again from the first failed record; the
  emulator moves on and the records are lost.
- The age of what a function reads is published as `IteratorAge`.
- Stream records live in memory only, positions are saved: after a restart a saved position would skip new records.
"""

import time
from typing import Any

from ministack.services import lambda_svc

from local.emulator import metrics


def _is_stream(event: Any) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records) and isinstance(records, list) and records[0].get("eventSource") == "aws:dynamodb"


def _failed_records(event: Any, result: dict[str, Any]) -> list[dict[str, Any]]:
    if not _is_stream(event):
        return []
    body = result.get("body")
    return (body.get("batchItemFailures") or []) if isinstance(body, dict) else []


def _redeliver_partial_failures() -> None:
    execute = lambda_svc._execute_function

    def execute_function(function: dict[str, Any], event: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
        result: dict[str, Any] = execute(function, event, *arguments, **options)
        if _is_stream(event):
            created = float(event["Records"][-1]["dynamodb"].get("ApproximateCreationDateTime", time.time()))
            name = (function.get("config") or function).get("FunctionName", "")
            metrics.iterator_aged(name, max(0.0, time.time() - created) * 1000)
        if not result.get("error") and _failed_records(event, result):
            # The poller knows only all or nothing. Delivering the whole batch again is what "at least once" allows.
            return {
                "error": True,
                "body": {"errorType": "PartialBatchFailure", "errorMessage": "some records failed"},
                "log": result.get("log", ""),
            }
        return result

    lambda_svc._execute_function = execute_function


def _forget_positions() -> None:
    load = lambda_svc.load_persisted_state

    def load_persisted_state(data: dict[str, Any]) -> None:
        load({name: value for name, value in data.items() if name != "dynamodb_stream_positions"})

    lambda_svc.load_persisted_state = load_persisted_state


def install() -> None:
    """Adapt the imported emulator."""
    _redeliver_partial_failures()
    _forget_positions()
