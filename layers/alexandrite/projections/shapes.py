"""What a read model knows of one order, and how that lies in the table."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zlib import crc32

from alexandrite.projections.items import Item, Key
from alexandrite.projections.trees import Node

LANES = 8

_MILLISECONDS = 10**13  # past the year 2286 in milliseconds since 1970


class SortedList(NamedTuple):
    """A list of orders under a name, in `lanes` trees side by side, so that writers of other orders do not wait."""

    name: str
    lanes: int = LANES


class Place(NamedTuple):
    """One order at one place of a sorted list; `entry` is unique in the list and sorts it."""

    list: SortedList
    entry: str


class Tally(NamedTuple):
    """A count that writers keep: the number `name` of the group `group`."""

    group: str
    name: str
    lanes: int = LANES


@dataclass(frozen=True, slots=True)
class Row:
    """What is shown of one order after its `version`-th event, and where it stands; no card: it is not shown.

    `expires_at` is in seconds since 1970: a row that only guards against late messages may go when none can come.
    """

    order_id: str
    version: int
    card: str | None = None
    places: frozenset[Place] = frozenset()
    tallies: frozenset[Tally] = frozenset()
    expires_at: int | None = None


def lane(order_id: str, lanes: int) -> int:
    """Return the lane of an order: the same in all lists of as many lanes."""
    return crc32(order_id.encode()) % lanes


def ascending(moment: datetime) -> str:
    """Return a key that sorts earlier moments first, exact to the millisecond, 13 digits."""
    return f"{_milliseconds(moment):013d}"


def descending(moment: datetime) -> str:
    """Return a key that sorts later moments first, exact to the millisecond, 13 digits."""
    return f"{_MILLISECONDS - 1 - _milliseconds(moment):013d}"


def _milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)


def entry(key: str, order_id: str) -> str:
    """Return the entry of an order under a sort key: unique even when many orders share the key."""
    return f"{key}#{order_id}"


def order_of(entry: str) -> str:
    """Return the order that an entry stands for."""
    return entry.rpartition("#")[2]


def row_key(generation: int, order_id: str) -> Key:
    """Return the key of an order's row."""
    return Key(f"{generation}#ORDER#{order_id}", "ROW")


def node_key(generation: int, sorted_list: SortedList, number: int, node: str) -> Key:
    """Return the key of a node of the `number`-th tree of a list."""
    return Key(f"{generation}#LIST#{sorted_list.name}#{number}#{node}", "NODE")


def tally_key(generation: int, group: str, number: int) -> Key:
    """Return the key of the `number`-th part of a group of counts."""
    return Key(f"{generation}#TALLY#{group}#{number}", "TALLY")


def row_to_item(row: Row) -> Item:
    """Lay a row out as an item."""
    item: dict[str, str | int | tuple[str, ...]] = {"version": row.version}
    if row.card is not None:
        item["card"] = row.card
    if row.places:
        item["places"] = tuple(
            sorted(
                json.dumps([place.list.name, place.list.lanes, place.entry], ensure_ascii=False) for place in row.places
            )
        )
    if row.tallies:
        item["tallies"] = tuple(sorted(json.dumps(tally, ensure_ascii=False) for tally in row.tallies))
    if row.expires_at is not None:
        item["expires_at"] = row.expires_at
    return item


def row_from_item(order_id: str, item: Item) -> Row:
    """Read a row back."""
    card = item.get("card")
    expires_at = item.get("expires_at")
    places = [json.loads(place) for place in _strings(item, "places")]
    return Row(
        order_id=order_id,
        version=number(item, "version"),
        card=card if isinstance(card, str) else None,
        places=frozenset(Place(SortedList(name, lanes), where) for name, lanes, where in places),
        tallies=frozenset(Tally(*json.loads(tally)) for tally in _strings(item, "tallies")),
        expires_at=expires_at if isinstance(expires_at, int) else None,
    )


def node_to_item(node: Node) -> Item:
    """Lay a node out as an item."""
    item: dict[str, str | int | tuple[str, ...]] = {
        "version": node.version,
        "level": node.level,
        "low": node.low,
        "high": node.high,
        "entries": node.keys,
    }
    if node.level:
        item["children"] = node.children
    return item


def node_from_item(item: Item) -> Node:
    """Read a node back."""
    return Node(
        low=str(item["low"]),
        high=str(item["high"]),
        level=number(item, "level"),
        keys=_strings(item, "entries"),
        children=_strings(item, "children"),
        version=number(item, "version"),
    )


def number(item: Item, name: str) -> int:
    """Return a number of an item, 0 if it has none."""
    value = item.get(name, 0)
    if not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}, not a number")
    return value


def _strings(item: Item, name: str) -> tuple[str, ...]:
    value = item.get(name, ())
    if not isinstance(value, tuple):
        raise TypeError(f"{name} is {value!r}, not a list")
    return value
