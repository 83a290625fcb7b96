"""`Items` in DynamoDB."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from alexandrite.projections.items import Add, Attribute, Contended, Delete, Item, Key, Put, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READS = 100  # keys that one BatchGetItem takes
_DELETES = 25  # requests that one BatchWriteItem takes
# Reasons to read again and try again; any other one says that the transaction itself is wrong.
_LOST = frozenset(
    {"ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"},
)


class DynamoItems:
    """One table with string keys `pk` and `sk`."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def read(self, keys: Collection[Key], *, consistent: bool) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        for some in batched(sorted(set(keys)), _READS, strict=False):
            asked: dict[str, Any] = {
                self._name: {"Keys": [_key(key) for key in some], "ConsistentRead": consistent},
            }
            while asked:
                answer = self._client.batch_get_item(RequestItems=asked)
                for item in answer["Responses"].get(self._name, []):
                    found[Key(item["pk"]["S"], item["sk"]["S"])] = _from_attributes(item)
                asked = dict(answer.get("UnprocessedKeys", {}))
        return found

    def write(self, writes: Sequence[Write]) -> None:
        try:
            self._client.transact_write_items(TransactItems=[self._action(write) for write in writes])
        except self._client.exceptions.TransactionCanceledException as cancelled:
            reasons = {reason.get("Code", "None") for reason in cancelled.response.get("CancellationReasons", [])}
            if reasons & _LOST:
                raise Contended(", ".join(sorted(reasons - {"None"}))) from cancelled
            raise
        except self._client.exceptions.TransactionInProgressException as busy:
            raise Contended("TransactionInProgress") from busy

    def walk(self) -> Iterator[Key]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._name,
            ProjectionExpression="pk, sk",
        )
        for page in pages:
            for item in page["Items"]:
                yield Key(item["pk"]["S"], item["sk"]["S"])

    def delete(self, keys: Collection[Key]) -> None:
        for some in batched(keys, _DELETES, strict=False):
            asked: dict[str, Any] = {self._name: [{"DeleteRequest": {"Key": _key(key)}} for key in some]}
            while asked:
                asked = dict(self._client.batch_write_item(RequestItems=asked).get("UnprocessedItems", {}))

    def _action(self, write: Write) -> Any:
        match write:
            case Put(key, item, 0):
                return {
                    "Put": {
                        "TableName": self._name,
                        "Item": {**_key(key), **_to_attributes(item)},
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
            case Put(key, item, seen):
                return {
                    "Put": {
                        "TableName": self._name,
                        "Item": {**_key(key), **_to_attributes(item)},
                        **_unless_newer(seen),
                    }
                }
            case Delete(key, seen):
                return {"Delete": {"TableName": self._name, "Key": _key(key), **_unless_newer(seen)}}
            case Add(key, amounts):
                names = {f"#a{place}": name for place, name in enumerate(amounts)}
                return {
                    "Update": {
                        "TableName": self._name,
                        "Key": _key(key),
                        "UpdateExpression": "ADD " + ", ".join(f"#a{place} :a{place}" for place in range(len(amounts))),
                        "ExpressionAttributeNames": names,
                        "ExpressionAttributeValues": {
                            f":a{place}": {"N": str(amount)} for place, amount in enumerate(amounts.values())
                        },
                    }
                }


def _unless_newer(seen: int) -> dict[str, Any]:
    return {
        "ConditionExpression": "#version = :seen",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":seen": {"N": str(seen)}},
    }


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _to_attributes(item: Item) -> dict[str, Any]:
    return {name: _to_attribute(value) for name, value in item.items()}


def _to_attribute(value: Attribute) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"L": [{"S": part} for part in value]}


def _from_attributes(item: Mapping[str, Any]) -> Item:
    return {name: _from_attribute(value) for name, value in item.items() if name not in ("pk", "sk")}


def _from_attribute(value: Mapping[str, Any]) -> Attribute:
    if "S" in value:
        return str(value["S"])
    if "N" in value:
        return int(value["N"])
    return tuple(part["S"] for part in value["L"])
