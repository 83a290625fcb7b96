"""The order machine: one Step Functions execution per order and generation."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# A wait that is over, was never there or belongs to another execution: somebody else has woken it, or will.
_NOBODY_SLEEPS = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


def execution_name(order_id: str, generation: int) -> str:
    """Return the name by which only one execution of an order's generation can exist."""
    return f"{order_id}-g{generation}"


def parse_execution_name(name: str) -> tuple[str, int] | None:
    """Return the order and the generation of an execution's name; None for a name of another kind."""
    order_id, dash_g, generation = name.rpartition("-g")
    return (order_id, int(generation)) if dash_g and generation.isdigit() else None


class Machine(Protocol):
    """What driving asks of the order machine."""

    def start(self, order_id: str, generation: int, *, correlation_id: str) -> None:
        """Start the execution of this generation; that it exists already, running or ended, is success."""
        ...

    def wake(self, token: str, version: int) -> None:
        """Tell the wait behind `token` that the order has reached `version`; a hint that may come too late."""
        ...

    def is_running(self, order_id: str, generation: int) -> bool:
        """Whether the execution of this generation exists and has not ended."""
        ...

    def running(self) -> Iterator[tuple[str, int]]:
        """Return order and generation of every running execution, in calls of a thousand each."""
        ...


class StepFunctionsMachine:
    """The order machine in AWS Step Functions."""

    def __init__(self, client: "SFNClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, order_id: str, generation: int, *, correlation_id: str) -> None:
        """Start the execution of this generation unless it exists."""
        asked = {"order_id": order_id, "generation": generation, "correlation_id": correlation_id}
        try:
            self._client.start_execution(
                stateMachineArn=self._arn, name=execution_name(order_id, generation), input=json.dumps(asked)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise

    def wake(self, token: str, version: int) -> None:
        """Wake the wait behind `token`, if it still sleeps."""
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps({"version": version}))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOBODY_SLEEPS:
                raise

    def is_running(self, order_id: str, generation: int) -> bool:
        """Ask for this one execution: for suspicious orders only, never for all."""
        arn = self._arn.replace(":stateMachine:", ":execution:") + f":{execution_name(order_id, generation)}"
        try:
            return self._client.describe_execution(executionArn=arn)["status"] == "RUNNING"
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return False

    def running(self) -> Iterator[tuple[str, int]]:
        """List the running executions."""
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=self._arn, statusFilter="RUNNING", PaginationConfig={"PageSize": 1000}
        )
        for page in pages:
            for execution in page["executions"]:
                found = parse_execution_name(execution["name"])
                if found is not None:
                    yield found
