"""Pages of a sorted list, in a number of calls that depends on the height of its trees and not on the list."""

import base64
import binascii
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain

from alexandrite.domain.errors import Invalid, Refusal
from alexandrite.projections.generations import Generations, Pointer
from alexandrite.projections.items import Item, Items, Key
from alexandrite.projections.shapes import (
    Row,
    SortedList,
    node_from_item,
    node_key,
    number,
    order_of,
    row_from_item,
    row_key,
    tally_key,
)
from alexandrite.projections.trees import BOTTOM, EMPTY, LEAF, ROOT, TOP, Node

_FULL_PAGE = 100
_THIN = LEAF // 3  # two neighbouring leaves hold at least one more than this
_ROUNDS = 24


class ListBusy(Refusal):
    """The list changed under every attempt to read it."""

    code = "list.busy"
    status = 503
    title = "The list is changing too fast"


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a sorted list, in its order; `after` is where the next part begins, None at the end of the range."""

    rows: tuple[Row, ...]
    after: str | None


@dataclass(slots=True)
class _Walk:
    """How far one lane has been read: everything in its range below `position` is in `entries`."""

    position: str
    nodes: dict[str, Node | None] = field(default_factory=dict)
    entries: list[str] = field(default_factory=list)


class RowReader:
    """Reads one read model."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._generations = Generations(items)

    def page(
        self, sorted_list: SortedList, limit: int, *, after: str | None = None, low: str = BOTTOM, high: str = TOP
    ) -> Slice:
        """Return up to `limit` rows of the entries in [low, high) that come after the entry `after`.

        A row that has left its place since the list was read is left out: a page may be shorter than `limit` although
        more follow. Read eventually consistently.

        Raises:
            ListBusy: when the list changed under every attempt to read it.
        """
        start = f"{after}\0" if after is not None and after >= low else low
        generation, entries = self._entries(sorted_list, limit + 1, start, high)
        shown = entries[:limit]
        rows = self._rows(generation, {order_of(entry) for entry in shown})
        standing = ((entry, rows[order_of(entry)]) for entry in shown if order_of(entry) in rows)
        return Slice(
            rows=tuple(row for entry, row in standing if (sorted_list, entry) in row.places),
            after=shown[-1] if len(entries) > limit else None,
        )

    def counts(self, *groups: tuple[str, int]) -> list[dict[str, int]]:
        """Return the counts of each group, given by name and number of lanes: one call."""

        def parts(pointer: Pointer) -> list[Key]:
            return [tally_key(pointer.serving, group, part) for group, lanes in groups for part in range(lanes)]

        pointer, found = self._generations.read_with(parts, consistent=False)
        return [
            _sum(found.get(tally_key(pointer.serving, group, part), {}) for part in range(lanes))
            for group, lanes in groups
        ]

    def _rows(self, generation: int, order_ids: Collection[str]) -> dict[str, Row]:
        found = self._items.read({row_key(generation, order_id) for order_id in order_ids}, consistent=False)
        keys = {row_key(generation, order_id): order_id for order_id in order_ids}
        return {keys[key]: row_from_item(keys[key], item) for key, item in found.items()}

    def _entries(self, sorted_list: SortedList, limit: int, start: str, end: str) -> tuple[int, list[str]]:
        """Return the generation that serves and the first `limit` entries in [start, end)."""

        def roots(pointer: Pointer) -> list[Key]:
            return [node_key(pointer.serving, sorted_list, part, ROOT) for part in range(sorted_list.lanes)]

        pointer, found = self._generations.read_with(roots, consistent=False)
        walks = [
            _Walk(start, {ROOT: node_from_item(found[root]) if root in found else EMPTY}) for root in roots(pointer)
        ]
        ahead = 1 + -(-limit // (sorted_list.lanes * _THIN))
        consistent = False
        for _ in range(_ROUNDS):
            lacking = [_advance(walk, end, ahead) for walk in walks]
            consistent |= any(ROOT in names for names in lacking)
            entries = sorted(chain.from_iterable(walk.entries for walk in walks))
            # Only lanes that have not been read up to the last entry wanted can still have one before it.
            bound = entries[limit - 1] if len(entries) >= limit else end
            wanted = {
                node_key(pointer.serving, sorted_list, part, name): (walk, name)
                for part, (walk, names) in enumerate(zip(walks, lacking, strict=True))
                for name in names
                if walk.position <= bound
            }
            if not wanted:
                return pointer.serving, [entry for entry in entries[:limit] if entry < end]
            found = self._items.read(wanted, consistent=consistent)
            for key, (walk, name) in wanted.items():
                absent = EMPTY if name == ROOT else None
                walk.nodes[name] = node_from_item(found[key]) if key in found else absent
        raise ListBusy(f"{sorted_list.name} changed while it was read; read it again")


def _advance(walk: _Walk, end: str, ahead: int) -> list[str]:
    """Read on in the nodes at hand; return the names of those that are needed to go on towards `end`.

    A leaf says which keys it covers, so the walk goes on exactly where it ends, whatever the branches believed: nothing
    is left out and nothing comes twice. A node that is gone or covers other keys means that the branches are out of
    date: the walk begins again at the root, from the key it has reached.
    """
    while walk.position < end:
        node = walk.nodes.get(ROOT)
        while node is not None and node.level:
            place = node.child_for(walk.position)
            names = node.children[place : place + (ahead if node.level == 1 else 1)]
            if names[0] not in walk.nodes:
                return [name for name in names if name not in walk.nodes]
            node = walk.nodes[names[0]]
        if node is None or not node.covers(walk.position):
            walk.nodes.clear()
            return [ROOT]
        walk.entries += [entry for entry in node.keys if entry >= walk.position]
        walk.position = node.high
    return []


def _sum(parts: Iterable[Item]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name in part:
            total[name] = total.get(name, 0) + number(part, name)
    return total


def checked_limit(limit: int) -> int:
    """Return `limit` if it is the size of a page.

    Raises:
        Invalid: when it is not 1 to 100.
    """
    if not 1 <= limit <= _FULL_PAGE:
        raise Invalid(f"limit is {limit}, not 1 to {_FULL_PAGE}", code="limit.invalid", pointer="/limit")
    return limit


def cursor_after(entry: str | None) -> str | None:
    """Return the opaque cursor for what comes after `entry`."""
    return base64.urlsafe_b64encode(entry.encode()).decode().rstrip("=") if entry is not None else None


def entry_before(cursor: str | None) -> str | None:
    """Return the entry that a cursor says to go on after.

    Raises:
        Invalid: when it is no cursor of ours.
    """
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Invalid("not a cursor of this list", code="cursor.invalid", pointer="/cursor") from None
