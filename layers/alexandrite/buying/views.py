"""What buyers are shown: everything about their order but who makes it and what that person earns."""

from datetime import datetime
from typing import Literal, Self

from pydantic import AwareDatetime, Field

from alexandrite.domain.company import Company
from alexandrite.domain.events import Event
from alexandrite.domain.orders import Issue, Line, Mode, Offer, Order, Payment, Shipment
from alexandrite.domain.promise import standing
from alexandrite.domain.statuses import Status
from alexandrite.http.answers import Told


class Promise(Told):
    """When the order is due, and how that looks now."""

    due_at: AwareDatetime
    level: Literal["on_time", "at_risk", "late"]
    projected_finish: AwareDatetime | None

    @classmethod
    def of(cls, order: Order, company: Company, now: datetime) -> Self | None:
        """Return the promise, or None before the price is accepted."""
        if order.due_at is None:
            return None
        stands = standing(order, company, max(now, order.updated_at))
        return cls(due_at=order.due_at, level=stands.level, projected_finish=stands.projected_finish)


class OfferView(Told):
    """A price in short; `/price` has the breakdown."""

    state: Literal["offered", "accepted", "expired"]
    price_id: str
    net_minor: int = Field(description="integer minor units of `currency`, without VAT")
    vat_minor: int
    gross_minor: int
    currency: str = Field(description="ISO 4217")
    valid_until: AwareDatetime
    accepted_at: AwareDatetime | None

    @classmethod
    def of(cls, offer: Offer, now: datetime) -> Self:
        """Return the offer as it stands at `now`."""
        expired = offer.accepted_at is None and now > offer.valid_until
        return cls(
            state="accepted" if offer.accepted_at else "expired" if expired else "offered",
            **offer.model_dump(include=set(cls.model_fields) - {"state"}),
        )


class HoldView(Told):
    """Work rests; the reason is told when it is the buyer's to act on."""

    kind: str
    since: AwareDatetime
    caused_by: Literal["buyer", "company"]
    reason: str | None


class RevisionView(Told):
    """A changed design that awaits the buyer's word: accept its price, or cancel."""

    lines: tuple[Line, ...]
    offer: OfferView


class DeliveryView(Told):
    """How the order travels; `contact` stands for the recipient, whose name and address are kept apart."""

    method: Literal["courier", "pickup_point", "post", "collect"]
    cost_minor: int = Field(description="net, integer minor units")
    contact: str


class CustomerOrder(Told):
    """An order as its buyer sees it."""

    order_id: str
    version: int
    status: Status
    status_since: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    lines: tuple[Line, ...]
    files_missing: tuple[str, ...] = Field(description="models whose file is not known to have arrived")
    lead_time: str
    delivery: DeliveryView
    accept_up_to_minor: int | None
    price: OfferView | None
    payment: Payment
    promise: Promise | None
    issues: tuple[Issue, ...] = Field(description="what stands in the way, and what the buyer must act on")
    hold: HoldView | None
    revision: RevisionView | None
    shipment: Shipment | None
    remake_of: str | None
    closed_because: str | None


class PartnerOrder(CustomerOrder):
    """An order as the partner who placed it sees it."""

    mode: Mode
    client_reference: str | None


def buyer_order[V: CustomerOrder](view: type[V], order: Order, company: Company, now: datetime) -> V:
    """Return `order` as `view`, the model of its audience."""
    hold, revision = order.hold, order.revision
    parts: dict[str, object] = {
        "files_missing": tuple(sorted(order.missing_files)),
        "delivery": DeliveryView(**order.delivery.model_dump()),
        "price": order.offer and OfferView.of(order.offer, now),
        "promise": Promise.of(order, company, now),
        "issues": tuple(issue for issue in order.issues if issue.blocking or issue.must_act == "buyer"),
        "hold": hold
        and HoldView(
            kind=hold.kind,
            since=hold.since,
            caused_by=hold.caused_by,
            reason=hold.reason if hold.caused_by == "buyer" else None,
        ),
        "revision": revision and RevisionView(lines=revision.lines, offer=OfferView.of(revision.offer, now)),
    }
    plain = {name: getattr(order, name) for name in view.model_fields if name not in parts}
    return view.model_validate(plain | parts)


class OrderRow(Told):
    """One row of a list of orders: a projection, possibly some moments old."""

    order_id: str
    version: int
    status: Status
    created_at: AwareDatetime
    updated_at: AwareDatetime
    due_at: AwareDatetime | None
    lines: int
    pieces: int
    gross_minor: int | None = Field(description="integer minor units of `currency`, VAT included")
    currency: str | None
    held: bool


class PartnerOrderRow(OrderRow):
    """One row of a partner's list."""

    mode: Mode
    client_reference: str | None


class OrderPage[Row: OrderRow](Told):
    """A page of orders, newest first."""

    items: tuple[Row, ...]
    next_cursor: str | None
    as_of: AwareDatetime = Field(description="when the list was read; single orders are always current")


# What a buyer may know of each fact beside its name. A fact that is not named here is the company's own business.
_TOLD_TO_BUYERS: dict[str, tuple[str, ...]] = {
    "OrderCreated": (),
    "OrderChanged": (),
    "FilesRecorded": (),
    "OrderSubmitted": (),
    "OrderPriced": (),
    "PriceAccepted": ("price_id", "due_at"),
    "RevisionProposed": (),
    "RevisionAccepted": ("price_id", "due_at"),
    "ManufacturingApproved": (),
    "OrderRejected": ("reason",),
    "OrderCancelled": ("reason",),
    "OrderHeld": ("kind", "caused_by"),
    "OrderResumed": ("due_at",),
    "PaymentRecorded": ("payment",),
    "OrderTaken": (),
    "TakeUndone": (),
    "OrderReleased": (),
    "SentToAssay": (),
    "ReturnedFromAssay": (),
    "ManufacturingCompleted": (),
    "ReworkStarted": (),
    "PackingStarted": (),
    "OrderShipped": ("carrier", "tracking_number"),
    "OrderClosed": ("reason",),
    "BuyerReminded": (),
    "RefundBecameDue": (),
}


class Entry(Told):
    """One event of an order's history."""

    version: int
    at: AwareDatetime
    event: str = Field(description="name of the fact; further names may be added")
    by: str = Field(description="kind of actor")
    from_status: Status | None
    to_status: Status
    details: dict[str, str]


class Timeline(Told):
    """An order's history, oldest first; ask again `after` the version of the last entry read."""

    items: tuple[Entry, ...]
    next_after: int | None = Field(description="where the next page begins; None when this was the last one")


def entry(event: Event, allowed: tuple[str, ...]) -> Entry:
    """Return an event with those details of its fact that are allowed."""
    facts = event.fact.model_dump(mode="json", include=set(allowed), exclude_none=True)
    return Entry(
        version=event.version,
        at=event.at,
        event=event.fact.name,
        by=event.actor.kind,
        from_status=event.from_status,
        to_status=event.to_status,
        details={name: str(value) for name, value in facts.items()},
    )


def timeline(events: tuple[Event, ...], told: dict[str, tuple[str, ...]], limit: int) -> Timeline:
    """Return the part of a history that an audience may know: `told` names facts and their details."""
    return Timeline(
        items=tuple(entry(event, told[event.fact.name]) for event in events if event.fact.name in told),
        next_after=events[-1].version if len(events) == limit else None,
    )


def buyer_timeline(events: tuple[Event, ...], limit: int) -> Timeline:
    """Return a history as the buyer may know it."""
    return timeline(events, _TOLD_TO_BUYERS, limit)
