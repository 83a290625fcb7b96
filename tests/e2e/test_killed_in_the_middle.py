"""Whoever is killed in the middle of its work, the work gets done, and once."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from alexandrite.store.items import keyed
from alexandrite.store.keys import order_key, timestamp
from tests.e2e.faults import Gate, When, at_rest, impatient, kill, processes
from tests.e2e.world import DELIVERY, Door, World, eventually

STOCK = 30

type Stock = Callable[[], str]
type Death = tuple[When, str]

pytestmark = pytest.mark.usefixtures("no_sweeps")

reading_or_writing = pytest.mark.parametrize(
    ("when", "operation"),
    [("before", "BatchGetItem"), ("before", "TransactWriteItems"), ("after", "TransactWriteItems")],
)


@pytest.fixture(scope="module")
def stock(world: World) -> Stock:
    """Hands out orders from the operators' queue."""
    orders = world.many_approved(STOCK)
    for order_id in orders:
        at_rest(world, order_id)
    return orders.pop


@pytest.fixture(scope="module", autouse=True)
def orphaned_model(world: World, stock: Stock) -> str:
    """A model whose worker was killed over it.

    Its message is nobody's for two minutes, so this is done before all tests of the module, and looked at after them;
    but not before the stock's model is analysed, whose message the dying worker could have taken, too.
    """
    buyer = world.customers[0]
    with _still_engine(world):
        model = world.upload(buyer, _never_seen(world))
        eventually(lambda: buyer.get(f"/models/{model}")["stage"] == "analysing")
        assert kill(processes(world, "-m pricing.worker"))
    assert buyer.get(f"/models/{model}")["stage"] == "analysing"
    return model


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_event_is_told_though_the_relay_dies(world: World, stock: Stock, gleb: Door, when: When) -> None:
    order_id = stock()
    with Gate(world, "RelayFunction") as gate, gate.killed(when, "PutEvents"):
        gleb.do(f"/orders/{order_id}/take")
    at_rest(world, order_id)
    eventually(lambda: _on_the_board(gleb, "started", order_id) == 1)
    _goes_on_to_its_end(world, order_id, gleb)


@reading_or_writing
def test_a_step_is_taken_once_though_its_function_dies(
    world: World, stock: Stock, vera: Door, when: When, operation: str
) -> None:
    order_id = stock()
    with Gate(world, "StepFunction") as gate, gate.killed(when, operation):
        vera.do(f"/orders/{order_id}/cancel", {"reason": "the buyer called"})
    eventually(lambda: vera.order(order_id)["payment"] == "refund_due")
    eventually(lambda: world.executions_of(order_id) == {"g1": "SUCCEEDED"})
    assert [event.fact.name for event in world.events(order_id)].count("RefundBecameDue") == 1
    world.history_is_sound(order_id)


@reading_or_writing
def test_the_board_counts_an_order_once_though_its_writer_dies(
    world: World, stock: Stock, gleb: Door, when: When, operation: str
) -> None:
    order_id = stock()
    eventually(lambda: _on_the_board(gleb, "available", order_id) == 1)
    with impatient(world, "BoardQueueUrl", seconds=3):
        before = gleb.get("/counts")["queues"]
        with Gate(world, "BoardFunction") as gate, gate.killed(when, operation):
            gleb.do(f"/orders/{order_id}/take")
        eventually(lambda: _on_the_board(gleb, "started", order_id) == 1)
        after = gleb.get("/counts")["queues"]
    assert _on_the_board(gleb, "available", order_id) == 0
    moved = {queue: count - before[queue] for queue, count in after.items() if count != before[queue]}
    assert moved == {"available": -1, "started": 1, "mine": 1}
    _goes_on_to_its_end(world, order_id, gleb)


@reading_or_writing
def test_sellers_see_an_order_once_though_the_writer_of_their_lists_dies(
    world: World, stock: Stock, vera: Door, when: When, operation: str
) -> None:
    order_id = stock()
    with impatient(world, "CrmQueueUrl", seconds=3):
        with Gate(world, "AttentionFunction") as gate, gate.killed(when, operation):
            vera.do(f"/orders/{order_id}/hold", {"kind": "question", "reason": "which size?", "caused_by": "company"})
        eventually(lambda: _held(vera).count(order_id) == 1)
        vera.do(f"/orders/{order_id}/unhold")
        eventually(lambda: order_id not in _held(vera))
    at_rest(world, order_id)
    world.history_is_sound(order_id)


def test_two_sweeps_find_every_order_whose_hint_died_with_its_messenger(world: World, stock: Stock, dina: Door) -> None:
    """`orchestrate` dies at each of its calls. Its messages come back after minutes only: the sweeper is faster."""
    partner = world.partners["amber-house"]["live"]
    model = world.analysed(partner)
    body = {"lines": world.lines(model), "delivery": DELIVERY, "submit": True, "accept_up_to_minor": 100_000_00}
    submitted: list[str] = []
    taken: list[str] = []
    begin: list[Death] = [("before", "GetItem"), ("before", "StartExecution"), ("after", "StartExecution")]
    go_on: list[Death] = [("before", "GetItem"), ("before", "SendTaskSuccess"), ("after", "SendTaskSuccess")]
    with Gate(world, "OrchestrateFunction") as gate:
        for death in begin:
            with gate.killed(*death):
                submitted.append(str(partner.do("/orders", body)["order_id"]))
        for death in go_on:
            taken.append(stock())
            with gate.killed(*death):
                dina.do(f"/orders/{taken[-1]}/take")
    lost = [*submitted, *taken]
    eventually(lambda: all(world.is_at_rest(order_id) or _is_due(world, order_id) for order_id in lost), seconds=90)

    for _ in range(2):
        world.sweep()
    for order_id in submitted:
        partner.has_reached(order_id, "PRICE_CALCULATED")
    for order_id in lost:
        at_rest(world, order_id)
    for order_id in submitted:
        world.seller.do(f"/orders/{order_id}/payment", {"payment": "paid"})
        world.seller.do(f"/orders/{order_id}/approve")
        dina.do(f"/orders/{order_id}/take")
        _goes_on_to_its_end(world, order_id, dina)
    for order_id in taken:
        _goes_on_to_its_end(world, order_id, dina)


@pytest.mark.parametrize(
    ("when", "operation"),
    [
        ("before", "Query"),
        ("before", "GetItem"),
        ("before", "SendTaskSuccess"),
        ("after", "SendTaskSuccess"),
        ("before", "UpdateItem"),
        ("after", "UpdateItem"),
    ],
)
def test_what_a_dying_sweeper_leaves_behind_the_next_one_finds(
    world: World, stock: Stock, gleb: Door, when: When, operation: str
) -> None:
    order_id = stock()
    _let_its_time_come(world, order_id)
    with ThreadPoolExecutor() as clock:
        with Gate(world, "SweeperFunction") as gate, gate.killed(when, operation):
            sweep = clock.submit(_sweep_that_dies, world)
        sweep.result()
    for _ in range(2):
        world.sweep()
    at_rest(world, order_id)
    eventually(lambda: not _is_due(world, order_id))
    gleb.do(f"/orders/{order_id}/take")
    _goes_on_to_its_end(world, order_id, gleb)


def test_an_order_is_priced_though_the_engine_dies_over_its_file(world: World, boris: Door) -> None:
    with _still_engine(world) as engine:
        model = world.upload(boris, _never_seen(world))
        eventually(lambda: boris.get(f"/models/{model}")["stage"] == "analysing")
        kill(engine)
    _is_priced_once(world, boris, model)


def test_an_order_is_priced_though_the_worker_died_over_its_file(world: World, anna: Door, orphaned_model: str) -> None:
    _is_priced_once(world, anna, orphaned_model)


@contextmanager
def _still_engine(world: World) -> Iterator[list[int]]:
    """The engine's processes stand still: whoever waits for them is in the middle of an analysis for certain."""
    engine = eventually(lambda: processes(world, "-m pricing.nursery"), seconds=90)
    for number in engine:
        os.kill(number, signal.SIGSTOP)
    try:
        yield engine
    finally:
        kill(engine)


def _never_seen(world: World) -> bytes:
    """A file of other bytes than any before it: what was analysed once is not analysed again."""
    return world.ring.replace(b"Signet", uuid.uuid4().hex[:6].encode(), 1)


def _is_priced_once(world: World, buyer: Door, model: str) -> None:
    order_id = world.ordered(buyer, model)
    buyer.has_reached(order_id, "FILE_UPLOADED")
    buyer.do(f"/orders/{order_id}/submit")
    buyer.has_reached(order_id, "PRICE_CALCULATED", seconds=240)
    assert [event.fact.name for event in world.events(order_id)].count("OrderPriced") == 1
    at_rest(world, order_id)
    world.history_is_sound(order_id)


def _goes_on_to_its_end(world: World, order_id: str, operator: Door) -> None:
    """From the bench to the customer, by one execution from beginning to end."""
    world.finish(order_id, operator)
    eventually(lambda: world.executions_of(order_id) == {"g1": "SUCCEEDED"})
    assert world.record(order_id).order.status == "CLOSED"
    world.history_is_sound(order_id)


def _on_the_board(operator: Door, queue: str, order_id: str) -> int:
    return [card["order_id"] for card in operator.get("/orders", queue=queue, limit=100)["items"]].count(order_id)


def _held(seller: Door) -> list[str]:
    return [each["order_id"] for each in seller.get("/attention", kind="held", limit=100)["lists"]["held"]["items"]]


def _is_due(world: World, order_id: str) -> bool:
    """Whether the next sweep will look at the order."""
    due = world.record(order_id).driver.next_check_at
    return due is not None and due <= datetime.now(UTC)


def _let_its_time_come(world: World, order_id: str) -> None:
    """An order at rest is looked at again after its budget: hours, which a test does not have."""
    world.cloud.client("dynamodb").update_item(
        TableName=world.outputs["OrdersTable"],
        Key=keyed(order_key(order_id)),
        UpdateExpression="SET next_check_at = :now",
        ConditionExpression="attribute_exists(check_shard)",
        ExpressionAttributeValues={":now": {"S": timestamp(datetime.now(UTC))}},
    )


def _sweep_that_dies(world: World) -> Any:
    answer = world.cloud.client("lambda").invoke(
        FunctionName=world.outputs["SweeperFunction"], Payload=b'{"sweep": "due"}'
    )
    assert answer["FunctionError"]
