"""What the order machine and the sweeper keep beside the fold: conditional updates without version or event."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from alexandrite.domain.orders import Order
from alexandrite.store.batches import read_items
from alexandrite.store.checks import STUCK_SHARDS
from alexandrite.store.items import attributes, keyed, plain, to_record, to_recorded
from alexandrite.store.keys import event_key, order_key, sweep_key, timestamp
from alexandrite.store.table import Driver, Place, Record, Recorded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_INDEX = "open-orders"
_CONDITION_FAILED = "ConditionalCheckFailedException"


class DynamoDriverTable:
    """The driver's attributes of the order items in one DynamoDB table, and the index by `next_check_at`."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def record(self, order_id: str) -> Record | None:
        """Read the order with its driver's attributes, consistently."""
        answer = self._client.get_item(TableName=self._name, Key=keyed(order_key(order_id)), ConsistentRead=True)
        return to_record(plain(answer["Item"])) if "Item" in answer else None

    def raise_generation(self, order_id: str, generation: int, *, next_check_at: datetime) -> bool:
        """Go from `generation` to the next and forget the token; False when it is another one, or nothing is open."""
        return self._update(
            order_id,
            "SET driver_generation = :next, next_check_at = :soon REMOVE wake_token, parked_version",
            "driver_generation = :generation AND attribute_exists(check_shard)",
            {":generation": generation, ":next": generation + 1, ":soon": timestamp(next_check_at)},
        )

    def postpone(self, order_id: str, *, seen: Driver, version: int, until: datetime) -> bool:
        """Let the sweeper look again at `until`, unless the order or its schedule has moved since `seen`."""
        if seen.next_check_at is None:
            return False
        return self._update(
            order_id,
            "SET next_check_at = :until",
            "version = :version AND next_check_at = :seen",
            {":until": timestamp(until), ":version": version, ":seen": timestamp(seen.next_check_at)},
        )

    def due(self, shard: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """Return up to `limit` orders of a shard whose `next_check_at` is not after `before`, the oldest first."""
        answer = self._client.query(
            TableName=self._name,
            IndexName=_INDEX,
            KeyConditionExpression="check_shard = :shard AND next_check_at <= :before",
            ExpressionAttributeValues=attributes({":shard": shard, ":before": timestamp(before)}),
            Limit=limit,
        )
        return tuple(_order_id(item) for item in answer["Items"])

    def walk(self, place: Place, limit: int) -> tuple[tuple[str, ...], Place | None]:
        """Return up to `limit` orders that need driving, and where their shard goes on: None at its end."""
        start: dict[str, Any] = {}
        if place.behind is not None:
            next_check_at, order_id = place.behind
            entry = {"check_shard": place.shard, "next_check_at": next_check_at}
            start = {"ExclusiveStartKey": keyed(order_key(order_id)) | attributes(entry)}
        answer = self._client.query(
            TableName=self._name,
            IndexName=_INDEX,
            KeyConditionExpression="check_shard = :shard",
            ExpressionAttributeValues=attributes({":shard": place.shard}),
            Limit=limit,
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        behind = Place(shard=place.shard, behind=(last["next_check_at"]["S"], _order_id(last))) if last else None
        return tuple(_order_id(item) for item in answer["Items"]), behind

    def records_of(self, order_ids: Sequence[str]) -> tuple[Record, ...]:
        """Read up to 100 orders with their driver's attributes, consistently and at once."""
        found = read_items(self._client, self._name, [order_key(order_id) for order_id in order_ids])
        return tuple(to_record(item) for item in found.values())

    def last_events(self, orders: Sequence[Order]) -> tuple[Recorded, ...]:
        """Read, of up to 100 orders, the events that made them what they are."""
        keys = [event_key(order.order_id, order.version) for order in orders]
        return tuple(to_recorded(item) for item in read_items(self._client, self._name, keys).values())

    def place(self) -> Place | None:
        """Return where the sweep of everything has stopped; None when it came to its end."""
        answer = self._client.get_item(TableName=self._name, Key=keyed(sweep_key()), ConsistentRead=True)
        return Place.model_validate_json(answer["Item"]["place"]["S"]) if "Item" in answer else None

    def move(self, seen: Place | None, to: Place | None) -> bool:
        """Remember `to` as the place of the sweep of everything; False when it is not at `seen` (None: wherever)."""
        condition: dict[str, Any] = {}
        if seen is not None:
            condition = {
                "ConditionExpression": "place = :seen",
                "ExpressionAttributeValues": attributes({":seen": seen.model_dump_json()}),
            }
        try:
            if to is None:
                self._client.delete_item(TableName=self._name, Key=keyed(sweep_key()), **condition)
            else:
                item = keyed(sweep_key()) | attributes({"place": to.model_dump_json()})
                self._client.put_item(TableName=self._name, Item=item, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] != _CONDITION_FAILED:
                raise
            return False
        return True

    def stuck(self) -> int:
        """Count the live orders that have been escalated and not moved since; they have partitions of their own."""
        return sum(page["Count"] for shard in STUCK_SHARDS for page in self._pages(shard, Select="COUNT"))

    def _pages(self, shard: str, **options: Any) -> Iterator[Mapping[str, Any]]:
        yield from self._client.get_paginator("query").paginate(
            TableName=self._name,
            IndexName=_INDEX,
            KeyConditionExpression="check_shard = :shard",
            ExpressionAttributeValues=attributes({":shard": shard}),
            **options,
        )

    def _update(self, order_id: str, change: str, condition: str, values: Mapping[str, Any]) -> bool:
        try:
            self._client.update_item(
                TableName=self._name,
                Key=keyed(order_key(order_id)),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=attributes(values),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _CONDITION_FAILED:
                raise
            return False
        return True


def _order_id(item: Mapping[str, Any]) -> str:
    order_id: str = item["pk"]["S"].removeprefix("ORDER#")
    return order_id
