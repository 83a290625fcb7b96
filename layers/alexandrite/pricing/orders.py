"""Prices of orders: given as soon as the models allow it, renewed, made by hand, offered for a changed design.

The end of an analysis and the submission of an order may meet in either order. Each side writes what it knows and then
calls `catch_up`, which reads both sides consistently: whoever comes second finds everything there. When both find it,
the order's version decides who records the price, and the other one learns that there is nothing left to do.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from alexandrite.company_book.book import CompanyBook
from alexandrite.domain.commands import (
    AcceptPrice,
    AnyCommand,
    RaiseIssue,
    RecordFiles,
    RecordPrice,
    ReviseOrder,
    Trace,
)
from alexandrite.domain.errors import Conflict, Invalid, NotFound, Refusal, VersionMismatch
from alexandrite.domain.identifiers import command_id, derive
from alexandrite.domain.orders import Actor, ActorKind, Channel, Line, Offer, Order, Revision
from alexandrite.domain.statuses import Status
from alexandrite.intents import Stamp
from alexandrite.models.queue import AnalysisQueue, ask_again
from alexandrite.models.record import Model
from alexandrite.models.table import ModelTable
from alexandrite.pricing.offers import FAILED, Obstacle, PriceRecord, Quoted, Request, Terms, Waiting, quote
from alexandrite.store.apply import Applied, ExtraCheck, ExtraItem, KeyUse, OrderTable, Snapshot, apply
from alexandrite.store.keys import model_key, price_key

PRICING = Actor(kind=ActorKind.SYSTEM, id="pricing")
UNTRACED = Trace()

_ATTEMPTS = 8


class Came(StrEnum):
    """What came of an attempt to price an order."""

    PRICED = "priced"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    BLOCKED = "blocked"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, for which models the order waits, and which issue stands in its way."""

    came: Came
    order: Order
    waiting_for: tuple[str, ...] = ()
    issue: str | None = None


class OrderPricing:
    """Use cases that give orders their prices.

    With a `queue`, `price_order` asks again for analyses that are overdue: so does whoever drives orders on.
    """

    def __init__(
        self, orders: OrderTable, models: ModelTable, book: CompanyBook, queue: AnalysisQueue | None = None
    ) -> None:
        self._orders = orders
        self._models = models
        self._book = book
        self._queue = queue

    def catch_up(self, order_id: str, *, now: datetime, trace: Trace = UNTRACED) -> Outcome:
        """Do for an order whatever its models now allow: record their files, then price it."""
        self.record_files(order_id, now=now, trace=trace)
        return self.price_order(order_id, now=now, trace=trace)

    def record_files(self, order_id: str, *, now: datetime, trace: Trace = UNTRACED) -> Order:
        """Tell an order that is being composed which of its files have arrived; return the order."""
        order = self._order(order_id)
        if order.status is not Status.INITIATED:
            return order
        models = self._models.read(order.missing_files)
        files = {model.model_id: model.file for model in models.values() if model.file and _belongs(model, order)}
        if not files:
            return order
        cause = [f"{model_id}@{file.version_id}" for model_id, file in sorted(files.items())]
        command = RecordFiles(
            command_id=command_id("files", order_id, *cause), actor=PRICING, at=now, trace=trace, files=files
        )
        try:
            return apply(self._orders, order_id, [command], company=self._book.company()).order
        except Refusal:  # changed, submitted or called off in the meantime: whoever did that looked at the files too
            return self._order(order_id)

    def price_order(self, order_id: str, *, now: datetime, trace: Trace = UNTRACED) -> Outcome:
        """Price a submitted order, and accept the price for a buyer who has said up to how much.

        Safe to call at any time and any number of times: anything but a submitted order, or one whose obstacle is
        known already, is left as it is.

        Raises:
            NotFound: there is no such order.
        """
        for _ in range(_ATTEMPTS):
            order = self._order(order_id)
            if order.status is not Status.SUBMITTED:
                return Outcome(Came.NOTHING, order)
            found = self._quote(order, Request.of(order), now)
            if isinstance(found, Waiting):
                if self._queue is not None:
                    ask_again(self._queue, self._models.read(found.models).values(), now)
                return Outcome(Came.WAITING, order, waiting_for=found.models)
            if isinstance(found, Obstacle) and _is_known(order, found.code, found.line):
                return Outcome(Came.BLOCKED, order, issue=found.code)
            try:
                if isinstance(found, Obstacle):
                    return self._raise(order, found, now, trace)
                return self._offer(order, found, now, trace)
            except (Conflict, VersionMismatch):
                continue  # the order or a model has moved: look again
        raise Conflict("The order changes faster than it can be priced.", code="order.busy")

    def fail(self, order_id: str, *, now: datetime, trace: Trace = UNTRACED) -> Outcome:
        """Tell the seller of a submitted order that the engine keeps failing on one of its models, once."""
        obstacle = Obstacle(FAILED, "The model could not be analysed; a price by hand is needed.", "seller", None)
        for _ in range(_ATTEMPTS):
            order = self._order(order_id)
            if order.status is not Status.SUBMITTED:
                return Outcome(Came.NOTHING, order)
            if _is_known(order, FAILED, None):
                return Outcome(Came.BLOCKED, order, issue=FAILED)
            try:
                return self._raise(order, obstacle, now, trace)
            except (Conflict, VersionMismatch):
                continue
        raise Conflict("The order changes faster than it can be written.", code="order.busy")

    def reprice(
        self, order_id: str, *, stamp: Stamp, key: KeyUse | None = None, expected_version: int | None = None
    ) -> Applied:
        """Renew an expired offer at today's prices.

        Raises:
            Conflict: the offer still stands (`price.still_open`), has been accepted, or a model blocks.
        """

        def renewed(order: Order) -> tuple[RecordPrice, Sequence[ExtraItem | ExtraCheck]]:
            if order.status is Status.PRICE_CALCULATED and order.offer and order.offer.is_open_at(stamp["at"]):
                raise Conflict(
                    "The offer still stands; there is nothing to renew.",
                    code="price.still_open",
                    facts={"price_id": order.offer.price_id},
                )
            request = Request.of(order)
            quoted = self._must_quote(order, request, stamp["at"])
            record = quoted.record(order_id, derive("prc", order_id, stamp["command_id"]), request)
            return RecordPrice(**stamp, offer=record.offer), (_item(record), *_unchanged(quoted.models))

        return self._apply(order_id, renewed, key, expected_version)

    def manual_price(
        self,
        order_id: str,
        *,
        net_minor: int,
        pay_minor: int,
        valid_for: timedelta,
        reason: str,
        stamp: Stamp,
        key: KeyUse | None = None,
        expected_version: int | None = None,
    ) -> Applied:
        """Offer an order at a seller's price, whatever the engine found; `net_minor` is for all of it, delivery too.

        VAT is added at the rate of the day. A blocking issue is settled by it.
        """
        if not timedelta() < valid_for <= timedelta(days=90):
            raise Invalid("An offer stands for up to 90 days.", code="price.validity", pointer="/valid_for_days")

        def by_hand(order: Order) -> tuple[RecordPrice, Sequence[ExtraItem | ExtraCheck]]:
            now = stamp["at"]
            prices = self._book.prices(_partner(order))
            rate = prices.price_list.vat_rate(now.astimezone(self._book.company().calendar.zone).date())
            vat_minor = int((Decimal(net_minor) * rate).quantize(Decimal(1), ROUND_HALF_UP))
            offer = Offer(
                price_id=derive("prc", order_id, stamp["command_id"]),
                net_minor=net_minor,
                vat_minor=vat_minor,
                gross_minor=net_minor + vat_minor,
                currency=prices.price_list.currency,
                pay_minor=pay_minor,
                valid_until=now + valid_for,
                price_list_version=prices.price_list.version,
                metal_rate_version=prices.metal_rates.version,
                engine_version="manual",
                files=order.files,
                manual=True,
            )
            models = [model for model in self._models.read(order.models).values() if _belongs(model, order)]
            units = {model.model_id: model.analysis.unit for model in models if model.analysis is not None}
            record = PriceRecord(
                price_id=offer.price_id, order_id=order_id, offer=offer, price=None, units=units, reason=reason
            )
            return RecordPrice(**stamp, offer=offer), (_item(record), *_unchanged(models))

        return self._apply(order_id, by_hand, key, expected_version)

    def propose_revision(
        self,
        order_id: str,
        lines: tuple[Line, ...],
        *,
        stamp: Stamp,
        key: KeyUse | None = None,
        expected_version: int | None = None,
    ) -> Applied:
        """Offer changed lines, priced anew, for an order that is held for a design change.

        Raises:
            Conflict: a model of the new lines is not analysed (`model.not_analysed`), or blocks.
        """

        def revised(order: Order) -> tuple[ReviseOrder, Sequence[ExtraItem | ExtraCheck]]:
            models = self._models.read(line.model for line in lines)
            files = {model.model_id: model.file for model in models.values() if model.file is not None}
            request = Request(
                buyer=order.buyer,
                mode=order.mode,
                lines=lines,
                files=files,
                lead_time=order.lead_time,
                delivery_minor=order.delivery.cost_minor,
                free=order.remake_of is not None,
            )
            quoted = self._must_quote(order, request, stamp["at"])
            record = quoted.record(order_id, derive("prc", order_id, stamp["command_id"]), request)
            revision = Revision(lines=lines, files=files, offer=record.offer)
            return ReviseOrder(**stamp, revision=revision), (_item(record), *_unchanged(quoted.models))

        return self._apply(order_id, revised, key, expected_version)

    def breakdown(self, order_id: str, price_id: str) -> PriceRecord:
        """Return everything that a price of an order rests on, or raise `NotFound`."""
        place = price_key(order_id, price_id)
        item = self._orders.read(order_id, also=[place]).items.get(place)
        if item is None:
            raise NotFound("There is no such price.", code="price.not_found")
        return PriceRecord.model_validate_json(zlib.decompress(item["breakdown"]))

    def _order(self, order_id: str) -> Order:
        order = self._orders.read(order_id).order
        if order is None:
            raise NotFound(f"There is no order {order_id}.")
        return order

    def _quote(self, order: Order, request: Request, now: datetime) -> Waiting | Obstacle | Quoted:
        models = self._models.read(line.model for line in request.lines)
        return quote(request, Terms(models, self._book.prices(_partner(order)), self._book.company(), now))

    def _must_quote(self, order: Order, request: Request, now: datetime) -> Quoted:
        match self._quote(order, request, now):
            case Waiting(models):
                waits: dict[str, str | int] = {"model": models[0]}
                raise Conflict("The models are still being analysed.", code="model.not_analysed", facts=waits)
            case Obstacle() as obstacle:
                raise Conflict(obstacle.detail, code=obstacle.code)
            case quoted:
                return quoted

    def _offer(self, order: Order, quoted: Quoted, now: datetime, trace: Trace) -> Outcome:
        request = Request.of(order)
        seen = str(order.version)
        record = quoted.record(order.order_id, derive("prc", order.order_id, seen), request)
        commands: list[AnyCommand] = [
            RecordPrice(
                command_id=command_id("price", order.order_id, seen),
                actor=PRICING,
                at=now,
                trace=trace,
                offer=record.offer,
            )
        ]
        if _accepts(order, record.offer):
            commands.append(
                AcceptPrice(
                    command_id=command_id("accept", order.order_id, seen),
                    actor=_buyer(order),
                    at=now,
                    trace=trace,
                    price_id=record.price_id,
                )
            )
        applied = apply(
            self._orders,
            order.order_id,
            commands,
            company=self._book.company(),
            expected_version=order.version,
            items=[_item(record), *_unchanged(quoted.models)],
        )
        return Outcome(Came.ACCEPTED if applied.order.is_accepted else Came.PRICED, applied.order)

    def _raise(self, order: Order, obstacle: Obstacle, now: datetime, trace: Trace) -> Outcome:
        command = RaiseIssue(
            command_id=command_id("issue", order.order_id, str(order.version)),
            actor=PRICING,
            at=now,
            trace=trace,
            code=obstacle.code,
            detail=obstacle.detail,
            must_act=obstacle.must_act,
            blocking=True,
            line=obstacle.line,
        )
        applied = apply(
            self._orders, order.order_id, [command], company=self._book.company(), expected_version=order.version
        )
        return Outcome(Came.BLOCKED, applied.order, issue=obstacle.code)

    def _apply(
        self,
        order_id: str,
        decide: Callable[[Order], tuple[AnyCommand, Sequence[ExtraItem | ExtraCheck]]],
        key: KeyUse | None,
        expected_version: int | None,
    ) -> Applied:
        """Apply one command that is made of the order as read; the items that it needs are made with it."""
        items: list[ExtraItem | ExtraCheck] = []

        def plan(seen: Snapshot) -> Sequence[AnyCommand]:
            if seen.order is None:
                raise NotFound(f"There is no order {order_id}.")
            command, needed = decide(seen.order)
            items[:] = needed
            return [command]

        return apply(
            self._orders,
            order_id,
            plan,
            company=self._book.company(),
            key=key,
            expected_version=expected_version,
            items=items,
        )


def _belongs(model: Model, order: Order) -> bool:
    return not model.deleted and (model.owner, model.mode) == (order.buyer, order.mode)


def _partner(order: Order) -> str | None:
    return order.buyer if order.channel is Channel.PARTNER else None


def _buyer(order: Order) -> Actor:
    kind = ActorKind.PARTNER if order.channel is Channel.PARTNER else ActorKind.CUSTOMER
    return Actor(kind=kind, id=order.buyer)


def _accepts(order: Order, offer: Offer) -> bool:
    """Whether the buyer has said in advance to take this offer; a remake at nothing needs no saying."""
    if order.hold is not None:
        return False
    up_to = order.accept_up_to_minor
    return order.remake_of is not None or (up_to is not None and offer.gross_minor <= up_to)


def _is_known(order: Order, code: str, line: int | None) -> bool:
    return any(issue.code == code and issue.line == line for issue in order.issues)


def _item(record: PriceRecord) -> ExtraItem:
    packed = zlib.compress(record.model_dump_json().encode())
    return ExtraItem(key=price_key(record.order_id, record.price_id), attributes={"breakdown": packed})


def _unchanged(models: Sequence[Model]) -> list[ExtraCheck]:
    """The models must still be as they were priced: a unit corrected in the meantime makes another object of them."""
    return [ExtraCheck(key=model_key(model.model_id), attributes={"revision": model.revision}) for model in models]
