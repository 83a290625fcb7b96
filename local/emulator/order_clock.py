"""Step Functions details the order machine depends on.

- `TimeoutSeconds` may be a JSONata expression; the emulator takes it for a number and fails.
- A stopped execution stays ABORTED; here its abandoned wait would later turn it into FAILED.
- After a restart the emulator marks running executions FAILED without telling anyone, while on AWS nothing restarts.
  Publishing the status change lets the system start the next generation at once instead of at the next sweep.
"""

import logging
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import stepfunctions

_log = logging.getLogger("alexandrite.order_clock")

_interrupted: list[tuple[str, str, str]] = []


def _evaluate_timeouts() -> None:
    execute = stepfunctions._execute_task

    def execute_task(state: dict[str, Any], raw_input: Any, execution: dict[str, Any], context: dict[str, Any]) -> Any:
        if isinstance(state.get("TimeoutSeconds"), str):
            seconds = stepfunctions._jsonata_state_field(state, "TimeoutSeconds", "number", raw_input, context)
            state = {**state, "TimeoutSeconds": seconds}
        return execute(state, raw_input, execution, context)

    stepfunctions._execute_task = execute_task


def _keep_aborted() -> None:
    fail = stepfunctions._fail_execution

    def fail_execution(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    stepfunctions._fail_execution = fail_execution


def _remember_interrupted() -> None:
    load = stepfunctions.load_persisted_state

    def load_persisted_state(data: dict[str, Any]) -> None:
        executions = data.get("executions")
        scoped = executions._data.items() if executions else ()
        running = [key for key, execution in scoped if execution.get("status") == "RUNNING"]
        load(data)
        _interrupted.extend(running)

    stepfunctions.load_persisted_state = load_persisted_state


def announce_interrupted() -> int:
    """Publish the status change of every execution the last stop interrupted; returns how many."""
    for account, region, arn in _interrupted:
        with request_scope(account, region):
            stepfunctions._emit_execution_status_event(stepfunctions._executions[arn])
    count = len(_interrupted)
    _interrupted.clear()
    if count:
        _log.info("%d executions were running at the last stop and count as failed", count)
    return count


def install() -> None:
    """Adapt the imported emulator."""
    _evaluate_timeouts()
    _keep_aborted()
    _remember_interrupted()
