"""Races for one order on a table that is atomic; that it is one is probed first."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from botocore.exceptions import ClientError

from alexandrite.domain.errors import Conflict, Refusal
from alexandrite.domain.evolution import fold
from alexandrite.domain.orders import Actor, ActorKind
from alexandrite.store.apply import ExtraItem
from alexandrite.store.keys import price_key
from tests.orders import Commands

RACERS = 4
ROUNDS = 10


def raced(*runners):
    """Let all runners start at the same moment; return what each returned or raised."""
    line = Barrier(len(runners))

    def run(runner):
        line.wait()
        try:
            return runner()
        except (Refusal, ClientError) as lost:
            return lost

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


@pytest.fixture(scope="module")
def atomic(room):
    """The probe: of transactions that want the same new item, exactly one gets it, every time."""
    for _ in range(ROUNDS):
        key = {"pk": {"S": f"PROBE#{uuid.uuid4()}"}, "sk": {"S": "PROBE"}}
        put = {"Put": {"TableName": "orders", "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}}
        clients = [room.cloud.client("dynamodb") for _ in range(RACERS)]
        told = raced(*(partial(client.transact_write_items, TransactItems=[put]) for client in clients))
        assert sum(not isinstance(answer, ClientError) for answer in told) == 1
    return room


def operators():
    return [Actor(kind=ActorKind.OPERATOR, id=f"stf_{uuid.uuid4().hex[:8]}") for _ in range(RACERS)]


def waiting_order(room, now):
    order_id = f"ord_{uuid.uuid4().hex[:16].upper()}"
    commands = Commands(order_id, at=now, step=timedelta(seconds=1))
    room.write(order_id, commands.create(), commands.files(), commands.submit())
    breakdown = ExtraItem(price_key(order_id, "prc_1"), {"breakdown": "{}"})
    room.write(order_id, commands.price(), commands.accept(), commands.pay(), commands.approve(), items=(breakdown,))
    return order_id


def test_of_those_who_take_an_order_at_the_same_moment_one_has_it_and_all_know_who(atomic, now):
    for _ in range(ROUNDS):
        order_id = waiting_order(atomic, now)
        people = operators()
        takes = [Commands(f"{order_id} {person.id}", at=now + timedelta(minutes=1)).take(person) for person in people]
        told = raced(*(partial(atomic.write, order_id, take) for take in takes))
        owner = atomic.drivers.record(order_id).order.owner
        losers = [answer for answer in told if isinstance(answer, Conflict)]
        assert len(losers) == RACERS - 1
        assert {(lost.code, lost.facts["owner"]) for lost in losers} == {("order.already_taken", owner)}
        assert [atomic.orders.work_in_hand(person.id).orders for person in people].count(1) == 1
        history = [step.event for step in atomic.orders.history(order_id)]
        assert [event.fact.name for event in history].count("OrderTaken") == 1
        assert fold(history) == atomic.drivers.record(order_id).order


def test_notes_written_at_the_same_moment_are_all_kept(atomic, now):
    order_id = waiting_order(atomic, now)
    notes = [Commands(f"{order_id} note {number}", at=now + timedelta(minutes=1)).note() for number in range(8)]
    raced(*(partial(atomic.write, order_id, note) for note in notes))
    kept = {step.event.command_id for step in atomic.orders.history(order_id)}
    assert {note.command_id for note in notes} <= kept


def test_the_same_request_sent_many_times_at_once_happens_once(atomic, now):
    order_id = waiting_order(atomic, now)
    note = Commands(f"{order_id} once", at=now + timedelta(minutes=1)).note()
    told = raced(*(partial(atomic.write, order_id, note) for _ in range(8)))
    assert {answer.version for answer in told} == {8}
    assert [step.event.command_id for step in atomic.orders.history(order_id)].count(note.command_id) == 1
