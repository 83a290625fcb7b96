"""Where model records are kept: the part of the `orders` table under `MODEL#` and `CONTENT#`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from alexandrite.domain.models import Analysis, Unit
from alexandrite.domain.orders import Mode
from alexandrite.models.checks import check_shard, next_check
from alexandrite.models.record import Model, Progress, Stage
from alexandrite.store.keys import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Item = Mapping[str, AttributeValueTypeDef]

_BATCH = 100  # keys that one BatchGetItem takes


class RecordMoved(Exception):
    """Somebody else wrote the record since it was read: read it again and decide anew."""


class ModelTable(Protocol):
    """Model records, the orders that hang on them, and the cache of analyses. All reads are consistent but `page`."""

    def add(self, model: Model) -> Model:
        """Store a new record; when one has this id already, change nothing and return that one."""

    def read(self, model_ids: Iterable[str]) -> dict[str, Model]:
        """Return the records that exist, deleted ones included, by id."""

    def save(self, model: Model) -> Model:
        """Replace revision `model.revision` of the record; return the record at its next revision.

        Raises:
            RecordMoved: when the stored record has another revision.
        """

    def schedule(self, model: Model, at: datetime | None, *, seen: datetime | None = None) -> bool:
        """Have the model looked at next `at` (None: never again), and write down its `looks`.

        Changes nothing and returns False when the record has moved on, or is not due at `seen` any more.
        """

    def page(self, owner: str, mode: Mode, limit: int, after: str | None) -> tuple[list[Model], str | None]:
        """Return up to `limit` models of an owner, newest first, and where to go on."""

    def orders_of(self, model_id: str) -> tuple[str, ...]:
        """Return the ids of all orders that name the model or once did."""

    def note_progress(self, model: Model, progress: Progress) -> bool:
        """Write down how far the analysis is; False when the record has moved on and nobody needs to know."""

    def progress_of(self, model: Model) -> Progress | None:
        """Return how far the analysis of this revision is."""

    def cached_analysis(self, sha256: str, engine_version: str, unit: Unit | None) -> Analysis | None:
        """Return what this engine found in the same bytes under the same unit."""

    def cache_analysis(self, analysis: Analysis, unit: Unit | None) -> None:
        """Remember an analysis for the same bytes, engine and `unit` as asked for (None: not declared)."""


class DynamoModelTable:
    """`ModelTable` in DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def add(self, model: Model) -> Model:
        try:
            self._client.put_item(
                TableName=self._name, Item=_to_item(model), ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if not _is_failed_condition(error):
                raise
            return self.read([model.model_id])[model.model_id]
        return model

    def read(self, model_ids: Iterable[str]) -> dict[str, Model]:
        wanted = sorted(set(model_ids))
        found: dict[str, Model] = {}
        for start in range(0, len(wanted), _BATCH):
            for item in self._batch([_key(model_id) for model_id in wanted[start : start + _BATCH]]):
                model = _from_item(item)
                found[model.model_id] = model
        return found

    def _batch(self, keys: Sequence[Item]) -> list[Item]:
        items: list[Item] = []
        asked: dict[str, Any] = {self._name: {"Keys": keys, "ConsistentRead": True}} if keys else {}
        while asked:
            answer = self._client.batch_get_item(RequestItems=asked)
            items += answer["Responses"].get(self._name, [])
            asked = dict(answer.get("UnprocessedKeys", {}))
        return items

    def save(self, model: Model) -> Model:
        after = model.model_copy(update={"revision": model.revision + 1})
        try:
            self._client.put_item(
                TableName=self._name,
                Item=_to_item(after),
                ConditionExpression="revision = :seen",
                ExpressionAttributeValues={":seen": {"N": str(model.revision)}},
            )
        except ClientError as error:
            if not _is_failed_condition(error):
                raise
            # The write may have succeeded and only its answer been lost: then what is stored is what was to be.
            if self.read([model.model_id]).get(model.model_id) != after:
                raise RecordMoved(model.model_id) from None
        return after

    def schedule(self, model: Model, at: datetime | None, *, seen: datetime | None = None) -> bool:
        # A worker that is at it conditions on the revision, and must not be disturbed by a look.
        condition, values = "revision = :revision", {":revision": {"N": str(model.revision)}}
        if seen is not None:
            condition += " AND next_check_at = :seen"
            values[":seen"] = {"S": timestamp(seen)}
        change = "SET #record = :record"
        values[":record"] = {"S": model.model_dump_json()}
        if at is None:
            change += " REMOVE check_shard, next_check_at"
        else:
            change += ", check_shard = :shard, next_check_at = :at"
            values |= {":shard": {"S": check_shard(model.model_id)}, ":at": {"S": timestamp(at)}}
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_key(model.model_id),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#record": "record"},
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if not _is_failed_condition(error):
                raise
            return False
        return True

    def due(self, shard: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """Return up to `limit` models of a shard that are to be looked at by `before`, the oldest first."""
        answer = self._client.query(
            TableName=self._name,
            IndexName="open-orders",
            KeyConditionExpression="check_shard = :shard AND next_check_at <= :before",
            ExpressionAttributeValues={":shard": {"S": shard}, ":before": {"S": timestamp(before)}},
            Limit=limit,
        )
        return tuple(item["pk"]["S"].removeprefix("MODEL#") for item in answer["Items"])

    def scheduled(self, model_id: str) -> tuple[Model, datetime] | None:
        """Return the model, read consistently, and when it is to be looked at; None when it is not."""
        item = self._client.get_item(TableName=self._name, Key=_key(model_id), ConsistentRead=True).get("Item", {})
        if "next_check_at" not in item:
            return None
        return _from_item(item), datetime.fromisoformat(item["next_check_at"]["S"])

    def page(self, owner: str, mode: Mode, limit: int, after: str | None) -> tuple[list[Model], str | None]:
        asked: dict[str, Any] = {
            "TableName": self._name,
            "IndexName": "by-buyer",
            "KeyConditionExpression": "buyer_key = :owner",
            "ExpressionAttributeValues": {":owner": {"S": _owner_key(owner, mode)}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            asked["ExclusiveStartKey"] = {
                "buyer_key": {"S": _owner_key(owner, mode)},
                "created_key": {"S": after},
                **_key(after.rpartition("#")[2]),
            }
        answer = self._client.query(**asked)
        ids = [item["pk"]["S"].removeprefix("MODEL#") for item in answer["Items"]]
        models = self.read(ids)
        shown = [models[model_id] for model_id in ids if model_id in models and not models[model_id].deleted]
        last = answer.get("LastEvaluatedKey")
        return shown, last["created_key"]["S"] if last else None

    def orders_of(self, model_id: str) -> tuple[str, ...]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :model AND begins_with(sk, :orders)",
            ExpressionAttributeValues={":model": {"S": f"MODEL#{model_id}"}, ":orders": {"S": "ORDER#"}},
            ConsistentRead=True,
        )
        return tuple(item["sk"]["S"].removeprefix("ORDER#") for page in pages for item in page["Items"])

    def note_progress(self, model: Model, progress: Progress) -> bool:
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_key(model.model_id),
                UpdateExpression="SET progress = :progress",
                ConditionExpression="revision = :seen AND stage = :analysing",
                ExpressionAttributeValues={
                    ":progress": {"S": progress.model_dump_json()},
                    ":seen": {"N": str(model.revision)},
                    ":analysing": {"S": Stage.ANALYSING},
                },
            )
        except ClientError as error:
            if not _is_failed_condition(error):
                raise
            return False
        return True

    def progress_of(self, model: Model) -> Progress | None:
        item = self._client.get_item(
            TableName=self._name,
            Key=_key(model.model_id),
            ProjectionExpression="progress, revision",
            ConsistentRead=True,
        ).get("Item", {})
        if "progress" not in item or item["revision"]["N"] != str(model.revision):
            return None
        return Progress.model_validate_json(item["progress"]["S"])

    def cached_analysis(self, sha256: str, engine_version: str, unit: Unit | None) -> Analysis | None:
        answer = self._client.get_item(TableName=self._name, Key=_content_key(sha256, engine_version, unit))
        return Analysis.model_validate_json(answer["Item"]["analysis"]["S"]) if "Item" in answer else None

    def cache_analysis(self, analysis: Analysis, unit: Unit | None) -> None:
        key = _content_key(analysis.sha256, analysis.engine_version, unit)
        self._client.put_item(TableName=self._name, Item={**key, "analysis": {"S": analysis.model_dump_json()}})


def _key(model_id: str) -> dict[str, "AttributeValueTypeDef"]:
    return {"pk": {"S": f"MODEL#{model_id}"}, "sk": {"S": "MODEL"}}


def _content_key(sha256: str, engine_version: str, unit: Unit | None) -> dict[str, "AttributeValueTypeDef"]:
    return {"pk": {"S": f"CONTENT#{sha256}#{engine_version}#{unit or 'undeclared'}"}, "sk": {"S": "ANALYSIS"}}


def _owner_key(owner: str, mode: Mode) -> str:
    return f"MODELS#{owner}#{mode}"


def _to_item(model: Model) -> dict[str, "AttributeValueTypeDef"]:
    """Lay a record out as an item: what conditions and the index look at beside the record itself."""
    item: dict[str, AttributeValueTypeDef] = {
        **_key(model.model_id),
        "owner": {"S": model.owner},
        "stage": {"S": model.stage},
        "revision": {"N": str(model.revision)},
        "record": {"S": model.model_dump_json()},
    }
    if model.file is not None:
        item["version_id"] = {"S": model.file.version_id}
    if not model.deleted:  # a deleted model leaves the list but keeps its id taken
        item["buyer_key"] = {"S": _owner_key(model.owner, model.mode)}
        created = model.created_at.astimezone(UTC).isoformat(timespec="microseconds")
        item["created_key"] = {"S": f"{created}#{model.model_id}"}
    look_at = next_check(model, since=model.updated_at)
    if look_at is not None:
        item["check_shard"] = {"S": check_shard(model.model_id)}
        item["next_check_at"] = {"S": timestamp(look_at)}
    return item


def _from_item(item: Item) -> Model:
    return Model.model_validate_json(item["record"]["S"])


def _is_failed_condition(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"
