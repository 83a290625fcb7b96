"""Whatever is asked of orders, in whatever sequence, the invariants of the protocol hold after every step."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alexandrite.domain import commands as asked
from alexandrite.domain import promise
from alexandrite.domain.accompaniments import OperatorLoad, PriceUse, accompany
from alexandrite.domain.commands import AnyCommand
from alexandrite.domain.company import Company
from alexandrite.domain.errors import Refusal
from alexandrite.domain.events import Event
from alexandrite.domain.evolution import fold, record
from alexandrite.domain.orders import Actor, Channel, Delivery, HoldKind, Mode, Order, Payment, Piece, Revision
from alexandrite.domain.statuses import Status
from alexandrite.domain.transitions import is_legal
from tests.unit.domain.examples import (
    ANNA,
    CARRIER,
    CHAIN,
    DINA,
    EGOR,
    EVERYBODY,
    GLEB,
    MONDAY_10_00,
    RING,
    SWEEPER,
    VERA,
    a_file,
    a_line,
    an_offer,
)

COMPANY = Company()
PLACES = ("left", "right")

lines = st.lists(st.tuples(st.sampled_from([RING, CHAIN]), st.integers(1, 5)), min_size=1, max_size=3).map(
    lambda drawn: tuple(a_line(number, model, quantity) for number, (model, quantity) in enumerate(drawn, start=1))
)
anybody = st.sampled_from(EVERYBODY)
makers = st.sampled_from([GLEB, DINA, EGOR])
owner_or_other = st.none() | st.none() | makers


class Orders(RuleBasedStateMachine):
    """Two orders at a time, everybody who may touch them, and a clock; refusals are as good an answer as facts."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY_10_00
        self.asked = 0
        self.prices = 0
        self.created = len(PLACES)
        self.order_at = {place: f"ord_{number}" for number, place in enumerate(PLACES, start=1)}
        self.events: defaultdict[str, list[Event]] = defaultdict(list)
        self.orders: dict[str, Order] = {}
        self.load: Counter[str] = Counter()
        self.pieces: Counter[str] = Counter()
        self.used_prices: Counter[str] = Counter()

    # --- what is asked

    def found(self, place: str) -> Order | None:
        return self.orders.get(self.order_at[place])

    def ask(self, place: str, kind: Any, actor: Actor | None, /, **fields: Any) -> None:
        order_id = self.order_at[place]
        self.asked += 1
        actor = actor or self.owner(place)
        command: AnyCommand = kind(command_id=f"cmd_{self.asked}", actor=actor, at=self.now, **fields)
        before = self.orders.get(order_id)
        try:
            event, after = record(before, command, COMPANY, order_id=order_id)
        except Refusal:
            return
        self.check_step(before, event, after)
        self.events[order_id].append(event)
        self.orders[order_id] = after
        for fact in accompany(before, event, after):
            if isinstance(fact, OperatorLoad):
                self.load[fact.operator] += fact.orders
                self.pieces[fact.operator] += fact.pieces
            elif isinstance(fact, PriceUse):
                self.used_prices[fact.price_id] += 1

    def check_step(self, before: Order | None, event: Event, after: Order) -> None:
        origin = before.status if before is not None else None
        assert is_legal(event.fact.name, origin, after.status)
        assert (event.from_status, event.to_status) == (origin, after.status)
        if before is None:
            return
        assert after.version == before.version + 1
        assert after.fence >= before.fence
        if after.owner != before.owner and after.owner is not None:
            assert after.fence == after.version
        if before.is_terminal:
            assert after.status is before.status
        if before.is_accepted and after.offer != before.offer:
            assert event.fact.name == "RevisionAccepted"

    def owner(self, place: str) -> Actor:
        order = self.found(place)
        return Actor(kind=GLEB.kind, id=order.owner) if order is not None and order.owner is not None else GLEB

    def fence(self, place: str, stale: bool = False) -> int:
        order = self.found(place)
        return (order.fence if order is not None else 0) - stale

    def new_price(self) -> str:
        self.prices += 1
        return f"prc_{self.prices}"

    which = st.sampled_from(PLACES)

    @rule(time=st.timedeltas(timedelta(), timedelta(days=3)))
    def time_passes(self, time: timedelta) -> None:
        self.now += time

    @rule(order=which, mode=st.sampled_from(Mode), lines=lines)
    def create(self, order: str, mode: Mode, lines: Any) -> None:
        found = self.found(order)
        if found is not None and found.is_terminal:
            self.created += 1
            self.order_at[order] = f"ord_{self.created}"
        delivery = Delivery(contact="con_1", method="post", cost_minor=0)
        fields = {"channel": Channel.SHOP, "mode": mode, "buyer": ANNA.id, "creating_hash": "0" * 64}
        self.ask(order, asked.CreateOrder, ANNA, **fields, lines=lines, delivery=delivery)

    @rule(order=which, actor=anybody, lines=lines)
    def change(self, order: str, actor: Actor, lines: Any) -> None:
        self.ask(order, asked.ChangeOrder, actor, lines=lines)

    @rule(order=which, model=st.sampled_from([RING, CHAIN]))
    def upload(self, order: str, model: str) -> None:
        self.ask(order, asked.RecordFiles, SWEEPER, files={model: a_file(model)})

    @rule(order=which)
    def come_to_be_submitted(self, order: str) -> None:
        found = self.found(order)
        if found is not None and found.missing_files:
            self.ask(order, asked.RecordFiles, SWEEPER, files={model: a_file(model) for model in found.missing_files})
        self.ask(order, asked.SubmitOrder, ANNA)

    @rule(order=which, days=st.integers(0, 9))
    def price(self, order: str, days: int) -> None:
        found = self.found(order)
        files = found.files if found is not None else {}
        offer = an_offer(files, self.new_price(), valid_until=self.now + timedelta(days=days))
        self.ask(order, asked.RecordPrice, SWEEPER, offer=offer)

    @rule(order=which, back=st.integers(0, 1))
    def accept(self, order: str, back: int) -> None:
        self.ask(order, asked.AcceptPrice, ANNA, price_id=f"prc_{max(self.prices - back, 1)}")

    @rule(order=which, payment=st.sampled_from([Payment.PAID, Payment.PAID, Payment.UNPAID, Payment.CREDIT]))
    def pay_and_release(self, order: str, payment: Payment) -> None:
        self.ask(order, asked.RecordPayment, VERA, payment=payment)
        self.ask(order, asked.ApproveOrder, VERA)

    @rule(order=which, steps=st.integers(1, 5))
    def go_on(self, order: str, steps: int) -> None:
        """Do what the order waits for, some times over, so that the far end of its life is not left to chance."""
        for _ in range(steps):
            found = self.found(order)
            if found is not None and found.hold is not None:
                self.resume(order, VERA)
            match found.status if found is not None else None:
                case None:
                    self.create(order, Mode.LIVE, (a_line(),))
                case Status.INITIATED | Status.FILE_UPLOADED:
                    self.come_to_be_submitted(order)
                case Status.SUBMITTED:
                    self.price(order, days=9)
                case Status.PRICE_CALCULATED:
                    self.price(order, days=9)
                    self.accept(order, back=0)
                    self.resolve_issue(order)
                    self.pay_and_release(order, Payment.PAID)
                case Status.MANUFACTURING_APPROVED:
                    self.ask(order, asked.TakeOrder, GLEB)
                case Status.MANUFACTURING_STARTED:
                    self.ask(order, asked.ReturnFromAssay, None, fence=self.fence(order))
                    self.ask(order, asked.CompleteOrder, None, fence=self.fence(order))
                case Status.MANUFACTURING_COMPLETED | Status.PACKAGING:
                    self.pack_and_ship(order, DINA)
                case _:
                    return

    @rule(
        order=which,
        actor=anybody,
        kind=st.sampled_from([asked.CancelOrder, asked.CancelOrder, asked.RejectOrder, asked.CloseOrder]),
    )
    def end(self, order: str, actor: Actor, kind: Any) -> None:
        self.ask(order, kind, actor, reason="because")

    @rule(order=which, actor=anybody, kind=st.sampled_from(HoldKind), by=st.sampled_from(["buyer", "company"]))
    def hold(self, order: str, actor: Actor, kind: HoldKind, by: str) -> None:
        self.ask(order, asked.HoldOrder, actor, kind=kind, reason="because", caused_by=by)

    @rule(order=which, actor=anybody)
    def resume(self, order: str, actor: Actor) -> None:
        self.ask(order, asked.ResumeOrder, actor)

    @rule(order=which, lines=lines, accepted=st.booleans())
    def revise(self, order: str, lines: Any, accepted: bool) -> None:
        self.ask(order, asked.HoldOrder, VERA, kind=HoldKind.DESIGN_CHANGE, reason="thicker", caused_by="buyer")
        files = {line.model: a_file(line.model, "v2") for line in lines}
        offer = an_offer(files, self.new_price())
        self.ask(order, asked.ReviseOrder, VERA, revision=Revision(lines=lines, files=files, offer=offer))
        if accepted:
            self.accept(order, back=0)

    @rule(order=which, actor=makers)
    def take(self, order: str, actor: Actor) -> None:
        self.ask(order, asked.TakeOrder, actor)

    @rule(order=which, actor=owner_or_other, stale=st.sampled_from([False, False, True]))
    def complete(self, order: str, actor: Actor | None, stale: bool) -> None:
        self.ask(order, asked.CompleteOrder, actor, fence=self.fence(order, stale))

    @rule(order=which, actor=makers, seconds=st.integers(0, 80))
    def take_and_regret(self, order: str, actor: Actor, seconds: int) -> None:
        self.ask(order, asked.TakeOrder, actor)
        self.now += timedelta(seconds=seconds)
        self.ask(order, asked.UndoTake, actor, fence=self.fence(order))

    @rule(order=which, actor=owner_or_other, days=st.integers(0, 8), back=st.booleans())
    def send_to_assay(self, order: str, actor: Actor | None, days: int, back: bool) -> None:
        self.ask(order, asked.TakeOrder, GLEB)
        self.ask(order, asked.SendToAssay, actor, fence=self.fence(order))
        if back:
            self.now += timedelta(days=days)
            self.ask(order, asked.ReturnFromAssay, None, fence=self.fence(order))

    @rule(order=which, actor=owner_or_other, stale=st.sampled_from([False, False, True]))
    def record_work(self, order: str, actor: Actor | None, stale: bool) -> None:
        fence = self.fence(order, stale)
        self.ask(order, asked.ScrapPieces, actor, fence=fence, pieces=1, reason="porous", mass_g=1.0)
        self.ask(order, asked.RecordPieces, actor, fence=fence, pieces=(Piece(line=1, number=1, uin="U"),))

    @rule(order=which, actor=owner_or_other, stale=st.sampled_from([False, False, True]))
    def release(self, order: str, actor: Actor | None, stale: bool) -> None:
        self.ask(order, asked.ReleaseOrder, actor, fence=self.fence(order, stale), reason="ill")

    @rule(order=which, to=makers, stale=st.sampled_from([False, False, True]))
    def reassign(self, order: str, to: Actor, stale: bool) -> None:
        self.ask(order, asked.ReassignOrder, EGOR, fence=self.fence(order, stale), operator=to.id)

    @rule(order=which, actor=makers, to=st.none() | makers)
    def rework(self, order: str, actor: Actor, to: Actor | None) -> None:
        self.ask(order, asked.ReworkOrder, actor, reason="scratched", operator=to.id if to else None)

    @rule(order=which, actor=makers)
    def pack_and_ship(self, order: str, actor: Actor) -> None:
        self.ask(order, asked.ShipOrder, actor, carrier="fast-post", tracking_number="FP-0001")
        self.ask(order, asked.PackOrder, actor)

    @rule(order=which, actor=anybody, blocking=st.booleans())
    def raise_issue(self, order: str, actor: Actor, blocking: bool) -> None:
        fields = {"code": "model.thin", "detail": "thin", "must_act": "seller"}
        self.ask(order, asked.RaiseIssue, actor, **fields, blocking=blocking)

    @rule(order=which)
    def resolve_issue(self, order: str) -> None:
        self.ask(order, asked.ResolveIssue, VERA, code="model.thin", detail="thick enough")

    @rule(order=which)
    def wait_for_the_deadline(self, order: str) -> None:
        found = self.found(order)
        if found is not None and found.deadline_at is not None:
            self.now = max(self.now, found.deadline_at)
        self.ask(order, asked.RemindBuyer, SWEEPER)
        self.ask(order, asked.EscalateOrder, SWEEPER)

    @rule(order=which)
    def deliver_or_give_the_money_back(self, order: str) -> None:
        self.ask(order, asked.AddNote, VERA, text="in a hurry")
        self.ask(order, asked.CloseOrder, CARRIER, reason="delivered")
        self.ask(order, asked.MarkRefundDue, SWEEPER)

    # --- what holds

    @invariant()
    def an_order_is_the_fold_of_its_events(self) -> None:
        for order_id, order in self.orders.items():
            events = self.events[order_id]
            assert [event.version for event in events] == list(range(1, len(events) + 1))
            assert fold(events) == order

    @invariant()
    def just_the_open_orders_have_a_deadline(self) -> None:
        for order in self.orders.values():
            assert (order.deadline_at is not None) == order.is_open
            assert order.deadline_at == promise.deadline(order, COMPANY)

    @invariant()
    def just_the_started_orders_have_an_owner(self) -> None:
        for order in self.orders.values():
            assert (order.owner is not None) == (order.status is Status.MANUFACTURING_STARTED)
            assert order.at_assay_since is None or order.status is Status.MANUFACTURING_STARTED
            assert order.hold is None or order.is_open

    @invariant()
    def operators_bear_what_they_own(self) -> None:
        owned = [order for order in self.orders.values() if order.owner is not None]
        assert +self.load == Counter(order.owner for order in owned)
        for operator, pieces in self.pieces.items():
            assert pieces == sum(order.quantity for order in owned if order.owner == operator)
            assert min(pieces, self.load[operator]) >= 0

    @invariant()
    def what_is_made_is_what_was_priced_and_accepted(self) -> None:
        for order in self.orders.values():
            if order.offer is not None:
                assert order.offer.files == order.files
            if order.status in (Status.MANUFACTURING_APPROVED, Status.MANUFACTURING_STARTED, Status.SHIPPED):
                assert order.is_accepted
                assert order.due_at is not None
                assert not order.missing_files
        assert all(times == 1 for times in self.used_prices.values())

    @invariant()
    def every_order_has_a_standing(self) -> None:
        for order in self.orders.values():
            standing = promise.standing(order, COMPANY, self.now)
            assert order.is_open or (standing.level, standing.stuck) == ("on_time", False)


TestAnyLifeOfOrders = Orders.TestCase
TestAnyLifeOfOrders.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
