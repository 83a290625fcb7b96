"""The partner's references in; found, missing and different out. Two calls to the table for up to 100 references."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import Field

from alexandrite.auth.callers import Caller
from alexandrite.buying.bodies import Expectation, Reconciliation
from alexandrite.domain.orders import Mode, Order
from alexandrite.domain.statuses import Status
from alexandrite.http.answers import Told
from alexandrite.store.items import keyed, plain, to_record
from alexandrite.store.keys import ItemKey, order_key, reference_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class References(Protocol):
    """Partners' own references, as the table of orders knows them."""

    def orders(self, partner: str, mode: Mode, references: Iterable[str]) -> Mapping[str, Order]:
        """Return the orders that have these references, at most 100, read consistently."""


class DynamoReferences:
    """`References` in the orders table."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def orders(self, partner: str, mode: Mode, references: Iterable[str]) -> Mapping[str, Order]:
        claims = {reference: reference_key(partner, mode, reference) for reference in references}
        holders = {item["pk"]: item["order_id"] for item in self._items(list(claims.values()))}
        found = {reference: holders[claim.pk] for reference, claim in claims.items() if claim.pk in holders}
        records = (to_record(item) for item in self._items([order_key(order_id) for order_id in found.values()]))
        orders = {record.order.order_id: record.order for record in records}
        return {reference: orders[order_id] for reference, order_id in found.items() if order_id in orders}

    def _items(self, keys: Sequence[ItemKey]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        wanted: Any = {self._name: {"Keys": [keyed(key) for key in keys], "ConsistentRead": True}} if keys else {}
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)
            found += [plain(item) for item in answer["Responses"].get(self._name, [])]
            wanted = answer.get("UnprocessedKeys", {})
        return found


class Difference(Told):
    """A member about which the two books disagree."""

    member: str
    yours: str
    ours: str


class FoundOrder(Told):
    """An order that we have under this reference."""

    client_reference: str
    order_id: str
    version: int
    status: Status
    pieces: int
    gross_minor: int | None
    currency: str | None
    differences: tuple[Difference, ...]


class ReconciliationResult(Told):
    """The comparison: every reference is in exactly one of the three."""

    found: tuple[FoundOrder, ...] = Field(description="we agree")
    different: tuple[FoundOrder, ...] = Field(description="we have it, but say otherwise")
    missing: tuple[str, ...] = Field(description="we have no such order")


@dataclass(frozen=True, slots=True)
class Reconciling:
    """The use case, over its collaborator."""

    references: References

    def compare(self, asked: Reconciliation, caller: Caller) -> ReconciliationResult:
        """Compare what the partner believes with the truth."""
        ours = self.references.orders(caller.id, caller.mode, {each.client_reference for each in asked.orders})
        compared = [
            _compare(each, ours[each.client_reference]) for each in asked.orders if each.client_reference in ours
        ]
        missing = dict.fromkeys(each.client_reference for each in asked.orders if each.client_reference not in ours)
        return ReconciliationResult(
            found=tuple(order for order in compared if not order.differences),
            different=tuple(order for order in compared if order.differences),
            missing=tuple(missing),
        )


def _compare(yours: Expectation, ours: Order) -> FoundOrder:
    truth: dict[str, object] = {
        "status": ours.status,
        "gross_minor": ours.offer.gross_minor if ours.offer is not None else None,
        "pieces": ours.quantity,
    }
    believed = yours.model_dump(exclude={"client_reference"}, exclude_none=True)
    return FoundOrder(
        client_reference=yours.client_reference,
        order_id=ours.order_id,
        version=ours.version,
        status=ours.status,
        pieces=ours.quantity,
        gross_minor=ours.offer.gross_minor if ours.offer is not None else None,
        currency=ours.offer.currency if ours.offer is not None else None,
        differences=tuple(
            Difference(member=member, yours=str(value), ours=str(truth[member]))
            for member, value in believed.items()
            if value != truth[member]
        ),
    )
