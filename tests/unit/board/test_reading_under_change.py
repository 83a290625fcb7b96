"""Readers and writers at once, and replicas that lag: what stays where it is, is read exactly once."""

import random
from collections.abc import Collection

import pytest

from alexandrite.projections.items import Item, Key
from alexandrite.projections.reading import ListBusy, RowReader
from alexandrite.projections.shapes import Place, Row, SortedList, entry
from alexandrite.projections.writing import RowWriter
from tests.memory_items import MemoryItems

LIST = SortedList("orders", lanes=2)
STEADY = range(0, 900, 3)


def _row(number: int, version: int, *, listed: bool) -> Row:
    order_id = f"ord_{number:05d}"
    places = frozenset({Place(LIST, entry(f"{number:05d}", order_id))}) if listed else frozenset()
    return Row(order_id, version, card=str(number), places=places)


class Moving(MemoryItems):
    """A table whose orders come and go between any two reads, and whose eventual reads may be out of date."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.writer = RowWriter(self, rest=lambda _: None)
        self.past: list[dict[Key, Item]] = []
        self.versions: dict[int, int] = {}
        for number in STEADY:
            self.writer.write(_row(number, 1, listed=True))
        for number in range(900):
            if number not in STEADY:
                self.stir(number)
        self.moves = True

    moves = False

    def stir(self, number: int) -> None:
        """Let one of the orders that do not stay come or go."""
        self.versions[number] = version = self.versions.get(number, 0) + 1
        self.writer.write(_row(number, version, listed=self.random.random() < 0.5))

    def read(self, keys: Collection[Key], *, consistent: bool) -> dict[Key, Item]:
        if consistent or not self.moves:
            return super().read(keys, consistent=consistent)
        self.past = [*self.past[-3:], dict(self.stored)]
        self.moves = False
        for number in self.random.sample([one for one in range(900) if one not in STEADY], 60):
            self.stir(number)
        self.moves = True
        found = {}
        for key in keys:
            replica = self.random.choice([*self.past, self.stored])
            if key in replica:
                found[key] = replica[key]
        return found


@pytest.mark.parametrize("seed", range(8))
def test_what_stays_where_it_is_is_read_exactly_once_whatever_moves_around_it(seed: int) -> None:
    items = Moving(seed)
    reader = RowReader(items)
    seen: list[str] = []
    after = None
    while True:
        page = reader.page(LIST, 40, after=after)
        seen += [row.order_id for row in page.rows]
        after = page.after
        if after is None:
            break
    steady = {f"ord_{number:05d}" for number in STEADY}
    assert [order_id for order_id in seen if order_id in steady] == sorted(steady)
    assert seen == sorted(set(seen))


def test_a_list_that_changes_under_every_attempt_to_read_it_is_said_to_be_busy() -> None:
    class Restless(MemoryItems):
        def read(self, keys: Collection[Key], *, consistent: bool) -> dict[Key, Item]:
            return {key: item for key, item in super().read(keys, consistent=consistent).items() if "#n" not in key.pk}

    items = Restless()
    items.stored = {
        Key("1#LIST#orders#0#root", "NODE"): {
            "version": 1,
            "level": 1,
            "low": "",
            "high": "\U0010ffff",
            "entries": ("", "5"),
            "children": ("n1", "n2"),
        }
    }
    with pytest.raises(ListBusy):
        RowReader(items).page(LIST, 10)
