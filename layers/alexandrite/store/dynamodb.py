"""The orders table in DynamoDB."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from alexandrite.domain.errors import Invalid
from alexandrite.domain.orders import Mode
from alexandrite.store.batches import read_items
from alexandrite.store.items import OrderSummary, keyed, plain, to_answered, to_mark, to_record, to_recorded
from alexandrite.store.keys import (
    ItemKey,
    buyer_key,
    command_key,
    event_key,
    idempotency_key,
    operator_key,
    order_key,
    price_key,
)
from alexandrite.store.table import Change, Item, KeyUse, OutcomeUnknown, Record, Recorded, Snapshot
from alexandrite.store.transaction import CONNECTION_LOST, actions, explain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Page:
    """Orders of one buyer, newest first, and where the next page begins."""

    orders: tuple[OrderSummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class WorkInHand:
    """What an operator holds at the moment."""

    orders: int = 0
    pieces: int = 0


class DynamoOrderTable:
    """Orders in one DynamoDB table: `OrderTable` for `apply`, and what use cases read besides."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def read(
        self,
        order_id: str,
        *,
        key: KeyUse | None = None,
        commands: frozenset[str] = frozenset(),
        also: Sequence[ItemKey] = (),
    ) -> Snapshot:
        """Read everything that decides about a command in one consistent `BatchGetItem`.

        Raises:
            Contended: when the table leaves keys unread again and again.
        """
        answer_key = idempotency_key(key.caller, key.key) if key is not None else None
        mark_keys = {command: command_key(order_id, command) for command in commands}
        wanted = [order_key(order_id), *([answer_key] if answer_key is not None else []), *mark_keys.values(), *also]
        found = read_items(self._client, self._name, wanted)
        order = found.get(order_key(order_id))
        answer = found.get(answer_key) if answer_key is not None else None
        return Snapshot(
            record=to_record(order) if order is not None else None,
            answered=to_answered(answer) if answer is not None else None,
            marks={command: to_mark(found[place]) for command, place in mark_keys.items() if place in found},
            items={place: found[place] for place in also if place in found},
        )

    def commit(self, change: Change) -> None:
        """Write the change in one `TransactWriteItems`.

        Raises:
            ConditionFailed: nothing was written, and why.
            Contended: nothing was written; try again.
            OutcomeUnknown: the answer was lost.
        """
        planned = actions(change, self._name)
        try:
            self._client.transact_write_items(TransactItems=[action for _, action in planned])  # type: ignore[misc]  # built as plain dicts
        except ClientError as error:
            raise explain(error, [part for part, _ in planned]) from error
        except CONNECTION_LOST as error:
            raise OutcomeUnknown(str(error)) from error

    def item(self, key: ItemKey) -> Item | None:
        """Read one item consistently."""
        answer = self._client.get_item(TableName=self._name, Key=keyed(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def record(self, order_id: str) -> Record | None:
        """Read the order as it stands, consistently, with the driver's attributes."""
        item = self.item(order_key(order_id))
        return to_record(item) if item is not None else None

    def event(self, order_id: str, version: int) -> Recorded:
        """Read one event, consistently.

        Raises:
            KeyError: there is none.
        """
        item = self.item(event_key(order_id, version))
        if item is None:
            raise KeyError(f"{order_id} has no version {version}")
        return to_recorded(item)

    def events(self, order_id: str, *, after: int = 0, limit: int = 100) -> tuple[Recorded, ...]:
        """Read up to `limit` events that follow version `after`, in order, consistently."""
        return tuple(to_recorded(item) for item in self._query(order_id, event_key(order_id, after + 1).sk, limit))

    def history(self, order_id: str) -> Iterator[Recorded]:
        """Read all events of an order from the first, page by page."""
        after = 0
        while page := self.events(order_id, after=after):
            yield from page
            after = page[-1].event.version

    def _query(self, order_id: str, first: str, limit: int) -> Iterator[Item]:
        start: dict[str, Any] = {}
        while limit > 0:
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":pk": {"S": order_key(order_id).pk},
                    ":first": {"S": first},
                    ":last": {"S": "EVENT#99999999"},
                },
                ConsistentRead=True,
                Limit=limit,
                **start,
            )
            for item in answer["Items"]:
                limit -= 1
                yield plain(item)
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def price(self, order_id: str, price_id: str) -> Item | None:
        """Read a price's full breakdown as it was put beside the order."""
        return self.item(price_key(order_id, price_id))

    def work_in_hand(self, operator: str) -> WorkInHand:
        """Read how many orders and pieces an operator holds."""
        item = self.item(operator_key(operator))
        return WorkInHand(orders=item["orders"], pieces=item["pieces"]) if item is not None else WorkInHand()

    def claimed_by(self, key: ItemKey) -> str | None:
        """Return the order that the partner's reference with this key belongs to."""
        item = self.item(key)
        return str(item["order_id"]) if item is not None else None

    def orders_of(self, buyer: str, mode: Mode, *, limit: int = 20, cursor: str | None = None) -> Page:
        """List a buyer's orders, newest first; the list trails the truth by a moment.

        Args:
            cursor: `next_cursor` of the page before, opaque to callers and bound to this buyer.

        Raises:
            Invalid: a cursor that no page of this buyer's has given.
        """
        partition = buyer_key(buyer, mode)
        start: dict[str, Any] = {}
        if cursor is not None:
            start = {"ExclusiveStartKey": _place(cursor, partition)}
        answer = self._client.query(
            TableName=self._name,
            IndexName="by-buyer",
            KeyConditionExpression="buyer_key = :buyer",
            ExpressionAttributeValues={":buyer": {"S": partition}},
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        orders = tuple(OrderSummary.model_validate_json(plain(item)["summary"]) for item in answer["Items"])
        last = answer.get("LastEvaluatedKey")
        return Page(orders, _cursor(last["created_key"]["S"]) if last is not None else None)


def _cursor(created_key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([1, created_key]).encode()).decode().rstrip("=")


def _place(cursor: str, partition: str) -> dict[str, Any]:
    """Return the index position that a cursor means; its partition is the caller's own, whatever the cursor says."""
    try:
        version, created_key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        order_id = created_key.split("#")[1]
    except (ValueError, TypeError, IndexError, AttributeError, binascii.Error) as error:
        raise Invalid("This cursor comes from no page.", code="page.cursor", pointer="/cursor") from error
    if version != 1:
        raise Invalid("This cursor comes from no page.", code="page.cursor", pointer="/cursor")
    return {
        **keyed(order_key(order_id)),
        "buyer_key": {"S": partition},
        "created_key": {"S": created_key},
    }
