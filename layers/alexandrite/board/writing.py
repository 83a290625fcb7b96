"""Feeding the board."""

from alexandrite.board.cards import row
from alexandrite.domain.orders import Order
from alexandrite.projections.items import Items
from alexandrite.projections.writing import RowWriter


class BoardWriter:
    """Shows orders on the board as they stand after an event."""

    def __init__(self, items: Items) -> None:
        self._rows = RowWriter(items)

    def project(self, order: Order) -> bool:
        """Show the order unless a later state is shown already; return whether anything changed.

        Any number of times and in any order of versions, with the same end. When it returns, the effect is durable.

        Raises:
            Contended: when other writers were faster too often in a row; try again later.
        """
        shown = row(order)
        return shown is not None and self._rows.write(shown)
