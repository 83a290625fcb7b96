"""Many orders in one request, each with an outcome of its own."""

from typing import Any

from pydantic import Field

from alexandrite.buying.bodies import Batch, NewPartnerOrder
from alexandrite.buying.orders import Buying
from alexandrite.domain.errors import Refusal
from alexandrite.domain.statuses import Status
from alexandrite.http.answers import Told
from alexandrite.http.problems import problem
from alexandrite.http.requests import hash_of
from alexandrite.intents import Intent


class OrderOutcome(Told):
    """What came of one order of a batch: the order in short, or the problem."""

    index: int = Field(description="place in the batch, from 0")
    status: int = Field(description="the HTTP status that a request of its own would have had")
    client_reference: str | None
    order_id: str | None = None
    version: int | None = None
    order_status: Status | None = None
    location: str | None = None
    replayed: bool = False
    problem: dict[str, Any] | None = Field(default=None, description="RFC 9457, as a request of its own would get")


class BatchOutcome(Told):
    """The outcomes in the order of the batch."""

    items: tuple[OrderOutcome, ...]
    created: int
    refused: int


def create_all(buying: Buying, batch: Batch, intent: Intent, orders_location: str) -> BatchOutcome:
    """Create the orders one after another; a refusal of one leaves the others alone.

    Two calls to the table of orders for each.
    """
    items = tuple(_create(buying, asked, index, intent, orders_location) for index, asked in enumerate(batch.orders))
    created = sum(item.problem is None for item in items)
    return BatchOutcome(items=items, created=created, refused=len(items) - created)


def _create(buying: Buying, asked: NewPartnerOrder, index: int, intent: Intent, orders_location: str) -> OrderOutcome:
    own = intent.part(str(index), hash_of("batch", asked.model_dump_json()))
    try:
        applied = buying.create(
            asked,
            own,
            client_reference=asked.client_reference,
            accept_up_to_minor=asked.accept_up_to_minor,
            submit=asked.submit,
        )
    except Refusal as refusal:
        return OrderOutcome(
            index=index,
            status=refusal.status,
            client_reference=asked.client_reference,
            problem=problem(refusal, intent.trace.correlation_id),
        )
    order = applied.order
    return OrderOutcome(
        index=index,
        status=applied.http_status,
        client_reference=order.client_reference,
        order_id=order.order_id,
        version=order.version,
        order_status=order.status,
        location=f"{orders_location}/{order.order_id}",
        replayed=applied.replayed,
    )
