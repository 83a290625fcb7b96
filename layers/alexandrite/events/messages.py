"""The one message that everybody gets about an order: what happened, and the order after it.

At least once and in any order: a consumer keeps the version that it has applied and ignores what is not newer.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from alexandrite.domain.events import Event
from alexandrite.domain.orders import Order
from alexandrite.domain.statuses import Status
from alexandrite.domain.values import Value
from alexandrite.store.table import Recorded

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "alexandrite.orders"


class OrderMessage(Value):
    """An event of an order, the order right after it, and the status it had before."""

    event: Event
    state: Order
    previous_status: Status | None
    event_id: str

    @model_validator(mode="after")
    def _is_about_one_version(self) -> "OrderMessage":
        if (self.event.order_id, self.event.version) != (self.state.order_id, self.state.version):
            raise ValueError("The event and the order are of different versions.")
        return self

    @classmethod
    def of(cls, recorded: Recorded) -> "OrderMessage":
        """Return the message that tells of a recorded event."""
        event = recorded.event
        return cls(event=event, state=recorded.after, previous_status=event.from_status, event_id=event.event_id)

    @classmethod
    def from_sqs_record(cls, record: Mapping[str, Any]) -> "OrderMessage":
        """Return the message in an SQS record, as a rule of the bus has put it there.

        Raises:
            ValueError: the body is not an event of the bus, or not one of an order.
        """
        return cls.from_bus_event(json.loads(record["body"]))

    @classmethod
    def from_bus_event(cls, event: Mapping[str, Any]) -> "OrderMessage":
        """Return the message in an event of the bus."""
        if event.get("source") != SOURCE:
            raise ValueError(f"An event of {event.get('source')} is not about an order.")
        return cls.model_validate(event["detail"])

    def to_entry(self, bus: str) -> "PutEventsRequestEntryTypeDef":
        """Return the entry that publishes the message on `bus`."""
        return {
            "EventBusName": bus,
            "Source": SOURCE,
            "DetailType": self.event.fact.name,
            "Time": self.event.at,
            "Resources": [self.event.order_id],
            "Detail": self.model_dump_json(),
        }
