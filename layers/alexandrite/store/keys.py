"""How the items of the orders table are named, and how its sparse index of open orders is spread."""

import zlib
from datetime import UTC, datetime
from typing import NamedTuple

from alexandrite.domain.orders import Mode

SHARDS = 8


class ItemKey(NamedTuple):
    """Partition and sort key of one item."""

    pk: str
    sk: str


def order_key(order_id: str) -> ItemKey:
    """Return the key of the order as it stands."""
    return ItemKey(f"ORDER#{order_id}", "ORDER")


def event_key(order_id: str, version: int) -> ItemKey:
    """Return the key of the event that gave the order this version; sorts by version."""
    return ItemKey(f"ORDER#{order_id}", f"EVENT#{version:08d}")


def command_key(order_id: str, command_id: str) -> ItemKey:
    """Return the key of the mark that a command leaves behind when it has taken effect."""
    return ItemKey(f"ORDER#{order_id}", f"COMMAND#{command_id}")


def price_key(order_id: str, price_id: str) -> ItemKey:
    """Return the key of a price's full breakdown."""
    return ItemKey(f"ORDER#{order_id}", f"PRICE#{price_id}")


def idempotency_key(caller: str, key: str) -> ItemKey:
    """Return the key of what is remembered of a caller's idempotency key."""
    return ItemKey(f"KEY#{caller}#{key}", "KEY")


def operator_key(operator: str) -> ItemKey:
    """Return the key of an operator's work in progress."""
    return ItemKey(f"OPERATOR#{operator}", "OPERATOR")


def sweep_key() -> ItemKey:
    """Return the key under which the sweep of everything remembers how far it has come."""
    return ItemKey("SWEEP", "EVERYTHING")


def account(buyer: str, mode: Mode) -> str:
    """Return the buyer's name in keys: what a buyer does in test mode lives beside, never among, what is real."""
    return buyer if mode is Mode.LIVE else f"{buyer}.test"


def reference_key(partner: str, mode: Mode, client_reference: str) -> ItemKey:
    """Return the key of a partner's own reference."""
    return ItemKey(f"REF#{account(partner, mode)}#{client_reference}", "REF")


def model_key(model_id: str) -> ItemKey:
    """Return the key of an uploaded 3D file."""
    return ItemKey(f"MODEL#{model_id}", "MODEL")


def model_link_key(model_id: str, order_id: str) -> ItemKey:
    """Return the key by which a model finds an order that uses it."""
    return ItemKey(f"MODEL#{model_id}", f"ORDER#{order_id}")


def buyer_key(buyer: str, mode: Mode) -> str:
    """Return the partition of the index `by-buyer`."""
    return f"BUYER#{account(buyer, mode)}"


def shard(order_id: str) -> int:
    """Return which of the index's partitions the order belongs to: the same on every machine and for ever."""
    return zlib.crc32(order_id.encode()) % SHARDS


def timestamp(moment: datetime) -> str:
    """Return `moment` as RFC 3339 in UTC with milliseconds: equally long, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
