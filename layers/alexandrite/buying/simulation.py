"""Moving a test order along: what a seller, an operator and a carrier would do, without any of them.

A test order obeys the same rules as a live one, but is never shown on the floor. The simulated operator is one per
order, so that no limit of work in progress ever stands in the way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alexandrite.auth.callers import CallerKind
from alexandrite.company_book.book import CompanyBook
from alexandrite.domain.commands import (
    AnyCommand,
    ApproveOrder,
    CloseOrder,
    CompleteOrder,
    PackOrder,
    RecordPayment,
    ShipOrder,
    TakeOrder,
)
from alexandrite.domain.errors import Conflict, NotAllowed, NotFound
from alexandrite.domain.orders import Actor, ActorKind, Mode, Order, Payment
from alexandrite.domain.statuses import Status
from alexandrite.http.requests import Asked
from alexandrite.intents import Intent, Stamp
from alexandrite.store.apply import Applied, KeyUse, OrderTable, Snapshot, apply
from alexandrite.visibility import VisibleOrders, owned_by

_SELLER = Actor(kind=ActorKind.SELLER, id="simulated")
_CARRIER = Actor(kind=ActorKind.CARRIER, id="simulated")


class Advance(Asked):
    """Nothing needs to be said."""


type Step = Callable[[Order, Callable[[Actor, str], Stamp]], Sequence[AnyCommand]]


def _release(order: Order, stamp: Callable[[Actor, str], Stamp]) -> Sequence[AnyCommand]:
    approval = ApproveOrder(**stamp(_SELLER, ""))
    if order.payment in (Payment.PAID, Payment.CREDIT):
        return [approval]
    return [RecordPayment(**stamp(_SELLER, "payment"), payment=Payment.PAID), approval]


def _operator(order: Order) -> Actor:
    return Actor(kind=ActorKind.OPERATOR, id=f"simulated-{order.order_id}")


_STEPS: Mapping[Status, Step] = {
    Status.PRICE_CALCULATED: _release,
    Status.MANUFACTURING_APPROVED: lambda order, stamp: [TakeOrder(**stamp(_operator(order), ""))],
    Status.MANUFACTURING_STARTED: lambda order, stamp: [
        CompleteOrder(**stamp(_operator(order), ""), fence=order.fence)
    ],
    Status.MANUFACTURING_COMPLETED: lambda order, stamp: [PackOrder(**stamp(_operator(order), ""))],
    Status.PACKAGING: lambda order, stamp: [
        ShipOrder(**stamp(_operator(order), ""), carrier="simulated", tracking_number="TEST-0001")
    ],
    Status.SHIPPED: lambda _, stamp: [CloseOrder(**stamp(_CARRIER, ""), reason="simulated delivery")],
}


@dataclass(frozen=True, slots=True)
class Simulation:
    """The use case, over its collaborators."""

    orders: OrderTable
    book: CompanyBook

    def advance(self, order_id: str, intent: Intent) -> Applied:
        """Move a test order to its next status.

        Raises:
            NotAllowed: the key is not a test key (`key.test_only`).
            Conflict: the next step is the buyer's own, or there is none (`order.wrong_status`).
        """
        if intent.caller.kind is not CallerKind.PARTNER or intent.caller.mode is not Mode.TEST:
            raise NotAllowed("Only orders of a test key can be moved.", code="key.test_only")

        def plan(seen: Snapshot) -> Sequence[AnyCommand]:
            if seen.order is None:
                raise NotFound("There is no such order.")
            step = _STEPS.get(seen.order.status)
            if step is None:
                raise Conflict(
                    f"From {seen.order.status} on, the next step is yours, or there is none.",
                    code="order.wrong_status",
                    facts={"order_status": seen.order.status, "version": seen.order.version},
                )
            return step(seen.order, intent.stamp)

        return apply(
            VisibleOrders(self.orders, owned_by(intent.caller)),
            order_id,
            plan,
            company=self.book.company(),
            key=KeyUse(caller=intent.caller.name, key=intent.key, body_hash=intent.body_hash, at=intent.at),
        )
