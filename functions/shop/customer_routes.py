"""Routes of customers; what they share with partners is added by `buyer_routes`."""

from alexandrite.auth import callers
from alexandrite.auth.authorizers import customers
from alexandrite.buying.bodies import ListQuery, NewOrder
from alexandrite.buying.views import CustomerOrder, OrderPage, OrderRow
from alexandrite.http.answers import Answer, told
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from shop import composition
from shop.buyer_routes import CREATION_REFUSALS, add_buyer_routes, catalogue, changed, page_of

customer = Audience("shop", "/shop/v1", authorizer=customers, knows=callers.customer)
add_buyer_routes(customer, CustomerOrder)


@customer.route("GET", "/materials", summary="What can be ordered", gives=catalogue.gives, public=True)
def get_materials(call: Call[Nothing, Nothing]) -> Answer:
    """Materials, finishes, lead times and delivery; cached for five minutes."""
    return catalogue.answer(call, partner=None)


@customer.route(
    "POST",
    "/orders",
    summary="Begin an order",
    takes=NewOrder,
    gives=CustomerOrder,
    status=201,
    keyed=True,
    refuses=CREATION_REFUSALS,
)
def create_order(call: Call[NewOrder, Nothing]) -> Answer:
    """Lines may still change until the price is accepted; files may still be on their way."""
    return changed(customer, CustomerOrder, composition.buying().create(call.body, call.intent))


@customer.route("GET", "/orders", summary="Own orders, newest first", query=ListQuery, gives=OrderPage[OrderRow])
def list_orders(call: Call[Nothing, ListQuery]) -> Answer:
    """A projection that may be some moments old."""
    page = composition.buying().page(call.caller, limit=call.query.limit, cursor=call.query.cursor)
    return told(page_of(page, OrderRow, call.intent.at))
