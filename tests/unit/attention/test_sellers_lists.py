"""Sellers find every order, and those that need them, at the moment when they do."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alexandrite.attention.entries import Kind, OrderEntry, order_entry
from alexandrite.attention.reading import AttentionReader
from alexandrite.attention.writing import AttentionWriter
from alexandrite.domain import commands as asked
from alexandrite.domain.errors import Invalid
from alexandrite.domain.orders import Mode, Order
from alexandrite.domain.promise import standing
from alexandrite.domain.statuses import OPEN, TERMINAL, Status
from alexandrite.projections.items import Items
from tests.histories import COMPANY, MINUTE, History
from tests.memory_items import MemoryItems
from tests.orders import MONDAY, SELLER

MILLISECOND = timedelta(milliseconds=1)


class Lists:
    """The sellers' lists in memory, at a time of our choosing."""

    def __init__(self, items: Items | None = None) -> None:
        self.now = MONDAY
        self.items = items or MemoryItems()
        self.writer = AttentionWriter(self.items, lambda: COMPANY)
        self.reader = AttentionReader(self.items, clock=lambda: self.now)

    def show(self, *histories: History) -> "Lists":
        for history in histories:
            self.writer.project(history.order)
        return self

    def attention(self, kind: Kind) -> list[str]:
        """Return the ids of all orders of this kind, read page by page."""
        found: list[str] = []
        cursor = None
        while True:
            page = self.reader.attention(kind, 2, cursor)
            found += [order.order_id for order in page.orders]
            cursor = page.next_cursor
            if cursor is None:
                return found

    def search(self, q: str, **filters: object) -> list[str]:
        return [order.order_id for order in self.reader.orders(q=q, **filters).orders]


def test_an_order_is_listed_as_stuck_from_the_moment_its_budget_is_used_up() -> None:
    history = History("a").approved()
    lists = Lists().show(history)
    stuck_from = standing(history.order, COMPANY, history.at).stuck_from
    assert stuck_from is not None
    lists.now = stuck_from
    assert lists.attention(Kind.STUCK) == []
    lists.now = stuck_from + MILLISECOND
    assert lists.attention(Kind.STUCK) == [history.order_id]
    assert lists.reader.attention(Kind.STUCK).orders[0].stuck
    lists.show(history.wait(timedelta(days=30)).taken())
    assert lists.attention(Kind.STUCK) == []


def test_an_order_is_listed_as_at_risk_and_then_as_late_without_anybody_touching_it() -> None:
    history = History("a").approved().taken()
    lists = Lists().show(history)
    stands = standing(history.order, COMPANY, history.at)
    assert stands.at_risk_from is not None
    assert history.order.due_at is not None
    lists.now = stands.at_risk_from
    assert lists.attention(Kind.AT_RISK) == []
    lists.now = stands.at_risk_from + MILLISECOND
    assert [order.level for order in lists.reader.attention(Kind.AT_RISK).orders] == ["at_risk"]
    lists.now = history.order.due_at + MILLISECOND
    assert [order.level for order in lists.reader.attention(Kind.AT_RISK).orders] == ["late"]


def test_a_hold_that_the_buyer_caused_keeps_an_order_that_was_in_time_off_the_list() -> None:
    history = History("a").approved().held(caused_by="buyer")
    lists = Lists().show(history)
    lists.now = MONDAY + timedelta(days=100)
    assert lists.attention(Kind.AT_RISK) == []
    assert lists.attention(Kind.HELD) == [history.order_id]
    assert lists.reader.attention(Kind.HELD).orders[0].level == "on_time"


def test_a_hold_is_on_its_list_until_it_ends() -> None:
    history = History("a").approved().held()
    lists = Lists().show(history)
    lists.now = history.at + MILLISECOND
    assert lists.attention(Kind.HELD) == [history.order_id]
    lists.show(history.resumed())
    assert lists.attention(Kind.HELD) == []


def test_an_order_that_cannot_be_priced_waits_on_its_list_for_a_seller() -> None:
    history = History("a").submitted()
    raise_issue = {"detail": "not watertight", "must_act": "seller", "blocking": True}
    history.ask(asked.RaiseIssue, SELLER, code="model.unpriceable", **raise_issue)
    lists = Lists().show(history)
    lists.now = history.at + MILLISECOND
    assert lists.attention(Kind.UNPRICEABLE) == [history.order_id]
    lists.show(history.ask(asked.ResolveIssue, SELLER, code="model.unpriceable", detail="repaired"))
    assert lists.attention(Kind.UNPRICEABLE) == []


def test_what_has_ended_needs_nobody() -> None:
    history = History("a").approved().held().ask(asked.CancelOrder, SELLER, reason="the buyer asked")
    lists = Lists().show(history)
    lists.now = MONDAY + timedelta(days=365)
    assert all(not lists.attention(kind) for kind in Kind)


def test_test_orders_are_none_of_the_sellers_business() -> None:
    history = History("a", mode=Mode.TEST).approved()
    lists = Lists().show(history)
    assert lists.reader.orders().orders == ()
    assert lists.search(history.order_id) == []


def test_orders_are_found_by_how_their_number_reference_or_tracking_number_begins() -> None:
    named = History("a", reference="Ring for  ANNA #7")
    shipped = History("b").approved().taken().completed().packed().shipped("RB000000001RU")
    lists = Lists().show(named, shipped, History("c"))
    number = shipped.order_id.removeprefix("ord_")
    for q in (number, number[:5].lower(), shipped.order_id, "rb0000", " RB000000001RU "):
        assert lists.search(q) == [shipped.order_id]
    for q in ("ring for anna", "RING", "ring for anna #7"):
        assert lists.search(q) == [named.order_id]
    assert lists.search("anna") == []
    assert lists.search("ring", status=Status.SHIPPED) == []


def test_an_order_that_is_found_twice_is_shown_once() -> None:
    named = History("a", reference="x")
    lists = Lists().show(History("a", reference=named.order_id.removeprefix("ord_").lower() + "-x"))
    assert lists.search(named.order_id) == [named.order_id]


def test_a_closed_order_can_still_be_found() -> None:
    history = History("a").approved().taken().completed().packed().shipped().closed()
    lists = Lists().show(history)
    assert lists.search("RA123456789RU") == [history.order_id]
    assert [order.order_id for order in lists.reader.orders(Status.CLOSED).orders] == [history.order_id]
    assert lists.reader.orders().orders == ()


def test_orders_are_listed_by_due_date_and_those_without_one_after_them() -> None:
    due = [History(str(number), at=MONDAY + timedelta(days=number)).approved() for number in (2, 0, 1)]
    composing = History("composing")
    lists = Lists().show(composing, *due)
    ids = [order.order_id for order in lists.reader.orders().orders]
    assert ids == [due[1].order_id, due[2].order_id, due[0].order_id, composing.order_id]
    before = lists.reader.orders(Status.MANUFACTURING_APPROVED, due_before=due[0].order.due_at)
    assert [order.order_id for order in before.orders] == [due[1].order_id, due[2].order_id]


def test_orders_that_have_ended_are_not_asked_when_they_are_due() -> None:
    with pytest.raises(Invalid):
        Lists().reader.orders(Status.CLOSED, due_before=MONDAY)


WANDERINGS = st.lists(st.lists(st.integers(0, 50), max_size=12), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(WANDERINGS, st.integers(0, 60), st.randoms(use_true_random=False))
def test_any_order_and_doubling_of_messages_ends_in_the_same_lists_which_are_the_truth(
    wanderings: list[list[int]], days: int, random
) -> None:
    histories = [
        History(str(number), at=MONDAY + number * MINUTE).approved().wander(choices)
        for number, choices in enumerate(wanderings)
    ]
    states = [state for history in histories for state in history.states]
    deliveries = states + random.sample(states, len(states) // 2)
    random.shuffle(deliveries)
    lists = Lists()
    for state in deliveries:
        lists.writer.project(state)
    orders = [history.order for history in histories]
    lists.now = max(order.updated_at for order in orders) + timedelta(days=days) + MILLISECOND
    stands = {order.order_id: standing(order, COMPANY, lists.now) for order in orders}
    assert set(lists.attention(Kind.STUCK)) == {order_id for order_id, stand in stands.items() if stand.stuck}
    at_risk = {order.order_id: order.level for order in lists.reader.attention(Kind.AT_RISK, 100).orders}
    assert at_risk == {order_id: stand.level for order_id, stand in stands.items() if stand.level != "on_time"}
    held = {order.order_id for order in orders if order.hold is not None}
    assert set(lists.attention(Kind.HELD)) == held
    for status in Status:
        listed = lists.reader.orders(status, limit=100).orders
        assert {order.order_id: order for order in listed} == {
            order.order_id: _as_seen(order, lists.now) for order in orders if order.status is status
        }
    assert {order.order_id for order in lists.reader.orders(limit=100).orders} == {
        order.order_id for order in orders if order.status in OPEN
    }
    due = [order.due_at for order in lists.reader.orders(limit=100).orders if order.due_at]
    assert all(first <= second for first, second in pairwise(due))


def _as_seen(order: Order, now: datetime) -> OrderEntry:
    stands = standing(order, COMPANY, now)
    return order_entry(order, COMPANY).model_copy(
        update={"stuck": stands.stuck and order.status not in TERMINAL, "level": stands.level}
    )


def test_a_page_of_any_list_takes_a_handful_of_calls() -> None:
    items = MemoryItems()
    lists = Lists(items)
    order = History("a", reference="r").approved().order
    for number in range(1_500):
        reference = {"order_id": f"ord_{number:016d}", "client_reference": f"ring {number:04d}"}
        later = {"due_at": order.due_at + number * MINUTE if order.due_at else None}
        lists.writer.project(order.model_copy(update=reference | later))
    lists.now = MONDAY + timedelta(days=60)
    items.new_bill()
    for read in (
        lambda: lists.reader.attention(Kind.STUCK, 50),
        lambda: lists.reader.attention(Kind.AT_RISK, 50),
        lambda: lists.reader.orders(limit=50),
        lambda: lists.reader.orders(q="ring 0", limit=50),
        lambda: lists.reader.orders(Status.MANUFACTURING_APPROVED, limit=50),
    ):
        assert len(read().orders) == 50
        bill = items.new_bill()
        assert bill.calls <= 5
        assert bill.read_units <= 62
