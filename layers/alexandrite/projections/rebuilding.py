"""Building a read model anew from the events, beside the one that serves."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched, groupby
from typing import TYPE_CHECKING, Any

from alexandrite.domain.evolution import fold
from alexandrite.domain.orders import Order
from alexandrite.projections.generations import Generations
from alexandrite.projections.items import Items, Key
from alexandrite.projections.shapes import Row
from alexandrite.projections.writing import RowWriter
from alexandrite.store.items import plain, to_recorded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A generation that serves now, the one it took the place of, and how many orders were looked at."""

    generation: int
    replaced: int
    orders: int


def rebuild(
    items: Items, row: Callable[[Order], Row | None], orders: Callable[[], Iterable[Order]], *, workers: int = 1
) -> Rebuilt:
    """Build a new generation from `orders`, let it serve, and keep the old one until the next rebuild.

    Whatever happens meanwhile reaches both generations, because the orders are read only after the writers have been
    told of the new one: an event that its scan misses is one whose message comes later. Versions decide, as always.

    Raises:
        NotBuilding: when another rebuild has begun in the meantime; that one goes on.
    """
    generations = Generations(items)
    clear(items)
    generation = generations.begin()
    writer = RowWriter(items)

    def show(order: Order) -> None:
        shown = row(order)
        if shown is not None:
            writer.write_to(generation, shown)

    count = 0
    with ThreadPoolExecutor(workers) as pool:
        for some in batched(orders(), _AT_ONCE, strict=False):
            count += sum(1 for _ in pool.map(show, some))
    replaced = generations.serve(generation)
    return Rebuilt(generation, replaced, count)


def clear(items: Items) -> int:
    """Delete all generations but those that are fed; return the number of items deleted."""
    kept = {str(generation) for generation in Generations(items).pointer().fed}

    def abandoned() -> Iterator[Key]:
        for key in items.walk():
            generation, _, rest = key.pk.partition("#")
            if rest and generation not in kept:
                yield key

    gone = 0
    for some in batched(abandoned(), _AT_ONCE, strict=False):
        items.delete(some)
        gone += len(some)
    return gone


def orders_from_events(client: "DynamoDBClient", table_name: str) -> Iterator[Order]:
    """Yield every order as the fold of its events, from a consistent scan of the table of orders.

    Raises:
        IllegalHistory: when the events of an order do not follow from one another.
    """
    pages = client.get_paginator("scan").paginate(
        TableName=table_name,
        ConsistentRead=True,
        FilterExpression="begins_with(sk, :events)",
        ExpressionAttributeValues={":events": {"S": "EVENT#"}},
    )
    found = (item for page in pages for item in page["Items"])
    for _, history in groupby(found, key=_partition):
        yield fold(to_recorded(plain(item)).event for item in history)


def _partition(item: Any) -> str:
    return str(item["pk"]["S"])
