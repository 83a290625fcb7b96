"""Routes by which sellers look at orders and decide about them."""

from alexandrite.attention.entries import Kind
from alexandrite.attention.reading import Page
from alexandrite.auth import callers
from alexandrite.auth.authorizers import sellers
from alexandrite.auth.callers import Group
from alexandrite.buying.bodies import TimelineQuery
from alexandrite.buying.views import Timeline
from alexandrite.http.answers import Answer, told
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from alexandrite.pricing.offers import PriceRecord
from alexandrite.selling.bodies import (
    AttentionQuery,
    Because,
    ChangedDesign,
    Note,
    OrderQuery,
    PaymentState,
    PriceByHand,
    SellerHold,
)
from alexandrite.selling.views import AttentionPage, OrderList, SellerOrder, seller_order, seller_timeline
from alexandrite.store.apply import Applied
from crm import composition

seller = Audience("crm", "/crm/v1", authorizer=sellers, knows=callers.staff, groups=frozenset({Group.SELLERS}))

_ANY = ("order.wrong_status", "order.busy")


def _changed(applied: Applied) -> Answer:
    order = applied.order
    body = seller_order(order, composition.book().company(), order.updated_at)
    return told(body, status=applied.http_status, version=order.version, replayed=applied.replayed)


def _listed(page: Page) -> OrderList:
    return OrderList(items=page.orders, next_cursor=page.next_cursor, as_of=page.as_of)


@seller.route(
    "GET",
    "/orders",
    summary="Orders by status, due date or number",
    query=OrderQuery,
    gives=OrderList,
    refuses=("cursor.invalid",),
)
def list_orders(call: Call[Nothing, OrderQuery]) -> Answer:
    """All open ones, due first, when nothing is asked for; a projection that may be some moments old."""
    return told(_listed(composition.attention().orders(**dict(call.query))))


@seller.route(
    "GET",
    "/attention",
    summary="What needs somebody's attention",
    query=AttentionQuery,
    gives=AttentionPage,
    refuses=("cursor.invalid",),
)
def list_attention(call: Call[Nothing, AttentionQuery]) -> Answer:
    """Stuck, at risk, unpriceable, held: the longest waiting first. Pages of one list are asked for by its kind."""
    query = call.query
    kinds = tuple(Kind) if query.kind is None else (query.kind,)
    lists = {kind: composition.attention().attention(kind, query.limit, query.cursor) for kind in kinds}
    return told(AttentionPage(lists={kind: _listed(page) for kind, page in lists.items()}))


@seller.route("GET", "/orders/{order_id}", summary="An order as it stands", gives=SellerOrder)
def get_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
    """Read from the truth, consistently."""
    order = composition.selling().order(order_id)
    return told(seller_order(order, composition.book().company(), call.intent.at), version=order.version)


@seller.route(
    "GET",
    "/orders/{order_id}/timeline",
    summary="What has happened to an order",
    query=TimelineQuery,
    gives=Timeline,
)
def get_timeline(call: Call[Nothing, TimelineQuery], order_id: str) -> Answer:
    """Events, oldest first, with who did what."""
    query = call.query
    events = composition.selling().history(order_id, after=query.after, limit=query.limit)
    return told(seller_timeline(events, query.limit))


@seller.route(
    "GET",
    "/orders/{order_id}/price",
    summary="Everything that an order's price rests on",
    gives=PriceRecord,
    refuses=("price.not_found",),
)
def get_price(_call: Call[Nothing, Nothing], order_id: str) -> Answer:
    """Every component with its inputs, what the maker earns, and the versions it was calculated from."""
    return told(composition.selling().breakdown(order_id))


@seller.route(
    "POST",
    "/orders/{order_id}/approve",
    summary="Release an order for production",
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=("price.not_accepted", "payment.required", "order.blocked", "order.held", *_ANY),
)
def approve_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
    """Needs an accepted price, and payment or credit."""
    return _changed(composition.selling().approve(order_id, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/reject",
    summary="Say that an order cannot be made",
    takes=Because,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=_ANY,
)
def reject_order(call: Call[Because, Nothing], order_id: str) -> Answer:
    """The buyer reads the reason."""
    return _changed(composition.selling().reject(order_id, call.body.reason, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/price",
    summary="Offer a price by hand",
    takes=PriceByHand,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=("price.already_accepted", *_ANY),
)
def price_order(call: Call[PriceByHand, Nothing], order_id: str) -> Answer:
    """For what the engine cannot price; it settles a blocking issue."""
    return _changed(composition.selling().price(order_id, call.body, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/hold",
    summary="Let work rest",
    takes=SellerHold,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=("order.held", *_ANY),
)
def hold_order(call: Call[SellerHold, Nothing], order_id: str) -> Answer:
    """The promise rests only when the buyer has caused it."""
    return _changed(composition.selling().hold(order_id, call.body, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/unhold",
    summary="Let work go on",
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=("order.not_held", *_ANY),
)
def unhold_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
    """A proposed revision that nobody accepted is withdrawn."""
    return _changed(composition.selling().resume(order_id, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/revise",
    summary="Offer a changed design",
    takes=ChangedDesign,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=("order.not_held_for_design_change", "model.not_analysed", *_ANY),
)
def revise_order(call: Call[ChangedDesign, Nothing], order_id: str) -> Answer:
    """For an order on hold for a design change; accepted by the buyer, it goes back to the queue."""
    return _changed(composition.selling().revise(order_id, call.body, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/payment",
    summary="Record what is known of the money",
    takes=PaymentState,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=("order.busy",),
)
def record_payment(call: Call[PaymentState, Nothing], order_id: str) -> Answer:
    """Approval asks for `paid` or `credit`."""
    return _changed(composition.selling().record_payment(order_id, call.body.payment, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/close",
    summary="Say that an order was delivered",
    takes=Because,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=_ANY,
)
def close_order(call: Call[Because, Nothing], order_id: str) -> Answer:
    """Otherwise the carrier says so."""
    return _changed(composition.selling().close(order_id, call.body.reason, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/cancel",
    summary="Call an order off",
    takes=Because,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=_ANY,
)
def cancel_order(call: Call[Because, Nothing], order_id: str) -> Answer:
    """Possible until it is shipped."""
    return _changed(composition.selling().cancel(order_id, call.body.reason, call.intent))


@seller.route(
    "POST",
    "/orders/{order_id}/remake",
    summary="Make an order again at no price",
    takes=Because,
    gives=SellerOrder,
    status=201,
    keyed=True,
    refuses=("order.not_delivered", "order.busy"),
)
def remake_order(call: Call[Because, Nothing], order_id: str) -> Answer:
    """After a claim; answers with the new order, which names the old one."""
    applied = composition.selling().remake(order_id, call.body.reason, call.intent)
    answer = _changed(applied)
    location = seller.location(f"/orders/{applied.order.order_id}")
    return Answer(answer.body, answer.status, {**answer.headers, "Location": location})


@seller.route(
    "POST",
    "/orders/{order_id}/note",
    summary="Add a remark",
    takes=Note,
    gives=SellerOrder,
    keyed=True,
    conditional=True,
    refuses=("order.busy",),
)
def add_note(call: Call[Note, Nothing], order_id: str) -> Answer:
    """Stays in the history for ever; it must not name people."""
    return _changed(composition.selling().note(order_id, call.body.text, call.intent))
