"""Orders from the buyer's side: begin, change, submit, accept, renew, cancel; each in one transaction.

Calls to the table of orders when nothing interferes: two each, a read and a transaction. `submit` needs a third, for
the model records, while files are missing. Pricing, tried at once after a submission, counts for itself, and so does
the recipient's put into the contacts store where a delivery is named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alexandrite.auth.callers import Caller, CallerKind
from alexandrite.buying.bodies import NewLine, NewOrder, OrderPatch, WhatIf
from alexandrite.buying.delivery import COST_MINOR, arrange
from alexandrite.company_book.book import CompanyBook
from alexandrite.contacts import Contacts
from alexandrite.domain.commands import (
    AcceptPrice,
    AnyCommand,
    CancelOrder,
    ChangeOrder,
    CreateOrder,
    RecordFiles,
    SubmitOrder,
)
from alexandrite.domain.errors import Invalid, NotFound, Refusal
from alexandrite.domain.events import Event
from alexandrite.domain.identifiers import order_id as order_id_of
from alexandrite.domain.orders import Actor, ActorKind, FileVersion, Line, Order, Payment
from alexandrite.intents import Intent
from alexandrite.models.record import Model, Stage
from alexandrite.models.table import ModelTable
from alexandrite.models.uploads import Uploads
from alexandrite.pricing.offers import PriceRecord
from alexandrite.pricing.orders import OrderPricing
from alexandrite.pricing.what_if import Estimate, what_if
from alexandrite.reading import ReadableOrders, visible_history, visible_order
from alexandrite.store.apply import Applied, KeyUse, Plan, Snapshot, apply
from alexandrite.store.dynamodb import Page
from alexandrite.store.items import summary
from alexandrite.store.keys import model_key, reference_key
from alexandrite.telemetry import logger
from alexandrite.visibility import VisibleOrders, owned_by


@dataclass(frozen=True, slots=True)
class FoundPrice:
    """What is known of an order's price: its breakdown, or how far its models are."""

    order: Order
    record: PriceRecord | None
    models: tuple[Model, ...] = ()
    eta_s: float | None = None


def actor_of(caller: Caller) -> Actor:
    """Return the buyer as an order's history names it."""
    return caller.acting_as(ActorKind.PARTNER if caller.kind is CallerKind.PARTNER else ActorKind.CUSTOMER)


@dataclass(frozen=True, slots=True)
class Buying:
    """The use cases of buyers, over their collaborators."""

    orders: ReadableOrders
    contacts: Contacts
    uploads: Uploads
    models: ModelTable
    book: CompanyBook

    def create(
        self,
        asked: NewOrder,
        intent: Intent,
        *,
        client_reference: str | None = None,
        accept_up_to_minor: int | None = None,
        submit: bool = False,
    ) -> Applied:
        """Begin an order; files that have arrived are recorded, and it is submitted, in the same transaction.

        Raises:
            Invalid: a material or finish that is not offered.
            NotFound: a model that is not the caller's (`model.not_found`).
            Conflict: `order.client_reference_taken`, `order.files_missing` when it shall be submitted.
        """

        def plan(seen: Snapshot) -> Sequence[AnyCommand]:
            lines = self._lines(asked.lines, intent.caller)
            models = _owned_models(seen, lines, intent.caller)
            files = _recorded_files(models)
            if submit and len(files) < len(models):
                files = self.uploads.files(models, now=intent.at)
            actor = actor_of(intent.caller)
            create = CreateOrder(
                **intent.stamp(actor),
                channel=intent.caller.channel,
                mode=intent.caller.mode,
                buyer=intent.caller.id,
                creating_hash=intent.body_hash,
                client_reference=client_reference,
                lines=lines,
                lead_time=asked.lead_time,
                delivery=arrange(self.contacts, asked.delivery, intent),
                accept_up_to_minor=accept_up_to_minor,
                payment=Payment.CREDIT if intent.caller.credit else Payment.UNPAID,
            )
            record = [RecordFiles(**intent.stamp(actor, "files"), files=files)] if files else []
            submission = [SubmitOrder(**intent.stamp(actor, "submit"))] if submit else []
            return [create, *record, *submission]

        order_id = order_id_of(intent.caller.name, intent.key)
        applied = self._apply(order_id, plan, intent, http_status=201, also=asked.lines)
        if submit:
            self._price_at_once(applied, intent)
        return applied

    def change(self, order_id: str, asked: OrderPatch, intent: Intent) -> Applied:
        """Change lines, lead time or delivery before acceptance; what was offered is void."""

        def plan(seen: Snapshot) -> Sequence[AnyCommand]:
            order = _there(seen.order)
            lines = self._lines(asked.lines, intent.caller) if asked.lines is not None else None
            found = _recorded_files(_owned_models(seen, lines or (), intent.caller))
            files = {model: file for model, file in found.items() if model not in order.files}
            actor = actor_of(intent.caller)
            change = ChangeOrder(
                **intent.stamp(actor),
                lines=lines,
                lead_time=asked.lead_time,
                delivery=arrange(self.contacts, asked.delivery, intent) if asked.delivery is not None else None,
            )
            record = [RecordFiles(**intent.stamp(actor, "files"), files=files)] if files else []
            return [change, *record]

        return self._apply(order_id, plan, intent, also=asked.lines or ())

    def submit(self, order_id: str, accept_up_to_minor: int | None, intent: Intent) -> Applied:
        """Press "order": the files in storage are looked at and recorded in the same transaction.

        Raises:
            Conflict: `order.files_missing`.
        """

        def plan(seen: Snapshot) -> Sequence[AnyCommand]:
            order = _there(seen.order)
            actor = actor_of(intent.caller)
            files = {}
            if order.missing_files:
                owned = self.uploads.owned(intent.caller.id, intent.caller.mode, order.missing_files)
                files = self.uploads.files(owned.values(), now=intent.at)
            record = [RecordFiles(**intent.stamp(actor, "files"), files=files)] if files else []
            return [*record, SubmitOrder(**intent.stamp(actor), accept_up_to_minor=accept_up_to_minor)]

        applied = self._apply(order_id, plan, intent, http_status=202)
        self._price_at_once(applied, intent)
        return applied

    def accept(self, order_id: str, price_id: str, intent: Intent) -> Applied:
        """Accept the price with this id.

        Raises:
            Conflict: `price.superseded`, `price.expired`, `price.already_accepted`, `price.already_used`.
        """
        command = AcceptPrice(**intent.stamp(actor_of(intent.caller)), price_id=price_id)
        return self._apply(order_id, [command], intent)

    def reprice(self, order_id: str, intent: Intent) -> Applied:
        """Renew an expired offer at today's prices.

        Raises:
            Conflict: `price.still_open`, `price.already_accepted`, or the code of what stands in its way.
        """
        return self._pricing(intent.caller).reprice(
            order_id,
            stamp=intent.stamp(actor_of(intent.caller)),
            key=key_use(intent),
            expected_version=intent.expected_version,
        )

    def price(self, order_id: str, caller: Caller) -> FoundPrice:
        """Return what is known of the price of one of the caller's orders."""
        order = self.order(order_id, caller)
        offer = order.revision.offer if order.revision is not None else order.offer
        if offer is not None:
            return FoundPrice(order, self._pricing(caller).breakdown(order_id, offer.price_id))
        models = tuple(self.models.read(order.models).values())
        progress = [self.models.progress_of(model) for model in models if model.stage is Stage.ANALYSING]
        etas = [each.eta_s for each in progress if each is not None and each.eta_s is not None]
        return FoundPrice(order, None, models, max(etas, default=None))

    def estimate(self, asked: WhatIf, caller: Caller, now: datetime) -> Estimate:
        """Price lines of the caller's models at once; nothing is ordered.

        Raises:
            Conflict: `model.not_analysed`, or the code of a model's refusal.
            Unpriceable: a finding that leaves no price.
        """
        lines = self._lines(asked.lines, caller)
        return what_if(
            self.uploads.owned(caller.id, caller.mode, [line.model for line in lines]),
            self.book,
            lines,
            lead_time=asked.lead_time,
            delivery_minor=COST_MINOR[asked.delivery_method],
            partner=_partner(caller),
            now=now,
        )

    def cancel(self, order_id: str, reason: str, intent: Intent) -> Applied:
        """Call the order off.

        Raises:
            Conflict: `order.work_has_begun`.
        """
        command = CancelOrder(**intent.stamp(actor_of(intent.caller)), reason=reason)
        return self._apply(order_id, [command], intent)

    def order(self, order_id: str, caller: Caller) -> Order:
        """Return one of the caller's orders as it stands."""
        return visible_order(self.orders, order_id, owned_by(caller))

    def history(self, order_id: str, caller: Caller, *, after: int, limit: int) -> tuple[Event, ...]:
        """Return a part of the history of one of the caller's orders."""
        return visible_history(self.orders, order_id, owned_by(caller), after=after, limit=limit)

    def page(self, caller: Caller, *, limit: int, cursor: str | None) -> Page:
        """Return a page of the caller's orders, newest first."""
        return self.orders.orders_of(caller.id, caller.mode, limit=limit, cursor=cursor)

    def by_reference(self, caller: Caller, client_reference: str) -> Page:
        """Return the caller's order with this reference, read from the truth: one or none."""
        order_id = self.orders.claimed_by(reference_key(caller.id, caller.mode, client_reference))
        record = self.orders.record(order_id) if order_id is not None else None
        return Page((summary(record.order),) if record is not None else (), None)

    def _mine(self, caller: Caller) -> VisibleOrders:
        return VisibleOrders(self.orders, owned_by(caller))

    def _pricing(self, caller: Caller) -> OrderPricing:
        return OrderPricing(self._mine(caller), self.models, self.book)

    def _apply(
        self,
        order_id: str,
        commands: Sequence[AnyCommand] | Plan,
        intent: Intent,
        *,
        http_status: int = 200,
        also: Sequence[NewLine] = (),
    ) -> Applied:
        return apply(
            self._mine(intent.caller),
            order_id,
            commands,
            company=self.book.company(),
            key=key_use(intent, http_status),
            expected_version=intent.expected_version,
            also=[model_key(model) for model in sorted({line.model for line in also})],
        )

    def _lines(self, asked: Sequence[NewLine], caller: Caller) -> tuple[Line, ...]:
        price_list = self.book.prices(_partner(caller)).price_list
        for index, line in enumerate(asked):
            try:
                price_list.treatment(price_list.material(line.material), line.finish)
            except Invalid as refusal:
                member = "material" if refusal.code == "material.unknown" else "finish"
                raise Invalid(refusal.detail, code=refusal.code, pointer=f"/lines/{index}/{member}") from None
        return tuple(Line(line=number, **line.model_dump()) for number, line in enumerate(asked, start=1))

    def _price_at_once(self, applied: Applied, intent: Intent) -> None:
        if applied.replayed:
            return
        try:
            self._pricing(intent.caller).price_order(applied.order.order_id, now=intent.at, trace=intent.trace)
        except Refusal as refusal:  # the submission stands; the order machine prices what cannot be priced at once
            logger().info("not priced at once", extra={"order_id": applied.order.order_id, "code": refusal.code})


def key_use(intent: Intent, http_status: int = 200) -> KeyUse:
    """Return the use of the caller's idempotency key that this intent is."""
    return KeyUse(
        caller=intent.caller.name,
        key=intent.key,
        body_hash=intent.body_hash,
        at=intent.at,
        http_status=http_status,
    )


def _partner(caller: Caller) -> str | None:
    return caller.id if caller.kind is CallerKind.PARTNER else None


def _there(order: Order | None) -> Order:
    if order is None:
        raise NotFound("There is no such order.")
    return order


def _owned_models(seen: Snapshot, lines: Sequence[Line], caller: Caller) -> list[Model]:
    """Return the models of the lines, read together with the order, if they are all the caller's."""
    found: dict[str, Model] = {}
    for index, line in enumerate(lines):
        item = seen.items.get(model_key(line.model))
        model = Model.model_validate_json(item["record"]) if item is not None else None
        if model is None or model.deleted or (model.owner, model.mode) != (caller.id, caller.mode):
            raise NotFound(f"There is no model {line.model}.", code="model.not_found", pointer=f"/lines/{index}/model")
        found[line.model] = model
    return list(found.values())


def _recorded_files(models: Iterable[Model]) -> dict[str, FileVersion]:
    return {model.model_id: model.file for model in models if model.file is not None}
