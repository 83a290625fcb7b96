"""The board shows the truth, whatever order messages come in."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alexandrite.board import cards
from alexandrite.board.cards import Card, Queue, Sort
from alexandrite.board.reading import BoardReader, Page
from alexandrite.board.writing import BoardWriter
from alexandrite.domain.errors import Invalid
from alexandrite.domain.orders import Mode, Order
from alexandrite.domain.statuses import Status
from alexandrite.domain.transitions import TRANSITIONS
from alexandrite.projections.items import Contended, Items
from alexandrite.projections.writing import RowWriter
from tests.histories import MINUTE, History
from tests.memory_items import MemoryItems
from tests.orders import DINA, GLEB, MONDAY

OPERATORS = (GLEB.id, DINA.id)


def everything(items: Items) -> dict[tuple[Queue, Sort, str | None], tuple[Card, ...]]:
    """Return every queue of the board, each read page by page."""
    reader = BoardReader(items)
    queues = [(queue, None) for queue in Queue if queue is not Queue.MINE]
    mine = [(Queue.MINE, operator) for operator in OPERATORS]
    return {(queue, sort, owner): _all(reader, queue, sort, owner) for queue, owner in queues + mine for sort in Sort}


def _all(reader: BoardReader, queue: Queue, sort: Sort, owner: str | None) -> tuple[Card, ...]:
    shown: list[Card] = []
    cursor: str | None = None
    while True:
        page = reader.page(queue, sort, 3, cursor, owner)
        shown += page.cards
        cursor = page.next_cursor
        if cursor is None:
            return tuple(shown)


def truth(orders: list[Order]) -> dict[tuple[Queue, Sort, str | None], tuple[Card, ...]]:
    """Return what the board must show of these orders, by plain filters and sorts."""
    statuses = {
        Queue.STARTED: Status.MANUFACTURING_STARTED,
        Queue.COMPLETED: Status.MANUFACTURING_COMPLETED,
        Queue.PACKAGING: Status.PACKAGING,
        Queue.SHIPPED: Status.SHIPPED,
    }
    queues: dict[tuple[Queue, str | None], list[Order]] = {
        (Queue.AVAILABLE, None): [
            order for order in orders if order.status is Status.MANUFACTURING_APPROVED and not order.hold
        ],
        **{(queue, None): [order for order in orders if order.status is status] for queue, status in statuses.items()},
        **{
            (Queue.MINE, operator): [
                order for order in orders if (order.status, order.owner) == (Status.MANUFACTURING_STARTED, operator)
            ]
            for operator in OPERATORS
        },
    }
    return {
        (queue, sort, owner): tuple(cards.card(order) for order in sorted(found, key=lambda order: _rank(order, sort)))
        for (queue, owner), found in queues.items()
        for sort in Sort
    }


def _rank(order: Order, sort: Sort) -> tuple[float, str]:
    assert order.due_at is not None
    moment = order.due_at if sort is Sort.DUE else order.status_since
    return (moment.timestamp() if sort is Sort.DUE else -moment.timestamp(), order.order_id)


WANDERINGS = st.lists(st.lists(st.integers(0, 50), max_size=12), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(WANDERINGS, st.randoms(use_true_random=False))
def test_any_order_and_doubling_of_messages_ends_in_the_same_board_which_is_the_truth(wanderings, random) -> None:
    histories = [
        History(str(number), at=MONDAY + number * MINUTE).approved().wander(choices)
        for number, choices in enumerate(wanderings)
    ]
    states = [state for history in histories for state in history.states]
    deliveries = states + random.sample(states, len(states) // 2)
    random.shuffle(deliveries)
    items = MemoryItems()
    writer = BoardWriter(items)
    for state in deliveries:
        writer.project(state)
    orders = [history.order for history in histories]
    assert everything(items) == truth(orders)
    for operator in OPERATORS:
        counted = BoardReader(items).counts(operator).queues
        recounted = {queue: len(truth(orders)[queue, Sort.DUE, _owner(queue, operator)]) for queue in Queue}
        assert counted == recounted


def _owner(queue: Queue, operator: str) -> str | None:
    return operator if queue is Queue.MINE else None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=15), st.randoms(use_true_random=False))
def test_what_the_board_shows_of_an_order_never_goes_back(choices, random) -> None:
    states = History("a").approved().wander(choices).states
    random.shuffle(states)
    items = MemoryItems()
    writer = BoardWriter(items)
    shown = [0]
    for state in states:
        writer.project(state)
        visible = [card.version for queue in everything(items).values() for card in queue]
        shown.append(max(visible, default=shown[-1]))
        assert len(set(visible)) <= 1
    assert all(before <= after for before, after in pairwise(shown))


def test_an_order_that_has_left_does_not_come_back_with_a_late_message() -> None:
    history = History("a").approved().taken().completed().packed().shipped().closed()
    items = MemoryItems()
    writer = BoardWriter(items)
    assert writer.project(history.order)
    assert not any(writer.project(state) for state in history.states)
    assert not any(everything(items).values())


def test_nothing_leads_from_the_board_back_to_where_an_order_is_not_guarded_yet() -> None:
    not_yet = {Status.INITIATED, Status.FILE_UPLOADED, Status.SUBMITTED, Status.PRICE_CALCULATED}
    backwards = [
        (fact, origin, to)
        for fact, steps in TRANSITIONS.items()
        for origin, to in steps
        if origin is not None and origin not in not_yet and to in not_yet
    ]
    assert not backwards


def test_an_order_costs_the_board_nothing_before_it_is_released_for_production() -> None:
    items = MemoryItems()
    for state in History("a").approved().states[:-1]:
        BoardWriter(items).project(state)
    assert items.bill.calls == items.bill.transactions == 0


def test_test_orders_never_reach_the_board() -> None:
    items = MemoryItems()
    for state in History("a", mode=Mode.TEST).approved().states:
        assert not BoardWriter(items).project(state)
    assert not items.stored


def test_a_held_order_is_not_to_be_taken_and_comes_back_when_work_goes_on() -> None:
    items = MemoryItems()
    writer, reader = BoardWriter(items), BoardReader(items)
    history = History("a").approved().held()
    writer.project(history.order)
    assert reader.counts().queues[Queue.AVAILABLE] == 0
    assert reader.page(Queue.AVAILABLE).cards == ()
    writer.project(history.resumed().order)
    assert [card.order_id for card in reader.page(Queue.AVAILABLE).cards] == [history.order_id]


def test_a_card_says_what_an_operator_must_know_before_taking() -> None:
    items = MemoryItems()
    history = History("a", quantity=3).approved()
    BoardWriter(items).project(history.order)
    (card,) = BoardReader(items).page(Queue.AVAILABLE).cards
    assert card.number == history.order_id.removeprefix("ord_")
    assert (card.pieces, card.pay_minor, card.currency) == (3, 30_000, "RUB")
    assert (card.materials, card.finishes) == (("silver_925",), ("polished",))
    assert card.due_at == history.order.due_at
    assert card.thumbnail == f"previews/{history.order.lines[0].model}.png"


def test_take_next_is_offered_what_is_due_first() -> None:
    items = MemoryItems()
    histories = [History(str(number), at=MONDAY + timedelta(hours=number)).approved() for number in range(9)]
    for history in histories[5:] + histories[:5]:
        BoardWriter(items).project(history.order)
    first = BoardReader(items).first_due(3)
    assert [card.order_id for card in first] == [history.order_id for history in histories[:3]]


def test_a_cursor_goes_on_where_the_page_ended_although_the_first_cards_have_been_taken_since() -> None:
    items = MemoryItems()
    writer, reader = BoardWriter(items), BoardReader(items)
    histories = [History(str(number), at=MONDAY + timedelta(hours=number)).approved() for number in range(12)]
    for history in histories:
        writer.project(history.order)
    first = reader.page(Queue.AVAILABLE, Sort.DUE, 5)
    for history in histories[:6]:
        writer.project(history.taken().order)
    second = reader.page(Queue.AVAILABLE, Sort.DUE, 5, first.next_cursor)
    assert [card.order_id for card in second.cards] == [history.order_id for history in histories[6:11]]


def test_a_page_that_was_read_while_a_card_left_shows_the_rest() -> None:
    items = MemoryItems()
    histories = [History(str(number)).approved() for number in range(4)]
    for history in histories:
        BoardWriter(items).project(history.order)

    taken = histories[0].taken().order

    class TakenMeanwhile(MemoryItems):
        def read(self, keys, *, consistent):
            if any("#ORDER#" in key.pk for key in keys):  # the list has been read, the cards are next
                BoardWriter(items).project(taken)
            return super().read(keys, consistent=consistent)

    page = BoardReader(TakenMeanwhile(items.stored)).page(Queue.AVAILABLE)
    assert {card.order_id for card in page.cards} == {history.order_id for history in histories[1:]}


def test_the_loser_of_a_race_for_a_leaf_reads_again_and_both_orders_are_shown() -> None:
    items = MemoryItems()
    mine, other = History("a").approved(), History("b").approved()
    pauses: list[int] = []

    def interfere() -> None:
        items.before_write = lambda: None
        for number in range(40):  # all lanes, so that one of them is mine
            BoardWriter(items).project(History(f"rival {number}").approved().order)

    BoardWriter(items).project(other.order)
    items.before_write = interfere
    row = cards.row(mine.order)
    assert row is not None
    assert RowWriter(items, rest=pauses.append).write(row)
    assert pauses == [1]
    assert len(everything(items)[Queue.AVAILABLE, Sort.NEWEST, None]) == 42
    assert BoardReader(items).counts().queues[Queue.AVAILABLE] == 42


def test_a_writer_that_never_gets_its_turn_leaves_its_message_in_the_queue() -> None:
    items = MemoryItems()

    def refuse() -> None:
        raise Contended("TransactionConflict")

    items.before_write = refuse
    row = cards.row(History("a").approved().order)
    assert row is not None
    with pytest.raises(Contended):
        RowWriter(items, rest=lambda _: None).write(row)
    assert not items.stored


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_of_no_size_or_too_large_is_refused(limit: int) -> None:
    with pytest.raises(Invalid, match="limit"):
        BoardReader(MemoryItems()).page(Queue.AVAILABLE, limit=limit)


@pytest.mark.parametrize("cursor", ["?", "ы", "AAAAA", "_w"])
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        BoardReader(MemoryItems()).page(Queue.AVAILABLE, cursor=cursor)


def test_an_empty_board_has_empty_pages() -> None:
    reader = BoardReader(MemoryItems(), clock=lambda: MONDAY)
    assert reader.page(Queue.SHIPPED) == Page(cards=(), next_cursor=None, as_of=MONDAY)
    assert set(reader.counts(GLEB.id).queues.values()) == {0}


def test_orders_of_different_ages_are_spread_over_all_lanes_and_counted_once() -> None:
    items = MemoryItems()
    for number in range(64):
        BoardWriter(items).project(History(str(number)).approved().order)
    parts = Counter(key.pk.rpartition("#")[2] for key in items.stored if "#TALLY#" in key.pk)
    assert len(parts) == 8
