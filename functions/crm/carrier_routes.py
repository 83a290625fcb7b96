"""The route of carriers. No authorizer stands before it: each message carries its own signature."""

from alexandrite.auth import callers
from alexandrite.http.answers import Answer, told
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from alexandrite.selling.bodies import Delivered
from alexandrite.selling.views import Receipt
from crm import composition

carrier = Audience("carrier", "/carrier/v1", authorizer=None, knows=callers.carrier)


@carrier.route(
    "POST",
    "/deliveries",
    summary="A parcel has been delivered",
    takes=Delivered,
    gives=Receipt,
    refuses=(
        "signature.headers_missing",
        "signature.invalid",
        "signature.expired",
        "not_found",
        "idempotency.key_reused",
        "delivery.in_the_future",
        "order.wrong_status",
    ),
)
def receive_delivery(call: Call[Delivered, Nothing]) -> Answer:
    """Signed as Standard Webhooks describes; a repeated message is answered as before and changes nothing."""
    applied = composition.deliveries().delivered(call.body, call.intent, call.headers, call.raw)
    receipt = Receipt(order_id=applied.order.order_id, status=applied.order.status)
    return told(receipt, replayed=applied.replayed)
