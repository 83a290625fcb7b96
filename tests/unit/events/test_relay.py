"""The relay: whatever the bus refuses comes back by its number, and nothing else does."""

import base64
import json

import pytest
from botocore.exceptions import ReadTimeoutError

from alexandrite.domain.company import Company
from alexandrite.events.messages import OrderMessage
from alexandrite.events.publishing import announce_again, size
from alexandrite.events.relay import relay
from alexandrite.store.apply import apply
from alexandrite.store.items import attributes, event_item
from tests.memory_table import MemoryOrderTable
from tests.orders import Commands


class Bus:
    """Takes entries; refuses those of the named types, or falls silent at the numbered calls."""

    def __init__(self, *, refused=(), silent_calls=()):
        self.calls = []
        self._refused, self._silent_calls = refused, silent_calls

    def put_events(self, *, Entries):  # noqa: N803 - boto3's name
        self.calls.append(Entries)
        if len(self.calls) in self._silent_calls:
            raise ReadTimeoutError(endpoint_url="bus")
        answers = [
            {"ErrorCode": "ThrottlingException"} if entry["DetailType"] in self._refused else {"EventId": "e"}
            for entry in Entries
        ]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    @property
    def published(self):
        return [entry["DetailType"] for call in self.calls for entry in call]


def stream(steps):
    """The records that an event source makes of new events: binaries in base 64, as JSON has none."""
    records = []
    for number, step in enumerate(steps):
        image = attributes(event_item(step))
        image["record"] = {"B": base64.b64encode(image["record"]["B"]).decode()}
        keys = {"pk": image["pk"], "sk": image["sk"]}
        change = {"SequenceNumber": str(number), "Keys": keys, "NewImage": image}
        records.append(json.loads(json.dumps({"eventName": "INSERT", "dynamodb": change})))
    return records


def history(*, lines=1, notes=10):
    table, commands = MemoryOrderTable(), Commands("c")
    steps = [commands.create(lines), commands.files(lines), commands.submit()]
    steps += [commands.note() for _ in range(notes)]
    apply(table, "ord_1", steps, company=Company())
    return table.published


def test_each_event_is_published_with_the_order_after_it():
    bus, steps = Bus(), history(notes=0)
    assert relay(stream(steps), bus, "alexandrite") == []
    assert bus.published == ["OrderCreated", "FilesRecorded", "OrderSubmitted"]
    entry = bus.calls[0][2]
    assert (entry["EventBusName"], entry["Source"]) == ("alexandrite", "alexandrite.orders")
    message = OrderMessage.model_validate_json(entry["Detail"])
    assert (message.event, message.state) == (steps[2].event, steps[2].after)
    assert message.previous_status == "FILE_UPLOADED"


def test_a_call_takes_ten_entries_at_most():
    bus = Bus()
    relay(stream(history(notes=20)), bus, "alexandrite")
    assert [len(call) for call in bus.calls] == [10, 10, 3]


def test_a_call_stays_within_the_bytes_that_the_bus_takes(monkeypatch):
    monkeypatch.setattr("alexandrite.events.publishing.BYTES", 64_000)
    bus = Bus()
    relay(stream(history(lines=50, notes=20)), bus, "alexandrite")
    assert max(len(call) for call in bus.calls) < 10
    assert all(sum(size(entry) for entry in call) <= 64_000 for call in bus.calls)
    assert len(bus.published) == 23


def test_entries_refused_within_a_successful_answer_come_back():
    bus = Bus(refused=("FilesRecorded", "NoteAdded"))
    assert relay(stream(history(notes=2)), bus, "alexandrite") == ["1", "3", "4"]


def test_a_silent_bus_costs_only_the_entries_of_that_call():
    bus = Bus(silent_calls=(2,))
    assert relay(stream(history(notes=20)), bus, "alexandrite") == [str(number) for number in range(10, 20)]


def test_an_event_that_cannot_be_read_comes_back_and_the_others_go_out():
    records = stream(history(notes=0))
    records[1]["dynamodb"]["NewImage"]["record"]["B"] = base64.b64encode(b"damaged").decode()
    bus = Bus()
    assert relay(records, bus, "alexandrite") == ["1"]
    assert bus.published == ["OrderCreated", "OrderSubmitted"]


@pytest.mark.parametrize("change", [{"eventName": "MODIFY"}, {"eventName": "REMOVE"}])
def test_what_is_not_a_new_event_is_passed_over(change):
    bus = Bus()
    assert relay([{**record, **change} for record in stream(history())], bus, "alexandrite") == []
    assert bus.calls == []


def test_what_is_announced_again_is_the_message_that_the_relay_sent():
    steps, first, again = history(notes=0), Bus(), Bus()
    relay(stream(steps), first, "alexandrite")
    assert announce_again(steps, again, "alexandrite") == 0
    assert again.calls == first.calls


def test_announcing_again_says_how_many_the_bus_did_not_take():
    assert announce_again(history(notes=5), Bus(refused=("NoteAdded",)), "alexandrite") == 5
