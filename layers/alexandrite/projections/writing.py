"""The only writer of a read model: one order's row, its places in the lists and the counts move together, or not."""

import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count

from alexandrite.projections.generations import Generations, Pointer
from alexandrite.projections.items import Add, Contended, Delete, Item, Items, Key, Put, Write
from alexandrite.projections.shapes import (
    Place,
    Row,
    SortedList,
    Tally,
    lane,
    node_from_item,
    node_key,
    node_to_item,
    row_from_item,
    row_key,
    row_to_item,
    tally_key,
)
from alexandrite.projections.trees import ROOT, Node, NotLoaded, Torn, Tree

_ATTEMPTS = 8
_LONGEST_REST_S = 1.0


def rest(attempt: int) -> None:
    """Sleep for a random time, on average twice as long as after the attempt before: at most a second."""
    time.sleep(min(0.01 * 2**attempt, _LONGEST_REST_S) * secrets.randbelow(1000) / 1000)


class RowWriter:
    """Writes rows into the generations of one read model."""

    def __init__(self, items: Items, *, rest: Callable[[int], None] = rest) -> None:
        self._items = items
        self._generations = Generations(items)
        self._rest = rest

    def write(self, row: Row) -> bool:
        """Show the order as `row` says wherever an older version is shown; return whether it was anywhere.

        Safe to repeat and to call in any order of versions.

        Raises:
            Contended: when other writers were faster too many times in a row; nothing is lost, try again later.
        """
        pointer, found = self._read_rows(row.order_id)
        written = [
            self._write(generation, row, found.get(row_key(generation, row.order_id))) for generation in pointer.fed
        ]
        return any(written)

    def write_to(self, generation: int, row: Row) -> bool:
        """Like `write`, into one generation only."""
        key = row_key(generation, row.order_id)
        return self._write(generation, row, self._items.read([key], consistent=True).get(key))

    def _read_rows(self, order_id: str) -> tuple[Pointer, dict[Key, Item]]:
        def rows(pointer: Pointer) -> list[Key]:
            return [row_key(generation, order_id) for generation in pointer.fed]

        return self._generations.read_with(rows, consistent=True)

    def _write(self, generation: int, row: Row, stored: Item | None) -> bool:
        key = row_key(generation, row.order_id)
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._rest(attempt)
                stored = self._items.read([key], consistent=True).get(key)
            seen = row_from_item(row.order_id, stored) if stored is not None else Row(row.order_id, version=0)
            if row.version <= seen.version:
                return False
            try:
                self._items.write(
                    [
                        Put(key, row_to_item(row), seen.version),
                        *_count(generation, row.order_id, seen.tallies, row.tallies),
                        *self._move(generation, row, leaves=seen.places - row.places, enters=row.places - seen.places),
                    ]
                )
            except (Contended, Torn):
                continue
            return True
        raise Contended(f"{row.order_id} version {row.version}: {_ATTEMPTS} attempts")

    def _move(self, generation: int, row: Row, leaves: Iterable[Place], enters: Iterable[Place]) -> list[Write]:
        """Return the writes that take the order from some places to others."""
        changes: defaultdict[SortedList, list[tuple[str, bool]]] = defaultdict(list)
        for place in sorted(leaves):
            changes[place.list].append((place.entry, False))
        for place in sorted(enters):
            changes[place.list].append((place.entry, True))
        read: dict[Key, Node | None] = {}
        while True:
            writes, missing = self._plan(generation, row, changes, read)
            if not missing:
                return writes
            found = self._items.read(missing, consistent=True)
            read |= {key: node_from_item(found[key]) if key in found else None for key in missing}

    def _plan(
        self,
        generation: int,
        row: Row,
        changes: Mapping[SortedList, list[tuple[str, bool]]],
        read: Mapping[Key, Node | None],
    ) -> tuple[list[Write], set[Key]]:
        """Return the writes, or which nodes to read before they can be told."""
        writes: list[Write] = []
        missing: set[Key] = set()
        for sorted_list, moves in changes.items():
            number = lane(row.order_id, sorted_list.lanes)
            root = node_key(generation, sorted_list, number, ROOT)
            prefix = root.pk.removesuffix(ROOT)
            tree = Tree(
                {key.pk.removeprefix(prefix): node for key, node in read.items() if key.pk.startswith(prefix)},
                new_names=_names(row),
            )
            try:
                for entry, enters in moves:
                    (tree.insert if enters else tree.remove)(entry)
            except NotLoaded as lacking:
                missing.add(node_key(generation, sorted_list, number, lacking.name))
                continue
            for change in tree.changes():
                key = node_key(generation, sorted_list, number, change.name)
                seen = change.before.version if change.before else 0
                writes.append(Put(key, node_to_item(change.after), seen) if change.after else Delete(key, seen))
        return writes, missing


def _names(row: Row) -> Iterator[str]:
    """Yield names for new nodes, never used before: only one writer ever brings an order to this version."""
    return (f"{row.order_id}.{row.version}.{place}" for place in count())


def _count(generation: int, order_id: str, before: Iterable[Tally], after: Iterable[Tally]) -> Iterator[Write]:
    """Yield what the order's counts gain and lose."""
    groups: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for tallies, amount in ((before, -1), (after, 1)):
        for tally in tallies:
            groups[tally_key(generation, tally.group, lane(order_id, tally.lanes))][tally.name] += amount
    for key, amounts in groups.items():
        gains = {name: amount for name, amount in amounts.items() if amount}
        if gains:
            yield Add(key, gains)
