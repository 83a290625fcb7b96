"""What cannot be handled waits for a person, wakes one, and is handled after all once the fault is gone."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from click.testing import CliRunner

from local.command import alexandrite
from tests.e2e.faults import at_rest, impatient, processes
from tests.e2e.world import Door, World, eventually, queue_depths

# Each consumer: its function, and the variable that a bad release may get wrong.
CONSUMERS = {
    "board": ("BoardFunction", "BOARD_TABLE"),
    "crm": ("AttentionFunction", "ATTENTION_TABLE"),
    "orchestrate": ("OrchestrateFunction", "ORDERS_TABLE"),
}
_OUTPUTS = {"board": "Board", "crm": "Crm", "orchestrate": "Orchestrate", "pricing": "Pricing"}


@pytest.fixture
def impatient_queues(world: World) -> Iterator[None]:
    """Ten receives take half an hour as the template has it; the ten are what counts here."""
    with ExitStack() as stack:
        for name in CONSUMERS:
            stack.enter_context(impatient(world, f"{_OUTPUTS[name]}QueueUrl", seconds=1))
        yield


@pytest.mark.usefixtures("impatient_queues", "no_sweeps")
def test_what_a_bad_release_could_not_handle_is_handled_after_the_fix(world: World, vera: Door, gleb: Door) -> None:
    taken, held = world.many_approved(2)
    at_rest(world, taken)
    at_rest(world, held)
    with ExitStack() as release:
        for function, variable in CONSUMERS.values():
            release.enter_context(_misconfigured(world, function, variable))
        gleb.do(f"/orders/{taken}/take")
        vera.do(f"/orders/{held}/hold", {"kind": "question", "reason": "which size?", "caused_by": "company"})
        for name in CONSUMERS:
            eventually(lambda: _dead(world, name) >= 2)  # noqa: B023 - asked in this turn only
            eventually(lambda: _alarm(world, name) == "ALARM")  # noqa: B023
    assert not world.is_at_rest(taken)

    for name in CONSUMERS:
        shown = _redrive(world, name, "--dry-run")
        assert f"OrderTaken {taken}: received" in shown
        assert f"OrderHeld {held}: received" in shown
        there = _dead(world, name)
        assert f"{there} would go back" in shown
        assert f"{there} went back" in _redrive(world, name)
        assert "no dead letters" in _redrive(world, name)
    at_rest(world, taken)
    at_rest(world, held)
    eventually(lambda: taken in _listed(gleb.get("/orders", queue="started", limit=100)))
    eventually(lambda: held in _listed(vera.get("/attention", kind="held", limit=100)["lists"]["held"]))

    vera.do(f"/orders/{held}/unhold")
    gleb.do(f"/orders/{held}/take")
    for order_id in (taken, held):
        world.finish(order_id, gleb)
        eventually(lambda: world.executions_of(order_id) == {"g1": "SUCCEEDED"})  # noqa: B023
        world.history_is_sound(order_id)


@pytest.mark.usefixtures("impatient_queues")
def test_a_message_that_nobody_understands_holds_up_nobody_else(world: World, gleb: Door) -> None:
    (order_id,) = world.many_approved(1)
    sqs = world.cloud.client("sqs")
    for name in CONSUMERS:
        sqs.send_message(QueueUrl=world.outputs[f"{_OUTPUTS[name]}QueueUrl"], MessageBody="{")
    gleb.do(f"/orders/{order_id}/take")
    at_rest(world, order_id)
    eventually(lambda: order_id in _listed(gleb.get("/orders", queue="started", limit=100)))
    world.finish(order_id, gleb)
    for name in CONSUMERS:
        eventually(lambda: _dead(world, name) >= 1)  # noqa: B023
        eventually(lambda: _alarm(world, name) == "ALARM")  # noqa: B023
        assert "not an event" in _redrive(world, name, "--dry-run")
        sqs.purge_queue(QueueUrl=world.outputs[f"{_OUTPUTS[name]}DlqUrl"])


def test_files_that_a_broken_worker_gave_up_are_analysed_after_the_fix(world: World, boris: Door) -> None:
    with _no_workers(world):
        model = world.upload(boris, world.ring.replace(b"Signet", b"Letter", 1))
        _receive_in_vain(world, model)
        eventually(lambda: _alarm(world, "pricing") == "ALARM")
    order_id = world.ordered(boris, model)
    assert "1 went back" in _redrive(world, "pricing")
    boris.has_reached(order_id, "FILE_UPLOADED")
    boris.do(f"/orders/{order_id}/submit")
    boris.has_reached(order_id, "PRICE_CALCULATED", seconds=90)
    at_rest(world, order_id)
    world.history_is_sound(order_id)


@contextmanager
def _misconfigured(world: World, function: str, variable: str) -> Iterator[None]:
    """A release of the function that looks for its table under a wrong name."""
    functions, name = world.cloud.client("lambda"), world.outputs[function]
    right = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    wrong = {**right, variable: "no-such-table"}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": wrong})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": right})


@contextmanager
def _no_workers(world: World) -> Iterator[None]:
    service = {"cluster": world.outputs["PricingCluster"], "service": world.outputs["PricingService"]}
    tasks = world.cloud.client("ecs")
    tasks.update_service(**service, desiredCount=0)
    try:
        eventually(lambda: not processes(world, "-m pricing.worker"))
        yield
    finally:
        tasks.update_service(**service, desiredCount=1)


def _receive_in_vain(world: World, model: str) -> None:
    """What workers do that die of a file before they can say so: receive its message, ten times."""
    sqs, url = world.cloud.client("sqs"), world.outputs["PricingQueueUrl"]

    def receive() -> bool:
        for message in sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, WaitTimeSeconds=0).get("Messages", []):
            assert model in message["Body"]
        return _dead(world, "pricing") == 1

    eventually(receive, every=0.05)


def _dead(world: World, name: str) -> int:
    return sum(queue_depths(world, f"{_OUTPUTS[name]}DlqUrl"))


def _alarm(world: World, name: str) -> str:
    """The state of the template's alarm on dead letters of this consumer."""
    queue = world.outputs[f"{_OUTPUTS[name]}DlqUrl"].rpartition("/")[2]
    pages = world.cloud.client("cloudwatch").get_paginator("describe_alarms").paginate()
    (alarm,) = [
        alarm
        for page in pages
        for alarm in page["MetricAlarms"]
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and {"Name": "QueueName", "Value": queue} in alarm["Dimensions"]
    ]
    assert alarm["AlarmActions"]
    assert "docs/runbooks/dead-letters.md" in alarm["AlarmDescription"]
    return str(alarm["StateValue"])


def _redrive(world: World, *arguments: str) -> str:
    """`alexandrite redrive`, as an engineer types it."""
    directory = world.cloud.directory
    (directory / "ports.json").write_text(json.dumps([world.cloud.gateway_port, world.cloud.origin_port]))
    done = CliRunner().invoke(alexandrite, ["redrive", *arguments, "--directory", str(directory)])
    assert done.exit_code == 0, done.output
    return done.output


def _listed(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["order_id"] for each in page["items"]]
