"""What the order machine and the sweeper keep beside the fold."""

from datetime import timedelta

import pytest

from alexandrite.domain.company import Company
from alexandrite.store.apply import apply
from alexandrite.store.checks import CHECK_SHARDS, HAND_OVER, check_shard
from alexandrite.store.keys import timestamp
from alexandrite.store.table import Place
from tests.orders import MONDAY, Commands
from tests.orders_table import NAME

COMPANY = Company()


@pytest.fixture
def submitted(orders):
    commands = Commands("c")
    apply(orders, "ord_1", [commands.create(), commands.files(), commands.submit()], company=COMPANY)
    return commands


def all_due(drivers, before):
    return {order_id for shard in CHECK_SHARDS for order_id in drivers.due(shard, before=before, limit=10)}


def test_an_order_is_due_a_minute_after_its_last_event_unless_a_machine_parks_on_it(orders, drivers, submitted):
    order = drivers.record("ord_1").order
    assert drivers.record("ord_1").driver.next_check_at == order.updated_at + HAND_OVER
    assert all_due(drivers, order.updated_at + timedelta(seconds=59)) == set()
    assert all_due(drivers, order.updated_at + HAND_OVER) == {"ord_1"}
    assert drivers.walk(Place(shard=check_shard(order)), 10) == (("ord_1",), None)


def test_the_oldest_are_due_first_and_not_more_than_asked_for(orders, drivers):
    by_shard = {}
    for number in range(30):
        commands = Commands(f"c{number}", at=MONDAY + timedelta(hours=30 - number))
        order = apply(orders, f"ord_{number}", [commands.create()], company=COMPANY).order
        by_shard.setdefault(check_shard(order), []).append(order.order_id)
    shard, order_ids = max(by_shard.items(), key=lambda found: len(found[1]))
    found = drivers.due(shard, before=MONDAY + timedelta(days=60), limit=2)
    assert found == tuple(reversed(order_ids[-2:]))


def test_a_generation_is_raised_once_and_forgets_the_token(drivers, submitted, client):
    client.update_item(
        TableName=NAME,
        Key={"pk": {"S": "ORDER#ord_1"}, "sk": {"S": "ORDER"}},
        UpdateExpression="SET wake_token = :token, parked_version = :one",
        ExpressionAttributeValues={":token": {"S": "token"}, ":one": {"N": "1"}},
    )
    assert drivers.raise_generation("ord_1", 1, next_check_at=MONDAY)
    assert not drivers.raise_generation("ord_1", 1, next_check_at=MONDAY)
    driver = drivers.record("ord_1").driver
    assert (driver.generation, driver.wake_token, driver.parked_version) == (2, None, None)
    assert driver.next_check_at == MONDAY


def test_an_order_that_is_over_gets_no_further_generation(orders, drivers, submitted):
    apply(orders, "ord_1", [submitted.cancel()], company=COMPANY)
    assert not drivers.raise_generation("ord_1", 1, next_check_at=MONDAY)


def test_a_check_is_postponed_only_if_nobody_has_moved_it(orders, drivers, submitted):
    record = drivers.record("ord_1")
    later = record.order.updated_at + timedelta(hours=1)
    assert drivers.postpone("ord_1", seen=record.driver, version=record.order.version, until=later)
    assert drivers.record("ord_1").driver.next_check_at == later
    assert not drivers.postpone("ord_1", seen=record.driver, version=record.order.version, until=later)
    record = drivers.record("ord_1")
    apply(orders, "ord_1", [submitted.note()], company=COMPANY)
    assert not drivers.postpone("ord_1", seen=record.driver, version=record.order.version, until=later)


def test_a_walk_goes_through_a_shard_page_by_page_and_on_from_any_place(orders, drivers):
    by_shard = {}
    for number in range(30):
        commands = Commands(f"c{number}", at=MONDAY + timedelta(hours=number % 7))
        order = apply(orders, f"ord_{number}", [commands.create()], company=COMPANY).order
        by_shard.setdefault(check_shard(order), set()).add(order.order_id)
    shard, order_ids = max(by_shard.items(), key=lambda found: len(found[1]))
    met, place = [], Place(shard=shard)
    while place is not None:
        page, place = drivers.walk(place, 2)
        met += page
        if place is not None:
            place = Place.model_validate_json(place.model_dump_json())
    assert sorted(met) == sorted(order_ids)
    assert len(order_ids) > 2


def test_orders_and_their_last_events_are_read_together(orders, drivers, submitted):
    apply(orders, "ord_2", [Commands("d").create()], company=COMPANY)
    found = drivers.records_of(["ord_1", "ord_2", "ord_none"])
    assert {record.order.order_id: record.order.version for record in found} == {"ord_1": 3, "ord_2": 1}
    steps = drivers.last_events([record.order for record in found])
    assert {step.event.fact.name for step in steps} == {"OrderSubmitted", "OrderCreated"}
    assert {step.after.order_id: step.after for step in steps} == {
        record.order.order_id: record.order for record in found
    }
    assert (drivers.records_of([]), drivers.last_events([])) == ((), ())


def test_the_place_of_a_sweep_is_kept_and_moved_by_whoever_has_seen_it(drivers):
    first, second = Place(shard="open#0"), Place(shard="open#3", behind=(timestamp(MONDAY), "ord_1"))
    assert drivers.place() is None
    assert not drivers.move(first, second)
    assert drivers.move(None, first)
    assert drivers.move(first, second)
    assert not drivers.move(first, None)
    assert drivers.place() == second
    assert drivers.move(second, None)
    assert drivers.place() is None


def test_orders_beyond_their_budget_are_counted_by_partitions_of_their_own(orders, drivers, submitted, client):
    assert drivers.stuck() == 0
    client.update_item(
        TableName=NAME,
        Key={"pk": {"S": "ORDER#ord_1"}, "sk": {"S": "ORDER"}},
        UpdateExpression="SET check_shard = :shard, next_check_at = :at",
        ExpressionAttributeValues={":shard": {"S": "stuck#3"}, ":at": {"S": timestamp(MONDAY)}},
    )
    assert drivers.stuck() == 1
