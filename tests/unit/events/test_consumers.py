"""Queues: one message that fails comes back alone, and every reader gets the same message."""

import json

import pytest

from alexandrite.domain.company import Company
from alexandrite.events.consumers import consume_order_messages
from alexandrite.events.messages import OrderMessage
from alexandrite.store.apply import apply
from tests.memory_table import MemoryOrderTable
from tests.orders import Commands


@pytest.fixture
def messages():
    table, commands = MemoryOrderTable(), Commands("c")
    apply(table, "ord_1", [commands.create(), commands.files(), commands.submit()], company=Company())
    return [OrderMessage.of(step) for step in table.published]


def batch(messages):
    records = []
    for number, message in enumerate(messages):
        entry = message.to_entry("bus")
        body = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
        records.append({"messageId": str(number), "eventSource": "aws:sqs", "body": json.dumps(body)})
    return {"Records": records}


def test_a_message_is_the_same_after_its_journey(messages):
    for message, record in zip(messages, batch(messages)["Records"], strict=True):
        assert OrderMessage.from_sqs_record(record) == message


def test_only_the_message_that_fails_comes_back(messages):
    handled = []

    def handle(message):
        if message.event.version == 2:
            raise RuntimeError("the read model is away")
        handled.append(message.event.version)

    answer = consume_order_messages(batch(messages), handle)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert handled == [1, 3]


def test_when_all_fail_all_come_back_and_the_worker_lives(messages):
    def handle(_):
        raise RuntimeError("the read model is away")

    answer = consume_order_messages(batch(messages), handle)
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["0", "1", "2"]


def test_a_strangers_message_is_refused(messages):
    with pytest.raises(ValueError, match=r"aws\.states"):
        OrderMessage.from_bus_event({"source": "aws.states", "detail": {}})


def test_event_and_order_of_different_versions_are_no_message(messages):
    with pytest.raises(ValueError, match="different versions"):
        OrderMessage(
            event=messages[0].event, state=messages[1].state, previous_status=None, event_id=messages[0].event_id
        )
