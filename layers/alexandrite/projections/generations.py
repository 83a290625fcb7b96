"""Which read model serves, and which one is being built beside it.

All keys of a table begin with the number of a generation. One item points at the generation that serves and, during a
rebuild, at the one that grows beside it; writers feed both. Every reader and writer fetches the pointer together with
the first items it needs, at a guess of the generation, so that it costs a key in a batch and not a call.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from alexandrite.projections.items import Contended, Item, Items, Key, Put
from alexandrite.projections.shapes import number

_POINTER = Key("POINTER", "POINTER")


@dataclass(frozen=True, slots=True)
class Pointer:
    """The generation that serves, the one that is being built (0: none), and the highest number ever given."""

    serving: int = 1
    building: int = 0
    last: int = 1
    version: int = 0

    @property
    def fed(self) -> tuple[int, ...]:
        """The generations that take in what happens."""
        return (self.serving, self.building) if self.building else (self.serving,)


class NotBuilding(Exception):
    """No rebuild, or another one, is under way."""


class Generations:
    """The pointer of one table."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._guess = Pointer()

    def read_with(
        self, wanted: Callable[[Pointer], Collection[Key]], *, consistent: bool
    ) -> tuple[Pointer, dict[Key, Item]]:
        """Return the pointer, and the items that `wanted` names for it: one call unless the pointer has moved."""
        found: dict[Key, Item] = {}
        asked: set[Key] = set()
        while True:
            guess = self._guess
            missing = {_POINTER, *wanted(guess)} - asked
            found |= self._items.read(missing, consistent=consistent)
            asked |= missing
            self._guess = _from_item(found.get(_POINTER))
            if self._guess.fed == guess.fed:
                return self._guess, {key: item for key, item in found.items() if key != _POINTER}

    def pointer(self) -> Pointer:
        """Return the pointer, consistently."""
        return self.read_with(lambda _: (), consistent=True)[0]

    def begin(self) -> int:
        """Begin a new generation beside the one that serves, in place of one that was never finished."""
        pointer = self.pointer()
        number_ = pointer.last + 1
        self._move(pointer, replace(pointer, building=number_, last=number_))
        return number_

    def serve(self, generation: int) -> int:
        """Let the generation that was built serve; return the one that served before.

        Raises:
            NotBuilding: when it is not the one that is being built.
        """
        pointer = self.pointer()
        if generation != pointer.building:
            raise NotBuilding(f"generation {generation} is not being built, but {pointer.building or 'none'}")
        self._move(pointer, replace(pointer, serving=generation, building=0))
        return pointer.serving

    def _move(self, seen: Pointer, to: Pointer) -> None:
        item = {"version": seen.version + 1, "serving": to.serving, "building": to.building, "last": to.last}
        try:
            self._items.write([Put(_POINTER, item, seen.version)])
        except Contended:
            raise NotBuilding("another rebuild has moved the pointer") from None


def _from_item(item: Item | None) -> Pointer:
    if item is None:
        return Pointer()
    return Pointer(
        serving=number(item, "serving"),
        building=number(item, "building"),
        last=number(item, "last"),
        version=number(item, "version"),
    )
