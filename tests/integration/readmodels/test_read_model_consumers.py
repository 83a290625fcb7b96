"""From a message in the queue to a card on the board and an entry in a seller's list, over the tables' adapter."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import board.consumer
import crm.attention
from alexandrite import clients
from alexandrite.attention.reading import AttentionReader
from alexandrite.attention.rebuilding import main as rebuild_lists
from alexandrite.board.cards import Queue, Sort
from alexandrite.board.reading import BoardReader
from alexandrite.board.rebuilding import main as rebuild_board
from alexandrite.events.messages import OrderMessage
from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.store.items import attributes, event_item
from tests.histories import History
from tests.orders import GLEB

type Handler = Callable[[dict[str, Any], object], Any]


@pytest.fixture(autouse=True)
def _fresh_process(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "dynamodb", lambda: client)
    board.consumer._board.cache_clear()
    crm.attention._lists.cache_clear()


def batch(*messages: OrderMessage) -> dict[str, Any]:
    """Return messages as the bus's rule puts them into a queue and Lambda hands them over."""
    return {"Records": [_record(str(number), message.to_entry("bus")) for number, message in enumerate(messages)]}


def _record(message_id: str, entry: Any) -> dict[str, Any]:
    body = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
    return {"messageId": message_id, "body": json.dumps(body), "eventSource": "aws:sqs", "receiptHandle": message_id}


def reader(client: Any) -> BoardReader:
    return BoardReader(DynamoItems(client, "board"))


def test_messages_in_any_order_become_the_card_of_the_order_as_it_stands(client: Any) -> None:
    history = History("a").approved().taken()
    answer = board.consumer.handler(batch(*reversed(history.messages), *history.messages), None)
    assert answer == {"batchItemFailures": []}
    (card,) = reader(client).page(Queue.MINE, Sort.DUE, owner=GLEB.id).cards
    assert (card.order_id, card.version) == (history.order_id, history.order.version)
    counts = reader(client).counts(GLEB.id).queues
    assert {queue: count for queue, count in counts.items() if count} == {Queue.STARTED: 1, Queue.MINE: 1}


@pytest.mark.parametrize("handler", [board.consumer.handler, crm.attention.handler])
def test_a_message_that_cannot_be_handled_comes_back_alone(client: Any, handler: Handler) -> None:
    history = History("a").approved()
    event = batch(history.messages[-1], history.messages[-1])
    event["Records"][0]["body"] = "{}"
    assert handler(event, None) == {"batchItemFailures": [{"itemIdentifier": "0"}]}


@pytest.mark.parametrize("handler", [board.consumer.handler, crm.attention.handler])
def test_a_message_stays_in_the_queue_when_the_table_does_not_answer(
    client: Any, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ConnectionError("no table today")

    monkeypatch.setattr(client, "transact_write_items", refuse)
    answer = handler(batch(History("a").approved().messages[-1]), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}


@pytest.mark.parametrize("handler", [board.consumer.handler, crm.attention.handler])
def test_how_far_a_read_model_lags_is_measured(
    client: Any, handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(batch(History("a").approved().messages[-1]), None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "ReadModelLagSeconds" in line]
    assert lines
    assert lines[-1]["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "ReadModelLagSeconds", "Unit": "Seconds"}]


def test_a_seller_finds_an_order_by_the_reference_of_its_partner(client: Any) -> None:
    history = History("a", reference="ring 7").approved()
    crm.attention.handler(batch(*history.messages), None)
    lists = AttentionReader(DynamoItems(client, "attention"))
    assert [order.order_id for order in lists.orders(q="RING").orders] == [history.order_id]


def test_both_read_models_are_rebuilt_from_the_events_by_one_command_each(
    client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    histories = [History(str(number), reference=f"ring {number}").approved() for number in range(3)]
    histories[0].taken()
    for history in histories:
        for step in history.steps:
            client.put_item(TableName="orders", Item=attributes(event_item(step)))
    rebuild_board(workers=1)
    rebuild_lists(workers=1)
    assert len(reader(client).page(Queue.AVAILABLE).cards) == 2
    assert reader(client).counts(GLEB.id).queues[Queue.MINE] == 1
    lists = AttentionReader(DynamoItems(client, "attention"))
    assert len(lists.orders(q="ring").orders) == 3
    assert "built from 3 orders" in capsys.readouterr().out


@pytest.mark.parametrize("handler", [board.consumer.handler, crm.attention.handler])
def test_what_is_announced_again_is_no_lag_unless_it_was_missing(
    client: Any, handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    message = History("a").approved().messages[-1]
    handler(batch(message), None)
    assert "ReadModelLagSeconds" in capsys.readouterr().out
    handler(batch(message), None)
    assert "ReadModelLagSeconds" not in capsys.readouterr().out
