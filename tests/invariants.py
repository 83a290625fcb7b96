"""The invariants of the order protocol, as checks of a table in memory."""

from itertools import pairwise

from alexandrite.domain.company import WorkInProgress
from alexandrite.domain.evolution import fold
from alexandrite.domain.transitions import is_legal
from alexandrite.store.checks import needs_driving
from tests.memory_table import MemoryOrderTable


def check_log(table: MemoryOrderTable) -> None:
    """2: only legal steps. 3: dense versions, and what stands is the fold of what happened. 4: commands once."""
    for order_id, steps in table.log.items():
        events = [step.event for step in steps]
        assert [event.version for event in events] == list(range(1, len(events) + 1)), order_id
        for event in events:
            assert is_legal(event.fact.name, event.from_status, event.to_status), event
        for earlier, later in pairwise(events):
            assert earlier.to_status == later.from_status, later
        assert fold(events) == table.records[order_id].order == steps[-1].after
        command_ids = [event.command_id for event in events]
        assert len(set(command_ids)) == len(command_ids), order_id
    assert table.log.keys() == table.records.keys()


def check_ownership(table: MemoryOrderTable, limit: WorkInProgress) -> None:
    """5: fences only grow, and nobody has more in hand than allowed, or than they own."""
    in_hand: dict[str, list[int]] = {}
    for order_id, steps in table.log.items():
        fences = [step.after.fence for step in steps]
        assert fences == sorted(fences), order_id
        order = table.records[order_id].order
        if order.owner is not None:
            in_hand.setdefault(order.owner, []).append(order.quantity)
    for operator, load in table.loads.items():
        pieces = in_hand.get(operator, [])
        assert (load.orders, load.pieces) == (len(pieces), sum(pieces)), operator
        assert load.orders <= limit.orders
        assert load.pieces <= limit.pieces or load.orders == 1
    assert in_hand.keys() <= table.loads.keys()


def check_schedule(table: MemoryOrderTable) -> None:
    """7, its static half: what needs driving is in the sweeper's index, and nothing else."""
    for order_id, record in table.records.items():
        assert (record.driver.next_check_at is not None) == needs_driving(record.order), order_id
