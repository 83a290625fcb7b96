"""Histories of orders for tests of read models: real commands, decided and recorded by the domain."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from alexandrite.domain import commands as asked
from alexandrite.domain.company import Company
from alexandrite.domain.evolution import record
from alexandrite.domain.identifiers import derive
from alexandrite.domain.orders import Actor, Channel, Delivery, Mode, Order, Payment
from alexandrite.domain.statuses import Status
from alexandrite.events.messages import OrderMessage
from alexandrite.store.table import Recorded
from tests.orders import CARRIER, CUSTOMER, DINA, GLEB, MONDAY, PARTNER, SELLER, SYSTEM, file_of, lines, offer_for

COMPANY = Company()
MINUTE = timedelta(minutes=1)


class History:
    """One order and all that happened to it."""

    def __init__(
        self,
        name: str,
        *,
        at: datetime = MONDAY,
        mode: Mode = Mode.LIVE,
        reference: str | None = None,
        quantity: int = 1,
    ) -> None:
        self.order_id = derive("ord", name)
        self.steps: list[Recorded] = []
        self.at = at
        self.buyer = buyer = PARTNER if reference else CUSTOMER
        self.ask(
            asked.CreateOrder,
            buyer,
            channel=Channel.PARTNER if reference else Channel.SHOP,
            mode=mode,
            buyer=buyer.id,
            creating_hash="0" * 64,
            client_reference=reference,
            lines=lines(1, quantity),
            delivery=Delivery(contact="con_1", method="courier", cost_minor=50_000),
        )

    @property
    def order(self) -> Order:
        """The order as it stands."""
        return self.steps[-1].after

    @property
    def states(self) -> list[Order]:
        """The order after each of its events."""
        return [step.after for step in self.steps]

    @property
    def messages(self) -> list[OrderMessage]:
        """The messages that tell of its events."""
        return [OrderMessage.of(step) for step in self.steps]

    def ask(self, command_type: Callable[..., asked.AnyCommand], actor: Actor, /, **fields: object) -> "History":
        """Let the domain decide a command, a minute later than the last."""
        self.at += MINUTE
        before = self.steps[-1].after if self.steps else None
        command = command_type(
            command_id=derive("cmd", self.order_id, str(len(self.steps))), actor=actor, at=self.at, **fields
        )
        event, after = record(before, command, COMPANY, order_id=self.order_id)
        self.steps.append(Recorded(event=event, after=after))
        return self

    def wait(self, wait: timedelta) -> "History":
        """Let time pass."""
        self.at += wait
        return self

    def submitted(self) -> "History":
        """Bring it to where its price is awaited."""
        model = self.order.lines[0].model
        return self.ask(asked.RecordFiles, self.buyer, files={model: file_of(model)}).ask(asked.SubmitOrder, self.buyer)

    def approved(self) -> "History":
        """Bring it to where an operator may take it."""
        self.submitted().ask(
            asked.RecordPrice, SYSTEM, offer=offer_for(valid_until=self.at + timedelta(days=7), price_id="prc_1")
        )
        self.ask(asked.AcceptPrice, self.buyer, price_id="prc_1")
        self.ask(asked.RecordPayment, SELLER, payment=Payment.PAID)
        return self.ask(asked.ApproveOrder, SELLER)

    def taken(self, operator: Actor = GLEB) -> "History":
        """Let an operator take it."""
        return self.ask(asked.TakeOrder, operator)

    def completed(self) -> "History":
        """Let its owner complete it."""
        return self.ask(asked.CompleteOrder, self._owner, fence=self.order.fence)

    def packed(self) -> "History":
        """Begin to pack it."""
        return self.ask(asked.PackOrder, DINA)

    def shipped(self, tracking_number: str = "RA123456789RU") -> "History":
        """Hand it to the carrier."""
        return self.ask(asked.ShipOrder, DINA, carrier="post", tracking_number=tracking_number)

    def closed(self) -> "History":
        """Let it be delivered."""
        return self.ask(asked.CloseOrder, CARRIER, reason="delivered")

    def held(self, *, caused_by: str = "company") -> "History":
        """Let work rest."""
        return self.ask(asked.HoldOrder, SELLER, kind="question", reason="which size?", caused_by=caused_by)

    def resumed(self) -> "History":
        """Let work go on."""
        return self.ask(asked.ResumeOrder, SELLER)

    def noted(self) -> "History":
        """Add a remark."""
        return self.ask(asked.AddNote, SELLER, text="a remark")

    def wander(self, choices: Iterable[int]) -> "History":
        """Go on by whatever is possible, chosen by `choices`, until they or the possibilities end."""
        for choice in choices:
            ways = self._ways()
            if not ways:
                break
            self.wait(choice * MINUTE)
            ways[choice % len(ways)]()
        return self

    @property
    def _owner(self) -> Actor:
        return DINA if self.order.owner == DINA.id else GLEB

    def _ways(self) -> list[Callable[[], "History"]]:
        if self.order.hold is not None:
            return [self.resumed, self.noted]
        ways: dict[Status, list[Callable[[], History]]] = {
            Status.MANUFACTURING_APPROVED: [
                self.taken,
                lambda: self.taken(DINA),
                self.held,
                self.noted,
                lambda: self.ask(asked.CancelOrder, SELLER, reason="the buyer asked"),
            ],
            Status.MANUFACTURING_STARTED: [
                self.completed,
                lambda: self.ask(asked.ReleaseOrder, self._owner, fence=self.order.fence, reason="ill"),
                self.held,
                self.noted,
            ],
            Status.MANUFACTURING_COMPLETED: [
                self.packed,
                lambda: self.ask(asked.ReworkOrder, DINA, reason="a scratch", operator=DINA.id),
            ],
            Status.PACKAGING: [self.shipped, self.noted],
            Status.SHIPPED: [self.closed, self.noted],
        }
        return ways.get(self.order.status, [])
