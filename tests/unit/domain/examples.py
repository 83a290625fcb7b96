"""Orders to test with: stories told command by command, so that every order here is one that can really come about."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self

from alexandrite.domain import commands as asked
from alexandrite.domain.commands import AnyCommand
from alexandrite.domain.company import Company
from alexandrite.domain.events import Event
from alexandrite.domain.evolution import record
from alexandrite.domain.orders import (
    Actor,
    ActorKind,
    Channel,
    Delivery,
    FileVersion,
    Line,
    Mode,
    Offer,
    Order,
    Payment,
    Revision,
)
from alexandrite.domain.statuses import Status

MONDAY_10_00 = datetime(2026, 2, 2, 7, tzinfo=UTC)  # 10:00 in Moscow; no holiday in the three weeks after it
FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)

ANNA = Actor(kind=ActorKind.CUSTOMER, id="anna")
NORTHERN_LIGHTS = Actor(kind=ActorKind.PARTNER, id="northern-lights")
VERA = Actor(kind=ActorKind.SELLER, id="vera")
GLEB = Actor(kind=ActorKind.OPERATOR, id="gleb")
DINA = Actor(kind=ActorKind.OPERATOR, id="dina")
EGOR = Actor(kind=ActorKind.FOREMAN, id="egor")
CARRIER = Actor(kind=ActorKind.CARRIER, id="fast-post")
PRICING = Actor(kind=ActorKind.SYSTEM, id="pricing")
SWEEPER = Actor(kind=ActorKind.SYSTEM, id="sweeper")
EVERYBODY = (ANNA, NORTHERN_LIGHTS, VERA, GLEB, EGOR, CARRIER, SWEEPER)

RING = "mdl_RING"
CHAIN = "mdl_CHAIN"


def a_file(model: str = RING, version: str = "v1") -> FileVersion:
    return FileVersion(version_id=f"{model}-{version}", sha256="A" * 43)


def a_line(number: int = 1, model: str = RING, quantity: int = 1) -> Line:
    return Line(line=number, model=model, material="silver_925", finish="polished", quantity=quantity)


def an_offer(files: dict[str, FileVersion], price_id: str = "prc_1", valid_until: datetime = FAR_AWAY) -> Offer:
    return Offer(
        price_id=price_id,
        net_minor=100_000,
        vat_minor=22_000,
        gross_minor=122_000,
        pay_minor=30_000,
        valid_until=valid_until,
        price_list_version="2026-1",
        metal_rate_version="2026-02-02",
        engine_version="1",
        files=files,
    )


def a_revision(price_id: str = "prc_2", model: str = CHAIN, quantity: int = 2) -> Revision:
    files = {model: a_file(model)}
    return Revision(lines=(a_line(model=model, quantity=quantity),), files=files, offer=an_offer(files, price_id))


class Story:
    """One order, told command by command on a clock of its own."""

    def __init__(self, at: datetime = MONDAY_10_00, company: Company | None = None) -> None:
        self.company = company or Company()
        self.now = at
        self.events: list[Event] = []
        self.orders: list[Order] = []
        self._commands = count(1)

    @property
    def order(self) -> Order:
        return self.orders[-1]

    def command(self, kind: Callable[..., AnyCommand], actor: Actor, /, **fields: Any) -> AnyCommand:
        return kind(command_id=f"cmd_{next(self._commands)}", actor=actor, at=self.now, **fields)

    def ask(self, command: AnyCommand) -> Self:
        before = self.orders[-1] if self.orders else None
        event, after = record(before, command, self.company, order_id="ord_1")
        self.events.append(event)
        self.orders.append(after)
        return self

    def then(self, kind: Callable[..., AnyCommand], actor: Actor, /, **fields: Any) -> Self:
        return self.ask(self.command(kind, actor, **fields))

    def wait(self, *, until: datetime | None = None, **time: float) -> Self:
        self.now = until if until is not None else self.now + timedelta(**time)
        return self

    # the way of an order, one sentence each

    def created(self, actor: Actor = ANNA, **fields: Any) -> Self:
        given = {
            "channel": Channel.PARTNER if actor.kind is ActorKind.PARTNER else Channel.SHOP,
            "mode": Mode.LIVE,
            "buyer": actor.id,
            "creating_hash": "0" * 64,
            "lines": (a_line(),),
            "delivery": Delivery(contact="con_1", method="courier", cost_minor=50_000),
        }
        return self.then(asked.CreateOrder, actor, **(given | fields))

    def uploaded(self) -> Self:
        files = {model: a_file(model) for model in self.order.models}
        return self.then(asked.RecordFiles, SWEEPER, files=files)

    def submitted(self) -> Self:
        return self.then(asked.SubmitOrder, ANNA)

    def priced(self, price_id: str = "prc_1", **fields: Any) -> Self:
        return self.then(asked.RecordPrice, PRICING, offer=an_offer(self.order.files, price_id, **fields))

    def accepted(self, price_id: str = "prc_1") -> Self:
        return self.then(asked.AcceptPrice, ANNA, price_id=price_id)

    def paid(self) -> Self:
        return self.then(asked.RecordPayment, VERA, payment=Payment.PAID)

    def approved(self) -> Self:
        return self.then(asked.ApproveOrder, VERA)

    def taken(self, actor: Actor = GLEB) -> Self:
        return self.then(asked.TakeOrder, actor)

    def completed(self, actor: Actor = GLEB) -> Self:
        return self.then(asked.CompleteOrder, actor, fence=self.order.fence)

    def packed(self) -> Self:
        return self.then(asked.PackOrder, DINA)

    def shipped(self) -> Self:
        return self.then(asked.ShipOrder, DINA, carrier="fast-post", tracking_number="FP-0001")

    def closed(self) -> Self:
        return self.then(asked.CloseOrder, CARRIER, reason="delivered")

    def cancelled(self) -> Self:
        return self.then(asked.CancelOrder, VERA, reason="asked to")

    def rejected(self) -> Self:
        return self.then(asked.RejectOrder, VERA, reason="cannot be cast")

    def held(self, actor: Actor = VERA, kind: str = "question", caused_by: str = "company") -> Self:
        return self.then(asked.HoldOrder, actor, kind=kind, reason="a question", caused_by=caused_by)

    def resumed(self, actor: Actor = VERA) -> Self:
        return self.then(asked.ResumeOrder, actor)


_WAY: tuple[tuple[Status, Callable[[Story], Story]], ...] = (
    (Status.INITIATED, Story.created),
    (Status.FILE_UPLOADED, Story.uploaded),
    (Status.SUBMITTED, Story.submitted),
    (Status.PRICE_CALCULATED, Story.priced),
    (Status.MANUFACTURING_APPROVED, lambda story: story.accepted().paid().approved()),
    (Status.MANUFACTURING_STARTED, Story.taken),
    (Status.MANUFACTURING_COMPLETED, Story.completed),
    (Status.PACKAGING, Story.packed),
    (Status.SHIPPED, Story.shipped),
    (Status.CLOSED, Story.closed),
)


def a_story_in(status: Status, at: datetime = MONDAY_10_00, company: Company | None = None) -> Story:
    """Return the story of an order that has just come to `status` by the shortest way, all of it at one moment."""
    story = Story(at, company)
    if status is Status.CANCELLED:
        return story.created().cancelled()
    if status is Status.REJECTED:
        return story.created().uploaded().rejected()
    for reached, step in _WAY:
        step(story)
        if reached is status:
            return story
    raise AssertionError(status)
