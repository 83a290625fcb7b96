"""From events to executions: a start, a wake-up, a replacement."""

import pytest

from alexandrite.driving.machine import execution_name, parse_execution_name
from alexandrite.driving.orchestrate import HASTY_GENERATIONS, drive, replace_ended
from tests.orders import MONDAY, Commands


def tell(world, order_id="ord_1"):
    drive(order_id, table=world.table, machine=world.machine, correlation_id="c")


def ended(world, order_id="ord_1", generation=1, status="FAILED"):
    world.machine.end(order_id, generation)
    change = {"name": execution_name(order_id, generation), "status": status, "executionArn": "arn"}
    replace_ended(change, table=world.table, machine=world.machine, now=MONDAY)


def test_a_submitted_order_gets_its_execution_and_only_one(world):
    world.submitted()
    tell(world)
    tell(world)
    assert world.machine.started == [("ord_1", 1)]


def test_an_order_that_is_still_composed_gets_none(world):
    world.write("ord_1", Commands("c").create())
    tell(world)
    assert world.machine.started == []


def test_an_event_of_an_order_that_is_not_there_is_passed_over(world):
    tell(world, "ord_none")
    assert world.machine.started == []


def test_a_change_wakes_the_token_that_the_order_holds_and_not_one_from_a_message(world):
    commands = world.submitted()
    world.park(token="first")
    world.write("ord_1", commands.note())
    tell(world)
    assert world.machine.woken == [("first", 4)]


def test_a_machine_that_sleeps_on_this_very_version_is_left_alone(world):
    world.submitted()
    world.park()
    tell(world)
    assert world.machine.woken == []


def test_an_order_taken_back_to_change_a_line_keeps_its_execution(world):
    commands = world.submitted()
    world.park()
    world.write("ord_1", commands.change(lead_time="express"))
    tell(world)
    assert world.machine.woken == [("token", 4)]


def test_a_paid_order_that_is_cancelled_while_nobody_drives_it_gets_an_execution_to_compensate(world):
    commands = world.accepted()
    world.write("ord_1", commands.cancel())
    tell(world)
    assert world.machine.started == [("ord_1", 1)]


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_that_ends_early_is_followed_by_the_next_generation(world, status):
    world.submitted()
    tell(world)
    world.park()
    ended(world, status=status)
    assert world.machine.started == [("ord_1", 1), ("ord_1", 2)]
    driver = world.table.records["ord_1"].driver
    assert (driver.generation, driver.wake_token) == (2, None)


def test_an_early_end_told_twice_raises_the_generation_once(world):
    world.submitted()
    tell(world)
    ended(world)
    ended(world)
    assert world.table.records["ord_1"].driver.generation == 2
    assert world.machine.started == [("ord_1", 1), ("ord_1", 2)]


def test_a_generation_raised_by_somebody_who_died_before_the_start_is_started_by_the_retry(world):
    world.submitted()
    tell(world)
    world.machine.away = True
    with pytest.raises(ConnectionError):
        ended(world)
    assert world.table.records["ord_1"].driver.generation == 2
    world.machine.away = False
    ended(world)
    assert world.machine.started == [("ord_1", 1), ("ord_1", 2)]


def test_an_execution_that_succeeds_or_of_an_order_that_is_over_is_not_followed(world):
    commands = world.submitted()
    tell(world)
    ended(world, status="SUCCEEDED")
    world.write("ord_1", commands.cancel())
    ended(world)
    assert world.machine.started == [("ord_1", 1)]


def test_a_machine_that_ends_at_once_every_time_is_not_started_in_a_circle(world):
    world.submitted()
    tell(world)
    for generation in range(1, 20):
        ended(world, generation=generation)
    assert world.table.records["ord_1"].driver.generation == HASTY_GENERATIONS


@pytest.mark.parametrize("name", ["something", "ord_1-gx", "ord_1", ""])
def test_an_execution_with_a_name_of_another_kind_is_not_ours(name):
    assert parse_execution_name(name) is None


def test_an_executions_name_tells_order_and_generation():
    assert parse_execution_name(execution_name("ord_7Z-g3", 12)) == ("ord_7Z-g3", 12)
