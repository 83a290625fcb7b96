"""A read model is built anew beside the one that serves, and nothing that happens meanwhile is lost."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alexandrite.board.cards import Queue, Sort
from alexandrite.board.reading import BoardReader
from alexandrite.board.rebuilding import rebuild
from alexandrite.board.writing import BoardWriter
from alexandrite.domain.orders import Order
from alexandrite.projections.generations import Generations, NotBuilding, Pointer
from alexandrite.projections.rebuilding import clear
from tests.histories import History
from tests.memory_items import MemoryItems


def _shown(items: MemoryItems) -> dict[tuple[Queue, str], int]:
    reader = BoardReader(items)
    queues = [queue for queue in Queue if queue is not Queue.MINE]
    return {
        (queue, card.order_id): card.version for queue in queues for card in reader.page(queue, Sort.DUE, 100).cards
    }


def _truth(histories: list[History]) -> dict[tuple[Queue, str], int]:
    items = MemoryItems()
    for history in histories:
        BoardWriter(items).project(history.order)
    return _shown(items)


def _stored_of(items: MemoryItems) -> set[str]:
    return {key.pk.partition("#")[0] for key in items.stored}


def test_a_rebuilt_board_shows_what_the_events_say_whatever_the_old_one_showed() -> None:
    items = MemoryItems()
    histories = [History(str(number)).approved() for number in range(5)]
    ghost = History("an order that no event knows").approved()
    BoardWriter(items).project(ghost.order)
    done = rebuild(items, lambda: [history.order for history in histories])
    assert (done.generation, done.replaced, done.orders) == (2, 1, 5)
    assert _shown(items) == _truth(histories)
    assert BoardReader(items).counts().queues[Queue.AVAILABLE] == 5


def test_readers_and_writers_that_have_been_at_work_since_before_follow_to_the_new_board() -> None:
    items = MemoryItems()
    reader, writer = BoardReader(items), BoardWriter(items)
    histories = [History(str(number)).approved() for number in range(3)]
    for history in histories:
        writer.project(history.order)
    assert len(reader.page(Queue.AVAILABLE).cards) == 3
    rebuild(items, lambda: [history.order for history in histories])
    writer.project(histories[0].taken().order)
    assert len(reader.page(Queue.AVAILABLE).cards) == 2
    assert reader.counts().queues[Queue.STARTED] == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 50), max_size=8), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_what_happens_during_a_rebuild_is_shown_after_it(wanderings: list[list[int]], random) -> None:
    items = MemoryItems()
    writer, readers = BoardWriter(items), BoardReader(items)
    histories = [History(str(number)).approved() for number in range(len(wanderings))]
    for history in histories:
        writer.project(history.order)

    def scan() -> Iterator[Order]:
        """Read the log order by order, while messages of what happens after come in before, between and after."""
        happening = [(history, choices) for history, choices in zip(histories, wanderings, strict=True)]
        for history in histories:
            if random.random() < 0.5:
                yield history.order
            moved, choices = happening.pop(random.randrange(len(happening)))
            before = len(moved.steps)
            moved.wander(choices)
            for state in random.sample(moved.states[before:], len(moved.states[before:])):
                writer.project(state)
                assert set(_shown(items)) <= {(queue, one.order_id) for queue in Queue for one in histories}
            yield history.order
        assert readers.counts().queues == BoardReader(items).counts().queues

    rebuild(items, scan)
    assert _shown(items) == _truth(histories)


def test_the_board_that_was_replaced_is_kept_until_the_next_rebuild() -> None:
    items = MemoryItems()
    histories = [History(str(number)).approved() for number in range(3)]

    def orders() -> list[Order]:
        return [history.order for history in histories]

    BoardWriter(items).project(histories[0].order)
    rebuild(items, orders)
    assert _stored_of(items) == {"POINTER", "1", "2"}
    rebuild(items, orders)
    assert _stored_of(items) == {"POINTER", "2", "3"}
    clear(items)
    assert _stored_of(items) == {"POINTER", "3"}
    assert _shown(items) == _truth(histories)


def test_a_rebuild_that_broke_off_leaves_the_board_as_it_was_and_the_next_one_begins_afresh() -> None:
    items = MemoryItems()
    histories = [History(str(number)).approved() for number in range(3)]
    BoardWriter(items).project(histories[0].order)

    def broken() -> Iterator[Order]:
        yield histories[1].order
        raise ConnectionError("the scan broke off")

    with pytest.raises(ConnectionError):
        rebuild(items, broken)
    assert len(_shown(items)) == 1
    assert rebuild(items, lambda: [history.order for history in histories]).generation == 3
    assert _shown(items) == _truth(histories)
    assert Generations(items).pointer() == Pointer(serving=3, building=0, last=3, version=3)


def test_of_two_rebuilds_at_once_the_one_that_began_last_goes_on() -> None:
    items = MemoryItems()
    first, second = Generations(items), Generations(items)
    begun = first.begin()
    second.begin()
    with pytest.raises(NotBuilding):
        first.serve(begun)
    assert second.serve(3) == 1
