"""The carrier's word that a parcel has arrived: signed, recent, and of one effect however often it comes.

The signature follows Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`
(`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several, separated by spaces, while a secret changes).
Carriers repeat messages whose answer they did not get, so a repeated one is answered as before and changes nothing:
its id is the idempotency key. One captured and sent later is too old; one with the same id and another body is refused.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from alexandrite.company_book.book import CompanyBook
from alexandrite.domain.commands import AnyCommand, CloseOrder
from alexandrite.domain.errors import Conflict, NotFound
from alexandrite.domain.orders import ActorKind
from alexandrite.http.problems import Malformed, Unauthenticated
from alexandrite.intents import Intent
from alexandrite.selling.bodies import Delivered
from alexandrite.selling.orders import key_use
from alexandrite.store.apply import Applied, OrderTable, Snapshot, apply

MOST_AWAY = timedelta(minutes=5)
_LONGEST_ID = 200
_SECONDS = re.compile(r"^[0-9]{1,12}$")


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The use case of carriers, over its collaborators; `secret` is shared with them."""

    orders: OrderTable
    book: CompanyBook
    secret: bytes

    def delivered(self, message: Delivered, intent: Intent, headers: Mapping[str, str], raw: bytes) -> Applied:
        """Close a shipped order.

        Raises:
            Unauthenticated: a signature that is not the carrier's, or a message more than 5 minutes away.
            NotFound: no such order, or it was not shipped with this number.
        """
        message_id = verified_id(headers, raw, self.secret, intent.at)
        carrier = replace(intent.caller, id=message.carrier)
        intent = replace(intent, caller=carrier, key=message_id)

        def plan(seen: Snapshot) -> Sequence[AnyCommand]:
            shipment = seen.order.shipment if seen.order is not None else None
            if shipment is None or shipment.tracking_number != message.tracking_number:
                raise NotFound("No order was shipped with this number.")
            if message.delivered_at > intent.at + MOST_AWAY:
                raise Conflict("It cannot have been delivered in the future.", code="delivery.in_the_future")
            reason = f"delivered at {message.delivered_at.astimezone(UTC).isoformat(timespec='seconds')}"
            return [CloseOrder(**intent.stamp(carrier.acting_as(ActorKind.CARRIER)), reason=reason)]

        return apply(self.orders, message.order_id, plan, company=self.book.company(), key=key_use(intent))


def verified_id(headers: Mapping[str, str], raw: bytes, secret: bytes, now: datetime) -> str:
    """Return the id of a message whose signature and time are right.

    Raises:
        Malformed: a header is missing or no number.
        Unauthenticated: the signature is another's, or the message is too far from now.
    """
    message_id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 0 < len(message_id) <= _LONGEST_ID or not _SECONDS.match(sent):
        raise Malformed("Send webhook-id, webhook-timestamp and webhook-signature.", code="signature.headers_missing")
    signed = f"{message_id}.{sent}.".encode() + raw
    expected = hmac.new(secret, signed, hashlib.sha256).digest()
    given = [_signature(part) for part in headers.get("webhook-signature", "").split()]
    if not any(hmac.compare_digest(expected, signature) for signature in given):
        raise Unauthenticated("The signature does not fit the message.", code="signature.invalid")
    if abs(now.timestamp() - int(sent)) > MOST_AWAY.total_seconds():
        raise Unauthenticated("The message is too far from now.", code="signature.expired")
    return message_id


def _signature(part: str) -> bytes:
    version, _, encoded = part.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except ValueError:  # not base64, or not even ASCII
        return b""
