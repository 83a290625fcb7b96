"""Feeding the sellers' lists."""

from collections.abc import Callable

from alexandrite.attention.entries import row
from alexandrite.domain.company import Company
from alexandrite.domain.orders import Order
from alexandrite.projections.items import Items
from alexandrite.projections.writing import RowWriter


class AttentionWriter:
    """Shows orders in the sellers' lists as they stand after an event."""

    def __init__(self, items: Items, company: Callable[[], Company]) -> None:
        """`company` says when an order is stuck or at risk; when its settings change, rebuild the lists."""
        self._rows = RowWriter(items)
        self._company = company

    def project(self, order: Order) -> bool:
        """Show the order unless a later state is shown already; return whether anything changed.

        Any number of times and in any order of versions, with the same end. When it returns, the effect is durable.

        Raises:
            Contended: when other writers were faster too often in a row; try again later.
        """
        shown = row(order, self._company())
        return shown is not None and self._rows.write(shown)
