"""How orders and events are written down as items.

What the order machine, an index or a condition must read is a plain attribute; the rest is compressed JSON. An order of
50 lines repeats its file versions in the offer and in the event that tells of it: packed together they cost once.
"""

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

from alexandrite.domain.events import Event
from alexandrite.domain.orders import Channel, Mode, Order
from alexandrite.domain.statuses import Status
from alexandrite.domain.values import Value
from alexandrite.store.checks import check_shard
from alexandrite.store.keys import ItemKey, buyer_key, event_key, timestamp
from alexandrite.store.table import Answered, Driver, Item, KeyUse, Mark, Record, Recorded, Unreadable

_serialise = TypeSerializer().serialize
_deserialise = TypeDeserializer().deserialize


def attributes(item: Item) -> dict[str, Any]:
    """Return an item of plain values in the table's own notation; what is None is left out."""
    return {name: _serialise(value) for name, value in item.items() if value is not None}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item in the table's notation as plain values; whole numbers become int, binaries bytes."""
    return {name: _plain(_deserialise(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else value
        case Binary():
            return bytes(value)  # type: ignore[call-overload]  # the stub forgets Binary.__bytes__
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def keyed(key: ItemKey) -> dict[str, Any]:
    """Return a key in the table's notation."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


class OrderSummary(Value):
    """What a list shows of an order: the index `by-buyer` carries it."""

    order_id: str
    version: int
    status: Status
    channel: Channel
    mode: Mode
    client_reference: str | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    lines: int
    pieces: int
    gross_minor: int | None
    currency: str | None
    held: bool


def summary(order: Order) -> OrderSummary:
    """Return what a list shows of `order`."""
    return OrderSummary(
        order_id=order.order_id,
        version=order.version,
        status=order.status,
        channel=order.channel,
        mode=order.mode,
        client_reference=order.client_reference,
        created_at=order.created_at,
        updated_at=order.updated_at,
        due_at=order.due_at,
        lines=len(order.lines),
        pieces=order.quantity,
        gross_minor=order.offer.gross_minor if order.offer is not None else None,
        currency=order.offer.currency if order.offer is not None else None,
        held=order.hold is not None,
    )


def fold_attributes(order: Order) -> dict[str, Any]:
    """Return the fold's part of the order item, plain; what is None must not be there."""
    return {
        "order_id": order.order_id,
        "status": str(order.status),
        "version": order.version,
        "fence": order.fence,
        "owner": order.owner,
        "last_command": order.last_command,
        "creating_hash": order.creating_hash,
        "accepted": order.is_accepted,
        "refundable": order.payment in ("paid", "deposit"),
        "deadline_at": timestamp(order.deadline_at) if order.deadline_at is not None else None,
        "due_at": timestamp(order.due_at) if order.due_at is not None else None,
        "mode": str(order.mode),
        "channel": str(order.channel),
        "buyer_key": buyer_key(order.buyer, order.mode),
        "created_key": f"{timestamp(order.created_at)}#{order.order_id}",
        "summary": summary(order).model_dump_json(),
        "state": zlib.compress(order.model_dump_json().encode()),
    }


def schedule_attributes(order: Order, next_check_at: datetime | None) -> dict[str, Any]:
    """Return the attributes that place the order in the index of open orders; both None takes it out."""
    if next_check_at is None:
        return {"check_shard": None, "next_check_at": None}
    return {"check_shard": check_shard(order), "next_check_at": timestamp(next_check_at)}


def event_item(step: Recorded, schema_version: int = 1) -> dict[str, Any]:
    """Return the immutable item of one event: the outbox, and the order as it was then."""
    event = step.event
    key = event_key(event.order_id, event.version)
    packed = f'{{"event":{event.model_dump_json()},"state":{step.after.model_dump_json()}}}'
    return {
        "pk": key.pk,
        "sk": key.sk,
        "schema_version": schema_version,
        "name": event.fact.name,
        "command_id": event.command_id,
        "at": timestamp(event.at),
        "from_status": str(event.from_status) if event.from_status is not None else None,
        "to_status": str(event.to_status),
        "actor": f"{event.actor.kind}:{event.actor.id}",
        "correlation_id": event.trace.correlation_id or None,
        "record": zlib.compress(packed.encode()),
    }


def key_item(use: KeyUse, order_id: str, version: int) -> dict[str, Any]:
    """Return what is to be remembered of an idempotency key."""
    return {
        "body_hash": use.body_hash,
        "order_id": order_id,
        "version": version,
        "http_status": use.http_status,
        "expires_at": int(use.expires_at.timestamp()),
    }


def to_recorded(item: Item) -> Recorded:
    """Return the event that an item tells of."""
    packed = json.loads(zlib.decompress(item["record"]))
    return Recorded(event=Event.model_validate(packed["event"]), after=Order.model_validate(packed["state"]))


def to_record(item: Item) -> Record:
    """Return the order, and what its machine keeps beside it.

    Raises:
        Unreadable: the item is damaged, or of a later release.
    """
    try:
        next_check_at = item.get("next_check_at")
        return Record(
            order=Order.model_validate_json(zlib.decompress(item["state"])),
            driver=Driver(
                generation=item["driver_generation"],
                wake_token=item.get("wake_token"),
                parked_version=item.get("parked_version"),
                next_check_at=datetime.fromisoformat(next_check_at) if next_check_at is not None else None,
            ),
        )
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise Unreadable(f"{item['pk']} {item['sk']}") from error


def to_answered(item: Item) -> Answered:
    """Return what is remembered of an idempotency key."""
    return Answered(
        body_hash=item["body_hash"],
        order_id=item["order_id"],
        version=item["version"],
        http_status=item["http_status"],
        expires_at=datetime.fromtimestamp(item["expires_at"], tz=UTC),
    )


def to_mark(item: Item) -> Mark:
    """Return which version a command led to."""
    return Mark(version=item["version"], body_hash=item.get("body_hash"))
