"""Tables whose calls happen in the order that a schedule says."""

from collections.abc import Callable
from typing import Any


class Paced:
    """A table whose calls each wait for their turn."""

    def __init__(self, table: Any, calls: tuple[str, ...], step: Callable[[], None]) -> None:
        self._table = table
        self._calls = calls
        self._step = step

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._table, name)
        if name not in self._calls:
            return call

        def in_turn(*arguments: Any, **named: Any) -> Any:
            self._step()
            return call(*arguments, **named)

        return in_turn
