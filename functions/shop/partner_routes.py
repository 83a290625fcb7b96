"""Routes of partners; what they share with customers is added by `buyer_routes`."""

from alexandrite.auth import callers
from alexandrite.auth.authorizers import partners
from alexandrite.buying.batches import BatchOutcome, create_all
from alexandrite.buying.bodies import Batch, NewPartnerOrder, PartnerListQuery, Reconciliation
from alexandrite.buying.limit_views import Limits
from alexandrite.buying.reconciliation import ReconciliationResult
from alexandrite.buying.simulation import Advance
from alexandrite.buying.views import OrderPage, PartnerOrder, PartnerOrderRow
from alexandrite.http.answers import Answer, told
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from shop import composition
from shop.buyer_routes import CREATION_REFUSALS, add_buyer_routes, catalogue, changed, page_of

partner = Audience("partner", "/partner/v1", authorizer=partners, knows=callers.partner, keys_required=True)
add_buyer_routes(partner, PartnerOrder)


@partner.route("GET", "/materials", summary="What can be ordered", gives=catalogue.gives, scope="prices:read")
def get_materials(call: Call[Nothing, Nothing]) -> Answer:
    """Materials, finishes, lead times and delivery, by the partner's own price list if it has one."""
    return catalogue.answer(call, partner=call.caller.id)


@partner.route(
    "POST",
    "/orders",
    summary="Begin an order, or place it in one call",
    takes=NewPartnerOrder,
    gives=PartnerOrder,
    status=201,
    keyed=True,
    scope="orders:write",
    refuses=CREATION_REFUSALS,
)
def create_order(call: Call[NewPartnerOrder, Nothing]) -> Answer:
    """With `submit` and `accept_up_to_minor`, uploaded files become a running order without a further call."""
    body = call.body
    applied = composition.buying().create(
        body,
        call.intent,
        client_reference=body.client_reference,
        accept_up_to_minor=body.accept_up_to_minor,
        submit=body.submit,
    )
    return changed(partner, PartnerOrder, applied)


@partner.route(
    "POST",
    "/orders:batch",
    summary="Create up to 100 orders",
    takes=Batch,
    gives=BatchOutcome,
    keyed=True,
    scope="orders:write",
)
def create_orders(call: Call[Batch, Nothing]) -> Answer:
    """Each order has an outcome of its own; sent again with the same key, it finds what it created."""
    return told(create_all(composition.buying(), call.body, call.intent, partner.location("/orders")))


@partner.route(
    "GET",
    "/orders",
    summary="Own orders, newest first, or the one with your reference",
    query=PartnerListQuery,
    gives=OrderPage[PartnerOrderRow],
    scope="orders:read",
)
def list_orders(call: Call[Nothing, PartnerListQuery]) -> Answer:
    """`client_reference` answers "did my order arrive?" from the truth, with one order or none."""
    query, buying = call.query, composition.buying()
    if query.client_reference is not None:
        page = buying.by_reference(call.caller, query.client_reference)
    else:
        page = buying.page(call.caller, limit=query.limit, cursor=query.cursor)
    return told(page_of(page, PartnerOrderRow, call.intent.at))


@partner.route(
    "POST",
    "/reconciliations",
    summary="Compare your books with ours",
    takes=Reconciliation,
    gives=ReconciliationResult,
    scope="orders:read",
)
def reconcile(call: Call[Reconciliation, Nothing]) -> Answer:
    """References in; found, missing and different out."""
    return told(composition.reconciling().compare(call.body, call.caller))


@partner.route(
    "POST",
    "/test/orders/{order_id}/advance",
    summary="Move a test order to its next status",
    gives=PartnerOrder,
    takes=Advance,
    keyed=True,
    scope="orders:write",
    refuses=("key.test_only", "order.wrong_status"),
)
def advance_test_order(call: Call[Advance, Nothing], order_id: str) -> Answer:
    """With test keys only: what a seller, an operator or a carrier would do, simulated; it never reaches the floor."""
    return changed(partner, PartnerOrder, composition.simulation().advance(order_id, call.intent))


@partner.route("GET", "/limits", summary="The limits you work within", gives=Limits)
def get_limits(call: Call[Nothing, Nothing]) -> Answer:
    """Beyond the rate: 429 with Retry-After."""
    return told(Limits.of(call.caller))
