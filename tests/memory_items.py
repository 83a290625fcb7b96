"""A read model's table in memory, with what each call costs, and with the interference of other writers on demand."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

from alexandrite.projections.items import Add, Attribute, Contended, Delete, Item, Key, Put, Write


@dataclass
class Bill:
    """Calls, items and capacity units as DynamoDB counts them; a write in a transaction costs two."""

    calls: int = 0
    items_read: int = 0
    read_units: float = 0.0
    transactions: int = 0
    items_written: int = 0
    write_units: int = 0


@dataclass
class MemoryItems:
    """`Items` over a dictionary; `before_write` is called before each transaction and may change what is stored."""

    stored: dict[Key, Item] = field(default_factory=dict)
    bill: Bill = field(default_factory=Bill)
    before_write: Callable[[], None] = lambda: None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def read(self, keys: Collection[Key], *, consistent: bool) -> dict[Key, Item]:
        wanted = set(keys)
        self.bill.calls += ceil(len(wanted) / 100)
        self.bill.items_read += len(wanted)
        found = {key: self.stored[key] for key in wanted if key in self.stored}
        each = 1.0 if consistent else 0.5
        self.bill.read_units += sum(each * ceil(_size(key, found.get(key, {})) / 4096) for key in wanted)
        return found

    def write(self, writes: Sequence[Write]) -> None:
        assert 0 < len(writes) <= 100
        assert len({write.key for write in writes}) == len(writes)
        self.before_write()
        with self._lock:
            for write in writes:
                if not isinstance(write, Add) and self.stored.get(write.key, {}).get("version", 0) != write.seen:
                    raise Contended(str(write.key))
            self.bill.transactions += 1
            for write in writes:
                before = self.stored.get(write.key, {})
                match write:
                    case Put(key, item):
                        self.stored[key] = item
                    case Delete(key):
                        del self.stored[key]
                    case Add(key, amounts):
                        self.stored[key] = {**before, **{name: _sum(before, name, amounts[name]) for name in amounts}}
                larger = max(_size(write.key, before), _size(write.key, self.stored.get(write.key, {})))
                self.bill.items_written += 1
                self.bill.write_units += 2 * ceil(larger / 1024)

    def walk(self) -> Iterator[Key]:
        yield from list(self.stored)

    def delete(self, keys: Collection[Key]) -> None:
        for key in keys:
            del self.stored[key]

    def new_bill(self) -> Bill:
        """Begin to count anew; return the bill so far."""
        bill, self.bill = self.bill, Bill()
        return bill


def _sum(item: Item, name: str, amount: int) -> int:
    before = item.get(name, 0)
    assert isinstance(before, int)
    return before + amount


def _size(key: Key, item: Item) -> int:
    """Return the size of an item as DynamoDB counts it: names and UTF-8 values, an element 1 byte, a list 3."""
    return len(f"pksk{key.pk}{key.sk}".encode()) + sum(len(name) + _length(value) for name, value in item.items())


def _length(value: Attribute) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, int):
        return ceil(len(str(value)) / 2) + 1
    return 3 + sum(1 + len(part.encode()) for part in value)
