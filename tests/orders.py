"""Commands and orders for tests, small and complete."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from alexandrite.domain import commands as asked
from alexandrite.domain.identifiers import command_id, derive
from alexandrite.domain.orders import (
    Actor,
    ActorKind,
    Channel,
    Delivery,
    FileVersion,
    HoldKind,
    Line,
    Mode,
    Offer,
    Payment,
    Piece,
    Revision,
)

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

CUSTOMER = Actor(kind=ActorKind.CUSTOMER, id="cus_anna")
PARTNER = Actor(kind=ActorKind.PARTNER, id="par_northern")
SELLER = Actor(kind=ActorKind.SELLER, id="stf_vera")
GLEB = Actor(kind=ActorKind.OPERATOR, id="stf_gleb")
DINA = Actor(kind=ActorKind.OPERATOR, id="stf_dina")
FOREMAN = Actor(kind=ActorKind.FOREMAN, id="stf_egor")
CARRIER = Actor(kind=ActorKind.CARRIER, id="carrier")
SYSTEM = Actor(kind=ActorKind.SYSTEM, id="pricing")


def file_of(model: str) -> FileVersion:
    """Return a file version as long as a real one."""
    version_id = base64.b64encode(hashlib.sha512(model.encode()).digest())[:32].decode()
    sha256 = base64.urlsafe_b64encode(hashlib.sha256(model.encode()).digest()).rstrip(b"=").decode()
    return FileVersion(version_id=version_id, sha256=sha256)


def models(count: int) -> tuple[str, ...]:
    """Return that many model ids."""
    return tuple(derive("mdl", str(number)) for number in range(count))


def lines(count: int = 1, quantity: int = 1) -> tuple[Line, ...]:
    """Return lines of distinct models."""
    return tuple(
        Line(line=number, model=model, material="silver_925", finish="polished", quantity=quantity)
        for number, model in enumerate(models(count), 1)
    )


def offer_for(count: int = 1, *, price_id: str = "prc_1", valid_until: datetime | None = None) -> Offer:
    """Return an open offer for `lines(count)`."""
    return Offer(
        price_id=price_id,
        net_minor=100_000,
        vat_minor=20_000,
        gross_minor=120_000,
        pay_minor=30_000,
        valid_until=valid_until or MONDAY + timedelta(days=7),
        price_list_version="2026-03",
        metal_rate_version="2026-03-02",
        engine_version="1",
        files={model: file_of(model) for model in models(count)},
    )


class Commands:
    """Commands with ids of their own, at times that go on: `Commands("ord_1").take(GLEB)`."""

    def __init__(self, cause: str, *, at: datetime = MONDAY, step: timedelta = timedelta(minutes=1)) -> None:
        self._cause = cause
        self._number = 0
        self._step = step
        self._buyer = CUSTOMER
        self.at = at

    def _new[C: asked.Command](self, command: type[C], actor: Actor, /, **parts: object) -> C:
        self._number += 1
        self.at += self._step
        return command.model_validate(
            {"command_id": command_id(self._cause, str(self._number)), "actor": actor, "at": self.at, **parts}
        )

    def create(
        self,
        count: int = 1,
        *,
        quantity: int = 1,
        body: str = "body",
        reference: str | None = None,
        payment: Payment = Payment.UNPAID,
        mode: Mode = Mode.LIVE,
        channel: Channel = Channel.SHOP,
    ) -> asked.CreateOrder:
        self._buyer = buyer = PARTNER if channel is Channel.PARTNER else CUSTOMER
        return self._new(
            asked.CreateOrder,
            buyer,
            channel=channel,
            mode=mode,
            buyer=buyer.id,
            creating_hash=hashlib.sha256(body.encode()).hexdigest(),
            client_reference=reference,
            lines=lines(count, quantity),
            delivery=Delivery(contact="con_1", method="courier", cost_minor=50_000),
            payment=payment,
        )

    def files(self, count: int = 1) -> asked.RecordFiles:
        return self._new(asked.RecordFiles, self._buyer, files={model: file_of(model) for model in models(count)})

    def submit(self) -> asked.SubmitOrder:
        return self._new(asked.SubmitOrder, self._buyer)

    def price(self, count: int = 1, *, price_id: str = "prc_1") -> asked.RecordPrice:
        offer = offer_for(count, price_id=price_id, valid_until=self.at + timedelta(days=7))
        return self._new(asked.RecordPrice, SYSTEM, offer=offer)

    def accept(self, price_id: str = "prc_1") -> asked.AcceptPrice:
        return self._new(asked.AcceptPrice, self._buyer, price_id=price_id)

    def pay(self, payment: Payment = Payment.PAID) -> asked.RecordPayment:
        return self._new(asked.RecordPayment, SELLER, payment=payment)

    def approve(self) -> asked.ApproveOrder:
        return self._new(asked.ApproveOrder, SELLER)

    def take(self, operator: Actor = GLEB) -> asked.TakeOrder:
        return self._new(asked.TakeOrder, operator)

    def release(self, operator: Actor, fence: int) -> asked.ReleaseOrder:
        return self._new(asked.ReleaseOrder, operator, fence=fence, reason="ill")

    def complete(self, operator: Actor, fence: int) -> asked.CompleteOrder:
        return self._new(asked.CompleteOrder, operator, fence=fence)

    def rework(self, operator: Actor) -> asked.ReworkOrder:
        return self._new(asked.ReworkOrder, operator, reason="a scratch")

    def pack(self) -> asked.PackOrder:
        return self._new(asked.PackOrder, GLEB)

    def ship(self) -> asked.ShipOrder:
        return self._new(asked.ShipOrder, GLEB, carrier="post", tracking_number="RA123456789RU")

    def close(self) -> asked.CloseOrder:
        return self._new(asked.CloseOrder, CARRIER, reason="delivered")

    def cancel(self, actor: Actor = SELLER) -> asked.CancelOrder:
        return self._new(asked.CancelOrder, actor, reason="the buyer asked")

    def note(self, text: str = "a note") -> asked.AddNote:
        return self._new(asked.AddNote, SELLER, text=text)

    def issue(self, code: str = "model.unpriceable", *, blocking: bool = True) -> asked.RaiseIssue:
        return self._new(
            asked.RaiseIssue, SELLER, code=code, detail="cannot be priced", must_act="seller", blocking=blocking
        )

    def hold(self, actor: Actor = SELLER, *, kind: HoldKind = HoldKind.MATERIAL) -> asked.HoldOrder:
        return self._new(asked.HoldOrder, actor, kind=kind, reason="no metal", caused_by="company")

    def resume(self, actor: Actor = SELLER) -> asked.ResumeOrder:
        return self._new(asked.ResumeOrder, actor)

    def escalate(self) -> asked.EscalateOrder:
        return self._new(asked.EscalateOrder, SYSTEM)

    def revise(self, revision: Revision) -> asked.ReviseOrder:
        return self._new(asked.ReviseOrder, SELLER, revision=revision)

    def change(self, **parts: object) -> asked.ChangeOrder:
        return self._new(asked.ChangeOrder, self._buyer, **parts)

    def record_pieces(self, operator: Actor, fence: int, pieces: tuple[Piece, ...]) -> asked.RecordPieces:
        return self._new(asked.RecordPieces, operator, fence=fence, pieces=pieces)

    def reassign(self, operator: Actor, fence: int) -> asked.ReassignOrder:
        return self._new(asked.ReassignOrder, FOREMAN, operator=operator.id, fence=fence)
