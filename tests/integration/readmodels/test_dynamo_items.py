"""The table in memory, on which read models are tested, behaves as DynamoDB does."""

from typing import Any

import pytest

from alexandrite.projections.dynamodb import DynamoItems
from alexandrite.projections.items import Add, Contended, Delete, Items, Key, Put
from tests.memory_items import MemoryItems

A, B, C = Key("1#A", "ROW"), Key("1#B", "ROW"), Key("1#C", "TALLY")


@pytest.fixture(params=["DynamoDB", "memory"])
def items(request: pytest.FixtureRequest, client: Any) -> Items:
    return DynamoItems(client, "board") if request.param == "DynamoDB" else MemoryItems()


def test_an_item_is_read_as_it_was_written(items: Items) -> None:
    item = {"version": 1, "low": "", "entries": ("a", "Ω"), "children": ()}
    items.write([Put(A, item, seen=0)])
    assert items.read([A, B], consistent=True) == {A: item}


def test_an_item_is_replaced_only_in_the_version_that_was_seen(items: Items) -> None:
    items.write([Put(A, {"version": 4}, seen=0)])
    with pytest.raises(Contended):
        items.write([Put(A, {"version": 5}, seen=3)])
    with pytest.raises(Contended):
        items.write([Put(A, {"version": 5}, seen=0)])
    items.write([Put(A, {"version": 5}, seen=4)])
    assert items.read([A], consistent=True) == {A: {"version": 5}}


def test_an_item_is_deleted_only_in_the_version_that_was_seen(items: Items) -> None:
    items.write([Put(A, {"version": 4}, seen=0)])
    with pytest.raises(Contended):
        items.write([Delete(A, seen=3)])
    items.write([Delete(A, seen=4)])
    assert items.read([A], consistent=True) == {}
    with pytest.raises(Contended):
        items.write([Delete(A, seen=4)])


def test_writes_are_done_together_or_not_at_all(items: Items) -> None:
    items.write([Put(A, {"version": 1}, seen=0)])
    with pytest.raises(Contended):
        items.write([Put(B, {"version": 1}, seen=0), Add(C, {"n": 1}), Put(A, {"version": 1}, seen=0)])
    assert items.read([A, B, C], consistent=True) == {A: {"version": 1}}


def test_numbers_are_added_to_from_nothing(items: Items) -> None:
    items.write([Add(C, {"available": 2, "shipped": 1})])
    items.write([Add(C, {"available": -1})])
    assert items.read([C], consistent=True) == {C: {"available": 1, "shipped": 1}}


def test_more_keys_than_one_call_takes_are_read_and_deleted(items: Items) -> None:
    keys = [Key(f"1#{number}", "ROW") for number in range(130)]
    for key in keys:
        items.write([Put(key, {"version": 1}, seen=0)])
    assert len(items.read(keys, consistent=False)) == 130
    assert set(items.walk()) == set(keys)
    items.delete(keys)
    assert list(items.walk()) == []
