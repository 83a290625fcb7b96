"""What delivery costs, and how a buyer's wish becomes the delivery of an order."""

from typing import Literal

from alexandrite.buying.bodies import NewDelivery
from alexandrite.contacts import Contacts
from alexandrite.domain.identifiers import derive
from alexandrite.domain.orders import Delivery
from alexandrite.intents import Intent

type Method = Literal["courier", "pickup_point", "post", "collect"]

# Net of VAT, integer minor units (kopecks), for a parcel of jewellery within the country; the company's own tariff.
COST_MINOR: dict[Method, int] = {"courier": 60_000, "pickup_point": 35_000, "post": 40_000, "collect": 0}


def arrange(contacts: Contacts, wanted: NewDelivery, intent: Intent) -> Delivery:
    """Keep the recipient in the contacts store and return the delivery that points to it.

    Comes before the order's transaction: an order must never point to a contact that is not there, while a contact
    without an order is only forgotten later. The id follows from the caller's key, so a repetition writes the same.
    """
    contact_id = derive("ctc", intent.caller.name, intent.key)
    contacts.keep(contact_id, intent.caller.name, wanted.recipient, intent.at)
    return Delivery(contact=contact_id, method=wanted.method, cost_minor=COST_MINOR[wanted.method])
