"""Many writers at once on a table with real transactions: nothing is lost, and the counts are right."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from alexandrite.board.cards import Card, Queue, Sort
from alexandrite.board.reading import BoardReader
from alexandrite.board.rebuilding import rebuild
from alexandrite.board.writing import BoardWriter
from alexandrite.domain.orders import Order
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.projections.items import Contended, Key, Put
from local.cloud import LocalCloud
from tests.histories import MINUTE, History
from tests.orders import DINA, GLEB, MONDAY

WRITERS = 8


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("board"), images={}) as cloud:
        yield cloud


@pytest.fixture
def items(cloud: LocalCloud, request: pytest.FixtureRequest) -> DynamoItems:
    client = cloud.client("dynamodb")
    client.create_table(
        TableName=request.node.name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoItems(client, request.node.name)


def _at_once[T](do: Callable[[T], Any], things: Sequence[T]) -> list[Any]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(do, things))


def test_of_many_writers_of_one_item_exactly_one_wins(items: DynamoItems) -> None:
    def put(number: int) -> bool:
        try:
            items.write([Put(Key(f"1#{number // WRITERS}", "ROW"), {"version": 1}, seen=0)])
        except Contended:
            return False
        return True

    assert sum(_at_once(put, range(20 * WRITERS))) == 20


class Workshop:
    """What has happened, and a queue that hands each of it to a writer again until it could be written."""

    def __init__(self, items: DynamoItems) -> None:
        self._writer = BoardWriter(items)
        self._log: dict[str, Order] = {}
        self._lock = threading.Lock()

    def log(self) -> list[Order]:
        """Return every order as its events tell of it so far."""
        with self._lock:
            return list(self._log.values())

    def deliver(self, order: Order) -> None:
        """Let it have happened, and only then tell of it."""
        with self._lock:
            known = self._log.get(order.order_id, order)
            self._log[order.order_id] = max(known, order, key=lambda one: one.version)
        while True:
            try:
                self._writer.project(order)
            except Contended:
                continue
            return


def _all(items: DynamoItems, queue: Queue, owner: str | None = None) -> list[Card]:
    reader = BoardReader(items)
    shown: list[Card] = []
    cursor: str | None = None
    while True:
        page = reader.page(queue, Sort.DUE, 7, cursor, owner)
        shown += page.cards
        cursor = page.next_cursor
        if cursor is None:
            return shown


def _deliveries(histories: Sequence[History], seed: int) -> list[Order]:
    states = [state for history in histories for state in history.states[6:]]
    deliveries = states + states[::3]
    random.Random(seed).shuffle(deliveries)
    return deliveries


def _histories(count: int) -> list[History]:
    choices = random.Random(5)
    return [
        History(str(number), at=MONDAY + number * MINUTE).approved().wander(choices.choices(range(40), k=6))
        for number in range(count)
    ]


def _assert_true(items: DynamoItems, histories: Sequence[History]) -> None:
    statuses = {
        Queue.STARTED: "MANUFACTURING_STARTED",
        Queue.COMPLETED: "MANUFACTURING_COMPLETED",
        Queue.PACKAGING: "PACKAGING",
        Queue.SHIPPED: "SHIPPED",
    }
    orders = [history.order for history in histories]
    truth = {
        queue: {(one.order_id, one.version) for one in orders if one.status == statuses[queue]} for queue in statuses
    }
    truth[Queue.AVAILABLE] = {
        (one.order_id, one.version) for one in orders if one.status == "MANUFACTURING_APPROVED" and not one.hold
    }
    for queue, expected in truth.items():
        shown = _all(items, queue)
        assert {(card.order_id, card.version) for card in shown} == expected
        assert len(shown) == len(expected)
        assert BoardReader(items).counts().queues[queue] == len(expected)
    for operator in (GLEB.id, DINA.id):
        own = {card.order_id for card in _all(items, Queue.MINE, operator)}
        assert own == {one.order_id for one in orders if one.owner == operator}
        assert BoardReader(items).counts(operator).queues[Queue.MINE] == len(own)


def test_many_writers_at_once_leave_a_board_that_is_the_truth(items: DynamoItems) -> None:
    histories = _histories(60)
    _at_once(Workshop(items).deliver, _deliveries(histories, seed=1))
    _assert_true(items, histories)


def test_a_rebuild_under_traffic_leaves_a_board_that_is_the_truth(items: DynamoItems) -> None:
    histories, workshop = _histories(60), Workshop(items)
    _at_once(workshop.deliver, _deliveries(histories[:30], seed=2))
    with ThreadPoolExecutor(1) as aside:
        traffic = aside.submit(_at_once, workshop.deliver, _deliveries(histories, seed=3))
        rebuild(items, workshop.log, workers=4)
        traffic.result()
    _assert_true(items, histories)
