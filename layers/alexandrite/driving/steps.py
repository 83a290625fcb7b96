"""What the order machine does by itself. Each step is safe to repeat: its command's id names the version it acts on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from alexandrite.domain.commands import (
    AnyCommand,
    ApproveOrder,
    CancelOrder,
    Command,
    EscalateOrder,
    MarkRefundDue,
    RaiseIssue,
    RemindBuyer,
    Trace,
)
from alexandrite.domain.company import Company
from alexandrite.domain.errors import NotFound, Refusal
from alexandrite.domain.identifiers import command_id
from alexandrite.domain.orders import Actor, ActorKind, Order
from alexandrite.domain.statuses import Status
from alexandrite.domain.values import Value
from alexandrite.store.apply import OrderTable, apply
from alexandrite.store.checks import needs_compensation
from alexandrite.telemetry import count, logger

MACHINE = Actor(kind=ActorKind.SYSTEM, id="order-machine")
DELIVERY_OVERDUE = "delivery.overdue"

type Action = Literal["price", "approve", "escalate", "remind_or_cancel", "compensate"]


class StepRequest(Value):
    """What the machine asks for: an action on the order as it stood at `version`."""

    action: Action
    order_id: str
    version: int
    generation: int
    correlation_id: str = ""


class StepAnswer(Value):
    """What came of it: `done`, `nothing` to do, or `refused` by the rules with their code."""

    outcome: Literal["done", "nothing", "refused"]
    code: str | None = None


class PriceOrder(Protocol):
    """Pricing, as far as the machine knows it."""

    def __call__(self, order_id: str, *, now: datetime, trace: Trace) -> object:
        """Price the order as far as its models are analysed; safe to repeat."""
        ...


@dataclass(frozen=True, slots=True)
class Steps:
    """The machine's steps over their collaborators."""

    table: OrderTable
    company: Callable[[], Company]
    price_order: PriceOrder
    may_approve: Callable[[Order], bool]

    def take(self, request: StepRequest, *, now: datetime) -> StepAnswer:
        """Do what the machine asks for, unless the order has moved on: then the machine shall look again.

        Raises:
            NotFound: there is no such order.
            Busy: too many others at once; to be repeated.
        """
        trace = Trace(correlation_id=request.correlation_id, causation_id=f"{request.order_id}-g{request.generation}")
        if request.action == "price":
            self.price_order(request.order_id, now=now, trace=trace)
            return StepAnswer(outcome="done")
        order = self.table.read(request.order_id).order
        if order is None:
            raise NotFound(f"There is no order {request.order_id}.")
        if order.version != request.version:
            return StepAnswer(outcome="nothing")
        commands = self._commands(request.action, order, _Stamp(order, now, trace))
        if not commands:
            return StepAnswer(outcome="nothing")
        try:
            apply(self.table, order.order_id, commands, company=self.company(), expected_version=order.version)
        except Refusal as refusal:
            if refusal.status >= 500:  # noqa: PLR2004 - HTTP's border between the caller's faults and ours
                raise
            logger().info("a step was refused", extra={"order_id": order.order_id, "code": refusal.code})
            return StepAnswer(outcome="refused", code=refusal.code)
        count("StepsTaken", action=request.action)
        return StepAnswer(outcome="done")

    def _commands(self, action: Action, order: Order, stamp: "_Stamp") -> list[AnyCommand]:
        match action:
            case "approve":
                return [stamp.on(ApproveOrder)] if self.may_approve(order) else []
            case "compensate":
                return [stamp.on(MarkRefundDue)] if needs_compensation(order) else []
            case "remind_or_cancel" if order.hold is None and not order.is_accepted:
                return _idle(order, stamp)
            case _:
                return _escalation(order, stamp)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Gives commands what they all carry; the same step on the same version gets the same id."""

    order: Order
    now: datetime
    trace: Trace

    def on[C: Command](self, kind: type[C], **parts: object) -> C:
        cause = command_id("order-machine", self.order.order_id, str(self.order.version), kind.__name__)
        return kind.model_validate(
            {"command_id": cause, "actor": MACHINE, "at": self.now, "trace": self.trace, **parts}
        )


def _idle(order: Order, stamp: _Stamp) -> list[AnyCommand]:
    """Remind a buyer who lets an order lie, and call it off when that did not help."""
    if order.deadline_at is not None and stamp.now < order.deadline_at:
        return []
    if order.reminded_at is None:
        return [stamp.on(RemindBuyer)]
    return [stamp.on(CancelOrder, reason="The buyer did not go on with it.")]


def _escalation(order: Order, stamp: _Stamp) -> list[AnyCommand]:
    """Tell whoever must act; a parcel that does not arrive becomes an issue besides."""
    if order.deadline_at is None or stamp.now < order.deadline_at:
        return []
    commands: list[AnyCommand] = [stamp.on(EscalateOrder)]
    if order.status is Status.SHIPPED and all(issue.code != DELIVERY_OVERDUE for issue in order.issues):
        overdue = "The parcel has not arrived within the delivery window."
        commands.append(stamp.on(RaiseIssue, code=DELIVERY_OVERDUE, detail=overdue, must_act="seller"))
    return commands
