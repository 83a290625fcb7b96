"""A change of an order as the items of one DynamoDB transaction, and a cancelled transaction as its reasons."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionLost

from alexandrite.domain.accompaniments import Accompaniment, ModelLinks, OperatorLoad, PriceUse, ReferenceClaim
from alexandrite.domain.company import WorkInProgress
from alexandrite.store.items import attributes, event_item, fold_attributes, key_item, keyed, schedule_attributes
from alexandrite.store.keys import (
    ItemKey,
    command_key,
    idempotency_key,
    model_link_key,
    operator_key,
    order_key,
    price_key,
    reference_key,
)
from alexandrite.store.table import Change, ConditionFailed, Contended, ExtraCheck, OutcomeUnknown, Part

type Action = tuple[Part, dict[str, Any]]

_ABSENT = "attribute_not_exists(pk)"


def actions(change: Change, table_name: str) -> list[Action]:
    """Return the transaction's items in order, each with the part of the change that it stands for."""
    order_id = change.after.order_id
    version = change.after.version
    found: list[Action] = [("order", _order(change, table_name))]
    for step in change.steps:
        mark = {"version": step.event.version, "body_hash": change.key.body_hash if change.key is not None else None}
        found.append(("order", _put(table_name, event_item(step), _ABSENT)))
        found.append(("order", _put(table_name, _at(command_key(order_id, step.event.command_id), mark), _ABSENT)))
    if change.key is not None:
        remembered = _at(idempotency_key(change.key.caller, change.key.key), key_item(change.key, order_id, version))
        free = f"{_ABSENT} OR expires_at <= :now"
        found.append(("order", _put(table_name, remembered, free, {":now": int(change.key.at.timestamp())})))
    used = {part.price_id for part in change.accompaniments if isinstance(part, PriceUse)}
    put_here = set()
    for item in change.items:
        if isinstance(item, ExtraCheck):
            found.append((item, _check(table_name, item)))
            continue
        plain = dict(item.attributes)
        for price_id in used:
            if item.key == price_key(order_id, price_id):
                # offered and accepted in one breath: a transaction may touch the item once only
                plain["accepted_version"] = version
                put_here.add(price_id)
        found.append((item, _put(table_name, _at(item.key, plain), _ABSENT if item.only_if_absent else None)))
    for part in change.accompaniments:
        if not (isinstance(part, PriceUse) and part.price_id in put_here):
            found.extend((part, action) for action in _accompaniment(part, order_id, version, change.limit, table_name))
    return found


def _at(key: ItemKey, item: Mapping[str, Any]) -> dict[str, Any]:
    return {"pk": key.pk, "sk": key.sk, **item}


def _put(
    table_name: str, item: Mapping[str, Any], condition: str | None = None, values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    put: dict[str, Any] = {"TableName": table_name, "Item": attributes(item)}
    if condition is not None:
        put["ConditionExpression"] = condition
    if values:
        put["ExpressionAttributeValues"] = attributes(values)
    return {"Put": put}


def _check(table_name: str, check: ExtraCheck) -> dict[str, Any]:
    return {
        "ConditionCheck": {
            "TableName": table_name,
            "Key": keyed(check.key),
            "ConditionExpression": " AND ".join(f"#{name} = :{name}" for name in check.attributes),
            "ExpressionAttributeNames": {f"#{name}": name for name in check.attributes},
            "ExpressionAttributeValues": attributes({f":{name}": value for name, value in check.attributes.items()}),
        }
    }


def _order(change: Change, table_name: str) -> dict[str, Any]:
    after = change.after
    fold = fold_attributes(after) | schedule_attributes(after, change.next_check_at)
    if change.before is None:
        return _put(table_name, _at(order_key(after.order_id), fold | {"driver_generation": 1}), _ABSENT)
    present = {name: value for name, value in fold.items() if value is not None}
    gone = [name for name, value in fold.items() if value is None]
    # an update and not a put: the token and the generation are the driver's, and may change beside us
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in present)
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    seen = {":seen_status": str(change.before.order.status), ":seen_version": change.before.order.version}
    return {
        "Update": {
            "TableName": table_name,
            "Key": keyed(order_key(after.order_id)),
            "UpdateExpression": expression,
            "ConditionExpression": "#status = :seen_status AND #version = :seen_version",
            "ExpressionAttributeNames": {f"#{name}": name for name in fold},
            "ExpressionAttributeValues": attributes({f":{name}": value for name, value in present.items()} | seen),
        }
    }


def _accompaniment(
    part: Accompaniment, order_id: str, version: int, limit: WorkInProgress, table_name: str
) -> Iterator[dict[str, Any]]:
    match part:
        case OperatorLoad():
            yield {"Update": _load(part, limit, table_name)}
        case ReferenceClaim():
            key = reference_key(part.partner, part.mode, part.client_reference)
            yield _put(table_name, _at(key, {"order_id": order_id}), _ABSENT)
        case PriceUse():
            yield {
                "Update": {
                    "TableName": table_name,
                    "Key": keyed(price_key(order_id, part.price_id)),
                    "UpdateExpression": "SET accepted_version = :version",
                    "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(accepted_version)",
                    "ExpressionAttributeValues": attributes({":version": version}),
                }
            }
        case ModelLinks():
            for model in sorted(part.models):
                yield _put(table_name, _at(model_link_key(model, order_id), {"order_id": order_id}))


def _load(load: OperatorLoad, limit: WorkInProgress, table_name: str) -> dict[str, Any]:
    update = {
        "TableName": table_name,
        "Key": keyed(operator_key(load.operator)),
        "UpdateExpression": "ADD orders :orders, pieces :pieces",
    }
    values = {":orders": load.orders, ":pieces": load.pieces}
    if load.orders > 0:
        update["ConditionExpression"] = (
            "attribute_not_exists(orders) OR orders = :none OR (orders <= :orders_before AND pieces <= :pieces_before)"
        )
        values |= {
            ":none": 0,
            ":orders_before": limit.orders - load.orders,
            ":pieces_before": limit.pieces - load.pieces,
        }
    return update | {"ExpressionAttributeValues": attributes(values)}


_PATIENCE_ASKED = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ThrottlingError",
        "ThrottlingException",
        "ThrottledException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    }
)
_OUTCOME_UNKNOWN = frozenset(
    {"InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException"}
)

CONNECTION_LOST = (ConnectionLost, HTTPClientError)


def asks_for_patience(error: ClientError) -> bool:
    """Whether DynamoDB says that the same call may succeed a little later."""
    return error.response["Error"]["Code"] in _PATIENCE_ASKED


def outcome_is_unknown(error: ClientError) -> bool:
    """Whether the service failed in a way that leaves open whether it has written."""
    return error.response["Error"]["Code"] in _OUTCOME_UNKNOWN


def explain(error: ClientError, parts: Sequence[Part]) -> Exception:
    """Return what a failed transaction means for the change whose parts, in the transaction's order, are `parts`."""
    if asks_for_patience(error):
        return Contended(str(error))
    if outcome_is_unknown(error):
        return OutcomeUnknown(str(error))
    reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    if any(reason in _PATIENCE_ASKED for reason in reasons):
        return Contended(str(error))
    failed = [part for part, reason in zip(parts, reasons, strict=False) if reason == "ConditionalCheckFailed"]
    return ConditionFailed(failed) if failed else error
