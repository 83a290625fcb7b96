"""An order item that cannot be read says so by name, whatever is wrong with it."""

import pytest

from alexandrite.domain.company import Company
from alexandrite.domain.evolution import record
from alexandrite.store.items import fold_attributes, to_record
from alexandrite.store.table import Unreadable
from tests.orders import Commands


@pytest.mark.parametrize(
    "damage",
    [{"state": b"not compressed"}, {"state": None}, {"driver_generation": None}, {"next_check_at": "soon"}],
)
def test_a_damaged_order_is_unreadable(damage):
    _, order = record(None, Commands("c").create(), Company(), order_id="ord_1")
    whole = {"pk": "ORDER#ord_1", "sk": "ORDER", "driver_generation": 1, **fold_attributes(order)}
    assert to_record(whole).driver.generation == 1
    damaged = {name: value for name, value in {**whole, **damage}.items() if value is not None}
    with pytest.raises(Unreadable, match="ORDER#ord_1"):
        to_record(damaged)
