"""A page costs the same at a thousand orders and at a million, and so does an order that moves."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alexandrite.board.cards import Queue, Sort, queue_list, row
from alexandrite.board.reading import BoardReader
from alexandrite.board.writing import BoardWriter
from alexandrite.domain.identifiers import derive
from alexandrite.domain.orders import Order
from alexandrite.projections.shapes import ascending, entry, lane, node_key, node_to_item, row_to_item
from alexandrite.projections.trees import BOTTOM, ROOT, TOP, Node
from tests.histories import History
from tests.memory_items import Bill, MemoryItems

PAGE = 50
APPROVED = History("a").approved().order
TAKEN = History("a").approved().taken().order
BY_DUE = queue_list(Queue.AVAILABLE, Sort.DUE, None)


def assert_cheap(bill: Bill) -> None:
    """One call for the roots of 8 lanes, one or two on the way down, one for the leaves, one for the cards."""
    assert bill.calls <= 5
    assert bill.items_read <= 1 + 8 + 2 * 8 + 2 * 8 + PAGE
    assert bill.read_units <= 62


def approved(number: int) -> Order:
    """Return one of many orders, in the queue for the longer the smaller its number is, due at any time."""
    return APPROVED.model_copy(
        update={
            "order_id": derive("ord", str(number)),
            "status_since": APPROVED.status_since + timedelta(seconds=37 * number),
            "due_at": APPROVED.due_at + timedelta(seconds=number * 7_919 % (21 * 86_400)) if APPROVED.due_at else None,
        }
    )


def taken(order: Order) -> Order:
    """Return it after an operator has taken it."""
    return TAKEN.model_copy(update={"order_id": order.order_id, "due_at": order.due_at})


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_pages_and_moves_cost_the_same_at_a_thousand_and_at_twenty_thousand_orders(count: int) -> None:
    items = MemoryItems()
    writer, reader = BoardWriter(items), BoardReader(items)
    for number in range(count):
        writer.project(approved(number))

    bills = {}
    for sort in Sort:
        cursor = None
        for place in range(4):
            items.new_bill()
            page = reader.page(Queue.AVAILABLE, sort, PAGE, cursor)
            bills[sort, place] = items.new_bill()
            assert len(page.cards) == PAGE
            cursor = page.next_cursor
    for bill in bills.values():
        assert_cheap(bill)

    counted = reader.counts().queues[Queue.AVAILABLE]
    assert (counted, items.new_bill().calls) == (count, 1)

    for number in range(0, count, count // 100):
        writer.project(taken(approved(number)))
    moves = items.new_bill()
    assert moves.calls <= 5 * 100
    assert moves.items_written <= 11 * 100
    assert moves.write_units <= 24 * 100


def test_what_is_left_of_many_orders_is_paged_without_walking_over_what_has_gone() -> None:
    items = MemoryItems()
    writer, reader = BoardWriter(items), BoardReader(items)
    for number in range(3_000):
        writer.project(approved(number))
    for number in range(3_000):
        if number % 30:
            writer.project(taken(approved(number)))
    for sort in Sort:
        items.new_bill()
        page = reader.page(Queue.AVAILABLE, sort, PAGE)
        bill = items.new_bill()
        assert len(page.cards) == PAGE
        assert_cheap(bill)


class MillionOrders(MemoryItems):
    """The queue of what may be taken, by due date, with a million orders; a card is made when it is looked at."""

    def __init__(self, count: int) -> None:
        super().__init__()
        lanes: list[list[str]] = [[] for _ in range(BY_DUE.lanes)]
        first = int(ascending(self.due_at("ord_0")))
        for number in range(count):
            order_id = f"ord_{number:016d}"
            lanes[lane(order_id, BY_DUE.lanes)].append(entry(f"{first + 2_000 * number:013d}", order_id))
        for part, entries in enumerate(lanes):
            self._plant(part, sorted(entries))

    @staticmethod
    def due_at(order_id: str) -> datetime:
        """Return when an order is due: about every two seconds one."""
        assert APPROVED.due_at is not None
        return APPROVED.due_at + timedelta(seconds=2 * int(order_id.removeprefix("ord_")))

    def order(self, order_id: str) -> Order:
        """Return an order as it waits to be taken."""
        return APPROVED.model_copy(update={"order_id": order_id, "due_at": self.due_at(order_id)})

    def read(self, keys, *, consistent):
        for key in keys:
            if key.sk == "ROW" and key not in self.stored:
                order = self.order(key.pk.rpartition("#")[2])
                shown = row(order)
                assert shown is not None
                # The tree by age is not there, so the order stands in the one by due date only.
                places = frozenset(place for place in shown.places if place.list == BY_DUE)
                self.stored[key] = row_to_item(replace(shown, places=places))
        return super().read(keys, consistent=consistent)

    def _plant(self, part: int, entries: list[str]) -> None:
        """Store entries as a tree whose nodes are as full as they are on average, two thirds."""
        level, fullness = 0, 16
        nodes = [(keys, ()) for keys in _cut(entries, fullness)]
        while True:
            lows = [BOTTOM, *(keys[0] for keys, _ in nodes[1:])]
            names = [f"{level}.{place}" for place in range(len(nodes))] if len(nodes) > 1 else [ROOT]
            highs = [*lows[1:], TOP]
            for name, low, high, (keys, children) in zip(names, lows, highs, nodes, strict=True):
                node = Node(low, high, level, (low, *keys[1:]) if level else tuple(keys), tuple(children), version=1)
                self.stored[node_key(1, BY_DUE, part, name)] = node_to_item(node)
            if names == [ROOT]:
                return
            level, fullness = level + 1, 85
            nodes = list(zip(_cut(lows, fullness), _cut(names, fullness), strict=True))


def _cut(values: list[str], length: int) -> list[list[str]]:
    return [values[start : start + length] for start in range(0, len(values), length)]


def test_pages_and_moves_cost_the_same_at_a_million_orders() -> None:
    items = MillionOrders(1_000_000)
    reader = BoardReader(items)
    cursor = None
    for _ in range(3):
        page = reader.page(Queue.AVAILABLE, Sort.DUE, PAGE, cursor)
        cursor = page.next_cursor
        assert len(page.cards) == PAGE
        assert_cheap(items.new_bill())

    far = random.Random(1).sample(range(1_000_000), 20)
    for number in far:
        BoardWriter(items).project(taken(items.order(f"ord_{number:016d}")))
    moves = items.new_bill()
    assert moves.calls <= 6 * len(far)
    assert moves.write_units <= 24 * len(far)
