"""The invariants of the order protocol over whole companies in bad weather."""

from datetime import timedelta

import pytest

from alexandrite.domain.statuses import OPEN, Status
from alexandrite.store.checks import is_coordinated
from tests.invariants import check_log, check_ownership, check_schedule
from tests.simulation.world import CALM, COMPANY, STORM, World


def check_acknowledged(world):
    """1: what was acknowledged exists. 4: and a command that was refused has not happened."""
    for order in world.acknowledged.values():
        assert world.table.log[order.order_id][order.version - 1].after == order
    happened = {step.event.command_id for steps in world.table.log.values() for step in steps}
    assert not happened & world.refused


def check_board(world):
    """6, while things move: the board shows only what has been."""
    for order_id, (version, status) in world.board.items():
        assert world.table.log[order_id][version - 1].after.status == status


def shows_what_is_no_more(world):
    """Whether the board has lost the last message of an order."""
    return any(
        world.board.get(order_id, (0, None))[0] < record.order.version
        for order_id, record in world.table.records.items()
    )


def check_rest(world):
    """6 and 7 once nothing moves: the board is the truth, and each open order has a machine asleep on its version."""
    for order_id, record in world.table.records.items():
        assert world.board[order_id] == (record.order.version, record.order.status)
        if record.order.is_open:
            assert record.driver.next_check_at > world.now
        if record.order.is_open and is_coordinated(record.order, record.driver):
            assert record.driver.parked_version == record.order.version, order_id
            execution = world.executions[order_id, record.driver.generation]
            assert not execution.ended
            assert execution.sleeps_on == record.driver.wake_token


def check_conservation(world):
    """9: every order that was begun is closed, called off or open."""
    count = dict.fromkeys(Status, 0)
    for record in world.table.records.values():
        count[record.order.status] += 1
    begun = {steps[0].event.order_id for steps in world.table.log.values()}
    assert sum(count.values()) == len(begun)
    assert count[Status.CLOSED] > 10
    assert sum(count[status] for status in OPEN) > 10


@pytest.mark.parametrize("seed", range(3))
def test_no_order_is_lost_doubled_or_left_in_a_storm(seed):
    world = World(seed, STORM)
    for _ in range(10):
        world.run(timedelta(minutes=30))
        check_log(world.table)
        check_ownership(world.table, COMPANY.work_in_progress)
        check_schedule(world.table)
        check_acknowledged(world)
        check_board(world)
    world.weather = CALM
    world.people_rest = True
    world.run(timedelta(minutes=35))
    assert shows_what_is_no_more(world)
    world.sweep_everything()
    world.run(timedelta(minutes=5))
    check_log(world.table)
    check_rest(world)
    check_conservation(world)
    assert any(generation > 1 for _, generation in world.executions)


def test_in_calm_weather_no_execution_is_replaced_and_the_sweeper_finds_nothing_to_repair():
    world = World(7, CALM)
    world.run(timedelta(hours=5))
    assert {generation for _, generation in world.executions} == {1}
    world.people_rest = True
    world.run(timedelta(minutes=5))
    check_rest(world)


def test_the_same_seed_is_the_same_history():
    def history(seed):
        world = World(seed, STORM, orders=10)
        world.run(timedelta(hours=3))
        return [(step.event.order_id, step.event.version, step.event.at) for step in world.table.published]

    assert history(3) == history(3)
    assert history(3) != history(4)
