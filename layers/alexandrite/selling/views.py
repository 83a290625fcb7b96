"""What sellers are shown: everything but names and addresses."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from alexandrite.attention.entries import OrderEntry
from alexandrite.buying.views import DeliveryView, OfferView, Promise, Timeline, entry
from alexandrite.buying.views import Entry as TimelineEntry
from alexandrite.company_book.approval import ApprovalRule
from alexandrite.company_book.book import Activation, Entry, Shelf
from alexandrite.domain.company import Company
from alexandrite.domain.events import Event
from alexandrite.domain.orders import (
    Channel,
    FileVersion,
    Hold,
    Issue,
    Line,
    Mode,
    Offer,
    Order,
    Payment,
    Piece,
    Revision,
    Shipment,
)
from alexandrite.domain.price_lists import MetalRates, PriceList
from alexandrite.domain.promise import standing
from alexandrite.domain.statuses import Status
from alexandrite.http.answers import Told
from alexandrite.partners.directory import KeySummary, Partner


class SellerOrder(Told):
    """An order as sellers see it."""

    order_id: str
    version: int
    status: Status
    status_since: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime
    channel: Channel
    mode: Mode
    buyer: str = Field(description="opaque id of the customer, or the partner's id")
    client_reference: str | None
    lines: tuple[Line, ...]
    files: dict[str, FileVersion]
    lead_time: str
    delivery: DeliveryView
    accept_up_to_minor: int | None
    price: OfferView | None
    offer: Offer | None
    payment: Payment
    promise: Promise | None
    stuck: bool
    deadline_at: AwareDatetime | None
    owner: str | None
    maker: str | None
    taken_at: AwareDatetime | None
    hold: Hold | None
    revision: Revision | None
    issues: tuple[Issue, ...]
    in_rework: bool
    at_assay_since: AwareDatetime | None
    pieces: tuple[Piece, ...]
    scrapped_pieces: int
    shipment: Shipment | None
    remake_of: str | None
    closed_because: str | None


def seller_order(order: Order, company: Company, now: datetime) -> SellerOrder:
    """Return `order` as sellers see it."""
    derived: dict[str, object] = {
        "delivery": DeliveryView(**order.delivery.model_dump()),
        "price": order.offer and OfferView.of(order.offer, now),
        "promise": Promise.of(order, company, now),
        "stuck": standing(order, company, max(now, order.updated_at)).stuck,
    }
    plain = {name: getattr(order, name) for name in SellerOrder.model_fields if name not in derived}
    return SellerOrder.model_validate(plain | derived)


_NOT_DETAILS = {"name", "creating_hash", "lines", "files", "offer", "revision", "delivery"}


def seller_timeline(events: tuple[Event, ...], limit: int) -> Timeline:
    """Return a whole history; what is long is left to the order and its price."""
    return Timeline(
        items=tuple(_entry(event) for event in events),
        next_after=events[-1].version if len(events) == limit else None,
    )


def _entry(event: Event) -> TimelineEntry:
    told = tuple(name for name in type(event.fact).model_fields if name not in _NOT_DETAILS)
    return entry(event, told).model_copy(update={"by": f"{event.actor.kind}:{event.actor.id}"})


class OrderList(Told):
    """A page of orders."""

    items: tuple[OrderEntry, ...]
    next_cursor: str | None
    as_of: AwareDatetime = Field(description="when the list was read; single orders are always current")


class AttentionPage(Told):
    """What needs somebody's attention, by kind, the longest waiting first."""

    lists: dict[str, OrderList]


class RuleView(Told):
    """The auto-approval rule in force."""

    rule: ApprovalRule
    revision: int = Field(description="its ETag; 0 while nobody has set one")


class PriceListEntry(Told):
    """A version of the price list, and for whom it is in force."""

    price_list: PriceList
    added_at: AwareDatetime
    active_for: tuple[str, ...] = Field(description="`everybody`, or ids of partners")


class PriceLists(Told):
    """All price lists, the newest names first."""

    items: tuple[PriceListEntry, ...]


class ActivationView(Told):
    """What came into force."""

    version: str
    at: AwareDatetime
    partner_id: str | None


class MetalRatesEntry(Told):
    """A version of the metal rates."""

    metal_rates: MetalRates
    added_at: AwareDatetime
    active: bool


class AllMetalRates(Told):
    """All metal rates, the newest names first."""

    items: tuple[MetalRatesEntry, ...]


class PartnerView(Told):
    """A partner and what may be shown of its keys."""

    partner_id: str
    name: str
    credit: bool
    created_at: AwareDatetime
    keys: tuple[KeySummary, ...]

    @classmethod
    def of(cls, partner: Partner) -> "PartnerView":
        """Return what sellers see of a partner."""
        return cls(
            partner_id=partner.partner_id,
            name=partner.name,
            credit=partner.credit,
            created_at=partner.created_at,
            keys=partner.keys,
        )


class Partners(Told):
    """All partners."""

    items: tuple[PartnerView, ...]


class IssuedKey(Told):
    """A new key: it is shown here and never again."""

    key: str
    key_id: str
    mode: Mode
    scopes: tuple[str, ...]
    created_at: AwareDatetime


class Receipt(Told):
    """The carrier's message is known."""

    order_id: str
    status: Status


def activation(made: Activation, partner_id: str | None) -> ActivationView:
    """Return what came into force."""
    return ActivationView(version=made.version, at=made.at, partner_id=partner_id)


EVERYBODY = "everybody"


def price_list_entry(listed: Entry[PriceList], active_for: tuple[str, ...]) -> PriceListEntry:
    """Return a price list and for whom it is in force."""
    return PriceListEntry(price_list=listed.content, added_at=listed.added_at, active_for=active_for)


def price_lists(shelf: Shelf[Entry[PriceList]]) -> PriceLists:
    """Return all price lists."""
    return PriceLists(
        items=tuple(
            price_list_entry(
                listed,
                tuple(
                    partner or EVERYBODY
                    for partner, active in shelf.active.items()
                    if active.version == listed.content.version
                ),
            )
            for listed in shelf.entries
        )
    )


def all_metal_rates(shelf: Shelf[Entry[MetalRates]]) -> AllMetalRates:
    """Return all metal rates."""
    active = {activation.version for activation in shelf.active.values()}
    return AllMetalRates(
        items=tuple(
            MetalRatesEntry(
                metal_rates=listed.content, added_at=listed.added_at, active=listed.content.version in active
            )
            for listed in shelf.entries
        )
    )
