"""Orders from the seller's side: release, price, hold, revise, close, make again.

Every command is one read and one transaction. A price by hand and a revision read model records besides; a remake reads
the order that it repeats, and is priced at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alexandrite.company_book.book import CompanyBook
from alexandrite.domain.commands import (
    AddNote,
    AnyCommand,
    ApproveOrder,
    CancelOrder,
    CloseOrder,
    CreateOrder,
    HoldOrder,
    RecordFiles,
    RecordPayment,
    RejectOrder,
    ResumeOrder,
    SubmitOrder,
)
from alexandrite.domain.errors import Conflict, NotFound
from alexandrite.domain.events import Event
from alexandrite.domain.identifiers import order_id as order_id_of
from alexandrite.domain.orders import Actor, ActorKind, Line, Order, Payment
from alexandrite.domain.statuses import Status
from alexandrite.intents import Intent
from alexandrite.models.table import ModelTable
from alexandrite.pricing.offers import PriceRecord
from alexandrite.pricing.orders import OrderPricing
from alexandrite.reading import ReadableOrders, visible_history, visible_order
from alexandrite.selling.bodies import ChangedDesign, PriceByHand, SellerHold
from alexandrite.store.apply import Applied, KeyUse, Plan, apply

_MAY_BE_REMADE = frozenset({Status.SHIPPED, Status.CLOSED})


def actor_of(intent: Intent) -> Actor:
    """Return the seller as an order's history names them."""
    return intent.caller.acting_as(ActorKind.SELLER)


@dataclass(frozen=True, slots=True)
class Selling:
    """The use cases of sellers, over their collaborators."""

    orders: ReadableOrders
    models: ModelTable
    book: CompanyBook

    def approve(self, order_id: str, intent: Intent) -> Applied:
        """Release an accepted and paid order for production."""
        return self._apply(order_id, ApproveOrder(**intent.stamp(actor_of(intent))), intent)

    def reject(self, order_id: str, reason: str, intent: Intent) -> Applied:
        """Say that it cannot be made."""
        return self._apply(order_id, RejectOrder(**intent.stamp(actor_of(intent)), reason=reason), intent)

    def price(self, order_id: str, asked: PriceByHand, intent: Intent) -> Applied:
        """Offer a price by hand."""
        return self._pricing().manual_price(
            order_id,
            net_minor=asked.net_minor,
            pay_minor=asked.pay_minor,
            valid_for=timedelta(days=asked.valid_for_days),
            reason=asked.reason,
            stamp=intent.stamp(actor_of(intent)),
            key=key_use(intent),
            expected_version=intent.expected_version,
        )

    def hold(self, order_id: str, asked: SellerHold, intent: Intent) -> Applied:
        """Let work rest."""
        return self._apply(order_id, HoldOrder(**intent.stamp(actor_of(intent)), **dict(asked)), intent)

    def resume(self, order_id: str, intent: Intent) -> Applied:
        """Let work go on."""
        return self._apply(order_id, ResumeOrder(**intent.stamp(actor_of(intent))), intent)

    def revise(self, order_id: str, asked: ChangedDesign, intent: Intent) -> Applied:
        """Offer a changed design, priced anew, for an order that is held for it."""
        lines = tuple(Line(line=number, **dict(line)) for number, line in enumerate(asked.lines, start=1))
        return self._pricing().propose_revision(
            order_id,
            lines,
            stamp=intent.stamp(actor_of(intent)),
            key=key_use(intent),
            expected_version=intent.expected_version,
        )

    def record_payment(self, order_id: str, payment: Payment, intent: Intent) -> Applied:
        """Record what is known of the money."""
        return self._apply(order_id, RecordPayment(**intent.stamp(actor_of(intent)), payment=payment), intent)

    def close(self, order_id: str, reason: str, intent: Intent) -> Applied:
        """Say that it was delivered."""
        return self._apply(order_id, CloseOrder(**intent.stamp(actor_of(intent)), reason=reason), intent)

    def cancel(self, order_id: str, reason: str, intent: Intent) -> Applied:
        """Call the order off."""
        return self._apply(order_id, CancelOrder(**intent.stamp(actor_of(intent)), reason=reason), intent)

    def note(self, order_id: str, text: str, intent: Intent) -> Applied:
        """Add a remark to the history."""
        return self._apply(order_id, AddNote(**intent.stamp(actor_of(intent)), text=text), intent)

    def remake(self, order_id: str, reason: str, intent: Intent) -> Applied:
        """Open an order for the same pieces again, at no price, after a claim.

        Returns the new order, which names the old one in `remake_of`.

        Raises:
            Conflict: the order has not been delivered (`order.not_delivered`).
        """
        old = self.order(order_id)
        if old.status not in _MAY_BE_REMADE:
            raise Conflict("Only what has been shipped is made again.", code="order.not_delivered")
        actor = actor_of(intent)
        commands: Sequence[AnyCommand] = (
            CreateOrder(
                **intent.stamp(actor),
                channel=old.channel,
                mode=old.mode,
                buyer=old.buyer,
                creating_hash=intent.body_hash,
                lines=old.lines,
                lead_time=old.lead_time,
                delivery=old.delivery,
                payment=Payment.CREDIT,
                remake_of=old.order_id,
            ),
            RecordFiles(**intent.stamp(actor, "files"), files=old.files),
            SubmitOrder(**intent.stamp(actor, "submit")),
            AddNote(**intent.stamp(actor, "note"), text=reason),
        )
        new_id = order_id_of(intent.caller.name, intent.key)
        applied = self._apply(new_id, commands, intent, http_status=201)
        if not applied.replayed:
            self._pricing().price_order(new_id, now=intent.at, trace=intent.trace)
        return applied

    def order(self, order_id: str) -> Order:
        """Return an order as it stands.

        Raises:
            NotFound: there is none.
        """
        return visible_order(self.orders, order_id, _every_order)

    def history(self, order_id: str, *, after: int, limit: int) -> tuple[Event, ...]:
        """Return a part of an order's history.

        Raises:
            NotFound: there is no such order.
        """
        return visible_history(self.orders, order_id, _every_order, after=after, limit=limit)

    def breakdown(self, order_id: str) -> PriceRecord:
        """Return everything that an order's offer rests on.

        Raises:
            NotFound: there is no such order, or it has no offer (`price.not_found`).
        """
        offer = self.order(order_id).offer
        if offer is None:
            raise NotFound("The order has no price.", code="price.not_found")
        return self._pricing().breakdown(order_id, offer.price_id)

    def _pricing(self) -> OrderPricing:
        return OrderPricing(self.orders, self.models, self.book)

    def _apply(
        self, order_id: str, asked: AnyCommand | Sequence[AnyCommand] | Plan, intent: Intent, *, http_status: int = 200
    ) -> Applied:
        commands = asked if callable(asked) or isinstance(asked, Sequence) else (asked,)
        return apply(
            self.orders,
            order_id,
            commands,
            company=self.book.company(),
            key=key_use(intent, http_status),
            expected_version=intent.expected_version,
        )


def _every_order(_order: Order) -> bool:
    """Sellers see all there are, test orders too."""
    return True


def key_use(intent: Intent, http_status: int = 200) -> KeyUse:
    """Return the use of the caller's idempotency key that this intent is."""
    return KeyUse(
        caller=intent.caller.name, key=intent.key, body_hash=intent.body_hash, at=intent.at, http_status=http_status
    )
