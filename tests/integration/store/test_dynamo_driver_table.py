"""What the order machine and the sweeper keep beside the fold."""

from datetime import timedelta

import pytest

from alexandrite.domain.company import Company
from alexandrite.store.apply import apply
from alexandrite.store.checks import CHECK_SHARDS, HAND_OVER, check_shard
from alexandrite.store.keys import timestamp
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
    assert set(drivers.scheduled(check_shard(order))) == {"ord_1"}


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


def test_orders_beyond_their_budget_are_counted_by_partitions_of_their_own(orders, drivers, submitted, client):
    assert drivers.stuck() == 0
    client.update_item(
        TableName=NAME,
        Key={"pk": {"S": "ORDER#ord_1"}, "sk": {"S": "ORDER"}},
        UpdateExpression="SET check_shard = :shard, next_check_at = :at",
        ExpressionAttributeValues={":shard": {"S": "stuck#3"}, ":at": {"S": timestamp(MONDAY)}},
    )
    assert drivers.stuck() == 1
