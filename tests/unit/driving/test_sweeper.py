"""The sweeper: whatever was lost, nothing stays where it is for longer than two sweeps."""

from datetime import timedelta

import pytest

from alexandrite.domain.orders import Mode, Payment
from alexandrite.domain.statuses import Status
from alexandrite.driving import sweeper as module
from alexandrite.store.checks import HAND_OVER
from alexandrite.store.table import Unreadable
from tests.orders import Commands, file_of


@pytest.fixture
def counted(monkeypatch):
    """The metrics of a sweep, by name."""
    found = {}
    monkeypatch.setattr(module, "count", lambda name, value=1, **_: found.__setitem__(name, value))
    return found


def test_an_order_whose_first_event_was_lost_is_started(world):
    world.submitted()
    found = world.sweeper.due(now=world.after(seconds=60))
    assert world.machine.started == [("ord_1", 1)]
    assert found.repaired == 1


def test_a_machine_that_missed_a_change_is_woken(world):
    commands = world.submitted()
    world.machine.start("ord_1", 1, correlation_id="c")
    world.park()
    world.write("ord_1", commands.note())
    world.sweeper.due(now=world.after(seconds=60))
    assert world.machine.woken == [("token", 4)]


def test_an_execution_that_is_no_more_is_replaced(world):
    commands = world.submitted()
    world.machine.start("ord_1", 1, correlation_id="c")
    world.park()
    world.machine.end("ord_1", 1)
    world.write("ord_1", commands.note())
    world.sweeper.due(now=world.after(seconds=60))
    assert world.machine.started[-1] == ("ord_1", 2)


def test_an_execution_that_runs_but_never_parks_is_replaced_after_ten_minutes(world):
    world.submitted()
    world.machine.start("ord_1", 1, correlation_id="c")
    world.sweeper.due(now=world.after(seconds=60))
    assert world.machine.started == [("ord_1", 1)]
    world.sweeper.due(now=world.after(minutes=11))
    assert world.machine.started[-1] == ("ord_1", 2)


def test_an_order_that_sleeps_as_it_should_is_not_even_read(world):
    world.submitted()
    world.machine.start("ord_1", 1, correlation_id="c")
    world.park()
    found = world.sweeper.due(now=world.after(minutes=5))
    assert found.looked_at == 0
    assert world.machine.asked_about == []


def test_an_order_looked_at_is_not_looked_at_again_at_once(world):
    world.submitted()
    now = world.after(seconds=60)
    assert world.sweeper.due(now=now).looked_at == 1
    assert world.sweeper.due(now=now + timedelta(seconds=30)).looked_at == 0
    assert world.sweeper.due(now=now + HAND_OVER).looked_at == 1


def test_an_order_that_cannot_be_driven_on_does_not_keep_the_others_waiting(world, counted):
    for number in range(5):
        world.submitted(f"ord_{number}")
    world.machine.away = True
    found = world.sweeper.due(now=world.after(order_id="ord_0", seconds=60))
    assert (found.looked_at, found.failed) == (5, 5)
    assert counted["OrdersNotRepaired"] == 5
    world.machine.away = False
    assert world.sweeper.due(now=world.after(order_id="ord_0", seconds=120)).repaired == 5


@pytest.mark.parametrize("sweep", ["due", "everything"])
def test_an_order_that_cannot_be_read_does_not_keep_the_others_waiting(world, counted, monkeypatch, sweep):
    for number in range(5):
        world.submitted(f"ord_{number}")
    record = world.table.record

    def read(order_id):
        if order_id == "ord_2":
            raise Unreadable(order_id)
        return record(order_id)

    monkeypatch.setattr(world.table, "record", read)
    monkeypatch.setattr(world.table, "records_of", lambda order_ids: tuple(map(read, order_ids)))
    found = getattr(world.sweeper, sweep)(now=world.after(order_id="ord_0", seconds=60))
    assert (found.repaired, found.failed) == (4, 1)
    assert counted["OrdersNotRepaired"] == 1
    assert len(world.machine.started) == 4


def test_a_sweep_that_runs_out_of_time_is_continued_by_the_next(world):
    for number in range(10):
        world.submitted(f"ord_{number}")
    now = world.after(order_id="ord_0", seconds=60)
    budget = iter([True] * 4)
    first = world.sweeper.due(now=now, in_time=lambda: next(budget, False))
    assert (first.looked_at, first.unfinished) == (4, True)
    second = world.sweeper.due(now=now)
    assert (second.looked_at, second.unfinished) == (6, False)
    assert len(world.machine.started) == 10


def test_a_sweep_takes_a_bounded_number_from_each_shard(world, monkeypatch):
    monkeypatch.setattr(module, "ORDERS_PER_SHARD", 1)
    for number in range(40):
        world.submitted(f"ord_{number}")
    now = world.after(order_id="ord_0", seconds=60)
    assert world.sweeper.due(now=now).looked_at <= 8
    for _ in range(40):
        world.sweeper.due(now=now)
    assert len(world.machine.started) == 40


def test_an_order_that_waits_for_files_is_looked_at_once_a_minute_after_each_event_and_then_at_its_deadline(world):
    commands = Commands("c")
    world.write("ord_1", commands.create(2))
    now = world.after(seconds=60)
    assert world.sweeper.due(now=now).looked_at == 1
    assert world.sweeper.due(now=world.order().deadline_at - timedelta(seconds=1)).looked_at == 0
    world.write("ord_1", commands.files(1))
    assert world.sweeper.due(now=world.after(seconds=60)).looked_at == 1
    assert world.sweeper.due(now=world.order().deadline_at).looked_at == 1


def test_a_file_that_arrived_while_its_order_was_being_created_is_found(world):
    world.write("ord_1", Commands("c").create())
    world.arrived = {model: file_of(model) for model in world.order().models}
    found = world.sweeper.due(now=world.after(seconds=60))
    assert (world.order().status, found.repaired) == (Status.FILE_UPLOADED, 1)
    assert world.sweeper.due(now=world.after(hours=1)).looked_at == 0


def test_an_idle_order_without_a_machine_is_reminded_and_cancelled(world):
    world.write("ord_1", Commands("c").create())
    for _ in range(2):
        world.sweeper.due(now=world.order().deadline_at + timedelta(seconds=1))
    assert world.order().status is Status.CANCELLED
    assert world.machine.started == []


def test_the_money_of_a_cancelled_order_is_seen_to_even_when_its_machine_is_dead(world):
    commands = world.accepted()
    world.write("ord_1", commands.cancel())
    world.sweeper.due(now=world.after(seconds=60))
    assert world.order().payment is Payment.REFUND_DUE


def test_after_all_executions_died_everything_is_driven_again(world):
    for number in range(6):
        world.submitted(f"ord_{number}")
        world.machine.start(f"ord_{number}", 1, correlation_id="c")
        world.park(f"ord_{number}")
    world.write("ord_composing", Commands("x").create())
    for number in range(4):
        world.machine.end(f"ord_{number}", 1)
    found = world.sweeper.everything(now=world.after(order_id="ord_0", seconds=1))
    assert found.repaired == 4
    assert sorted(world.machine.running()) == [
        ("ord_0", 2),
        ("ord_1", 2),
        ("ord_2", 2),
        ("ord_3", 2),
        ("ord_4", 1),
        ("ord_5", 1),
    ]
    assert {order_id for order_id, _ in world.machine.asked_about} == {f"ord_{number}" for number in range(4)}


def test_the_last_event_of_each_open_order_is_announced_again(world, counted):
    for number in range(20):
        world.submitted(f"ord_{number}")
    world.write("ord_composing", Commands("x").create())
    commands = Commands("y")
    world.write("ord_over", commands.create(), commands.cancel())
    found = world.sweeper.everything(now=world.after(order_id="ord_0", seconds=1))
    assert sorted(world.announced) == sorted([*((f"ord_{number}", 3) for number in range(20)), ("ord_composing", 1)])
    assert found.announced == counted["EventsAnnouncedAgain"] == 21


def test_a_bus_that_is_away_keeps_no_order_from_being_driven(world, counted):
    world.submitted()
    world.bus_is_away = True
    found = world.sweeper.everything(now=world.after(seconds=1))
    assert (found.announced, found.repaired, counted["EventsNotAnnounced"]) == (0, 1, 1)


def test_events_that_cannot_be_read_keep_no_order_from_being_driven(world, counted, monkeypatch):
    world.submitted()

    def damaged(orders):
        raise ValueError("no event")

    monkeypatch.setattr(world.table, "last_events", damaged)
    found = world.sweeper.everything(now=world.after(seconds=1))
    assert (found.announced, found.repaired, counted["EventsNotAnnounced"]) == (0, 1, 1)


def test_an_order_that_is_met_twice_on_the_way_gets_one_execution(world, monkeypatch):
    monkeypatch.setattr(module, "ORDERS_PER_PAGE", 1)
    for number in range(40):
        world.submitted(f"ord_{number}")
        world.machine.start(f"ord_{number}", 1, correlation_id="c")
        world.park(f"ord_{number}")
        world.machine.end(f"ord_{number}", 1)
    world.sweeper.everything(now=world.after(order_id="ord_0", days=1))
    assert {generation for _, generation in world.machine.running()} == {2}
    assert len(world.announced) == 40


@pytest.mark.parametrize("looks", [1, 3, 7])
def test_a_sweep_of_everything_that_runs_out_of_time_goes_on_where_it_stopped(world, monkeypatch, looks):
    monkeypatch.setattr(module, "ORDERS_PER_PAGE", 2)
    for number in range(30):
        world.submitted(f"ord_{number}")
    now = world.after(order_id="ord_0", seconds=1)

    def a_while():
        budget = iter([True] * (looks + 2))  # what a page takes, and a little
        return lambda: next(budget, False)

    found, runs = world.sweeper.everything(now=now, in_time=a_while()), 1
    while found.unfinished:
        found, runs = world.sweeper.rest(now=now, in_time=a_while()), runs + 1
    assert runs > 2
    assert sorted(world.machine.started) == sorted((f"ord_{number}", 1) for number in range(30))
    assert {order_id for order_id, _ in world.announced} == {f"ord_{number}" for number in range(30)}
    assert world.sweeper.rest(now=now) == module.Found()


def test_a_sweep_of_everything_that_dies_goes_on_where_it_was(world, monkeypatch):
    monkeypatch.setattr(module, "ORDERS_PER_PAGE", 1)
    for number in range(10):
        world.submitted(f"ord_{number}")
    now = world.after(order_id="ord_0", seconds=1)

    class Killed(BaseException):
        pass

    def dies(steps):
        if len(world.machine.started) == 5:
            raise Killed
        return len(steps)

    with monkeypatch.context() as short:
        short.setattr(world, "_announce", dies)
        with pytest.raises(Killed):
            world.sweeper.everything(now=now)
    world.sweeper.rest(now=now)
    assert len(world.machine.started) == 10
    assert len(world.announced) == 5


def test_a_sweep_of_everything_that_begins_anew_takes_over_from_one_that_has_not_ended(world, monkeypatch):
    monkeypatch.setattr(module, "ORDERS_PER_PAGE", 1)
    for number in range(10):
        world.submitted(f"ord_{number}")
    now = world.after(order_id="ord_0", seconds=1)
    begun_anew = []

    def overtaken():
        if len(world.announced) == 5 and not begun_anew:
            begun_anew.append(world.sweeper.everything(now=now))
        return True

    assert world.sweeper.everything(now=now, in_time=overtaken).unfinished
    assert not begun_anew[0].unfinished
    assert {order_id for order_id, _ in world.announced} == {f"ord_{number}" for number in range(10)}


def test_stuck_orders_are_counted_live_ones_only_and_the_heart_beats(world, counted):
    for order_id, mode in (("ord_live", Mode.LIVE), ("ord_test", Mode.TEST)):
        commands = world.submitted(order_id, mode=mode)
        commands.at = world.order(order_id).deadline_at
        world.write(order_id, commands.escalate())
    world.sweeper.due(now=world.after(order_id="ord_live", seconds=1))
    assert (counted["OrdersStuck"], counted["SweeperHeartbeat"]) == (1, 1)


def test_a_machine_that_fails_again_and_again_is_tried_less_and_less_often(world):
    world.submitted()
    looks = 0
    now = world.after(seconds=60)
    for minute in range(240):
        for execution in list(world.machine.running()):
            world.machine.end(*execution)
        looks += world.sweeper.due(now=now + timedelta(minutes=minute)).looked_at
    assert world.table.records["ord_1"].driver.generation < 25
    assert looks < 25
