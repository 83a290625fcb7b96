"""What a read model asks of its table: batches of items by key, and small transactions under conditions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

type Attribute = str | int | tuple[str, ...]
type Item = Mapping[str, Attribute]


class Key(NamedTuple):
    """The key of an item: one item to a partition, so that no partition ever grows."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Put:
    """Write the item if its attribute `version` is still `seen` (0: if there is none)."""

    key: Key
    item: Item
    seen: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the item if its attribute `version` is still `seen`."""

    key: Key
    seen: int


@dataclass(frozen=True, slots=True)
class Add:
    """Add to numbers of the item, which come into being at 0."""

    key: Key
    amounts: Mapping[str, int]


type Write = Put | Delete | Add


class Contended(Exception):
    """Somebody else changed one of the items since they were read, or is about to: nothing was written."""


class Items(Protocol):
    """A table of items by key."""

    def read(self, keys: Collection[Key], *, consistent: bool) -> dict[Key, Item]:
        """Return those of the items that exist; one call for up to 100 keys."""

    def write(self, writes: Sequence[Write]) -> None:
        """Do all of up to 100 writes, or none.

        Raises:
            Contended: when a condition does not hold.
        """

    def walk(self) -> Iterator[Key]:
        """Walk the keys of the whole table: for clearing away, never for serving."""

    def delete(self, keys: Collection[Key]) -> None:
        """Delete items without condition: for clearing away."""
