"""The rule by which the company releases accepted orders without a seller."""

from pydantic import Field

from alexandrite.domain.orders import Channel, Order, Payment
from alexandrite.domain.statuses import Status
from alexandrite.domain.values import Value


class ApprovalRule(Value):
    """Which accepted orders go to the floor by themselves; until a seller switches it on, none."""

    enabled: bool = False
    channels: frozenset[Channel] = frozenset({Channel.PARTNER})
    max_gross_minor: int = Field(default=0, ge=0, description="dearer orders wait for a seller")
    credit_counts: bool = Field(default=True, description="False: only money that has arrived counts as payment")

    def may_approve(self, order: Order) -> bool:
        """Whether this order may be released now; a manual price is a seller's to release."""
        paid = {Payment.PAID, Payment.CREDIT} if self.credit_counts else {Payment.PAID}
        return (
            self.enabled
            and order.status is Status.PRICE_CALCULATED
            and order.offer is not None
            and order.is_accepted
            and not order.offer.manual
            and order.offer.gross_minor <= self.max_gross_minor
            and order.channel in self.channels
            and order.payment in paid
            and order.hold is None
            and not order.is_blocked
        )
