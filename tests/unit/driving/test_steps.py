"""The machine's own steps: each does one thing, once per version, and lets the rules decide."""

from datetime import timedelta

import pytest

from alexandrite.domain.errors import NotFound
from alexandrite.domain.orders import Payment
from alexandrite.domain.statuses import Status
from alexandrite.driving.steps import DELIVERY_OVERDUE, StepRequest
from alexandrite.store.apply import Busy, Patience
from tests.orders import GLEB, Commands


def take(world, action, *, now=None, version=None, order_id="ord_1"):
    order = world.order(order_id)
    request = StepRequest(action=action, order_id=order_id, version=version or order.version, generation=1)
    return world.steps.take(request, now=now or world.after(minutes=1))


def just_overdue(world):
    return world.order().deadline_at + timedelta(seconds=1)


def test_pricing_is_asked_to_price(world):
    world.submitted()
    assert take(world, "price").outcome == "done"
    assert world.priced == ["ord_1"]


def test_the_rule_releases_an_accepted_order_and_says_that_it_was_the_machine(world):
    world.accepted()
    world.approves = True
    assert take(world, "approve").outcome == "done"
    event = world.table.log["ord_1"][-1].event
    assert (event.fact.name, event.actor.id) == ("ManufacturingApproved", "order-machine")


def test_where_the_rule_does_not_apply_the_order_waits_for_a_seller(world):
    world.accepted()
    assert take(world, "approve").outcome == "nothing"
    assert world.order().status is Status.PRICE_CALCULATED


def test_a_rule_that_would_release_an_unpaid_order_is_overruled(world):
    commands = world.accepted()
    world.write("ord_1", commands.pay(Payment.DEPOSIT))
    world.approves = True
    answer = take(world, "approve")
    assert (answer.outcome, answer.code) == ("refused", "payment.required")


def test_an_overdue_order_is_escalated_once_however_often_the_machine_asks(world):
    world.submitted()
    now, version = just_overdue(world), world.order().version
    assert take(world, "escalate", now=now, version=version).outcome == "done"
    assert take(world, "escalate", now=now, version=version).outcome == "nothing"
    assert world.order().escalation.level == 1


def test_an_order_within_its_time_is_not_escalated(world):
    world.submitted()
    assert take(world, "escalate").outcome == "nothing"


def test_escalations_come_after_one_four_and_twenty_four_hours_and_then_daily(world):
    world.submitted()
    gaps = []
    for _ in range(5):
        now = just_overdue(world)
        take(world, "escalate", now=now)
        gaps.append(round((world.order().deadline_at - now) / timedelta(hours=1)))
    assert gaps == [1, 4, 24, 24, 24]


def test_a_parcel_that_does_not_arrive_becomes_an_issue_once(world):
    commands = world.accepted()
    world.write("ord_1", commands.approve(), commands.take())
    fence = world.order().fence
    world.write("ord_1", commands.complete(GLEB, fence), commands.pack(), commands.ship())
    for _ in range(2):
        take(world, "escalate", now=just_overdue(world))
    assert [issue.code for issue in world.order().issues] == [DELIVERY_OVERDUE]
    assert world.order().status is Status.SHIPPED


def test_a_buyer_who_lets_an_order_lie_is_reminded_and_then_the_order_is_cancelled(world):
    world.write("ord_1", Commands("c").create())
    take(world, "remind_or_cancel", now=just_overdue(world))
    assert world.order().reminded_at is not None
    assert take(world, "remind_or_cancel").outcome == "nothing"
    take(world, "remind_or_cancel", now=just_overdue(world))
    assert world.order().status is Status.CANCELLED
    assert world.table.records["ord_1"].driver.next_check_at is None


def test_an_idle_order_on_hold_is_not_cancelled_but_looked_at(world):
    commands = Commands("c")
    world.write("ord_1", commands.create(), commands.hold())
    take(world, "remind_or_cancel", now=just_overdue(world))
    assert (world.order().status, world.order().escalation.level) == (Status.INITIATED, 1)


def test_the_money_of_a_cancelled_order_becomes_due_once(world):
    commands = world.accepted()
    world.write("ord_1", commands.cancel())
    version = world.order().version
    assert take(world, "compensate", version=version).outcome == "done"
    assert take(world, "compensate", version=version).outcome == "nothing"
    assert take(world, "compensate").outcome == "nothing"
    assert world.order().payment is Payment.REFUND_DUE


def test_a_step_on_a_version_that_the_order_has_left_does_nothing(world):
    commands = world.submitted()
    now, version = just_overdue(world), world.order().version
    world.write("ord_1", commands.note())
    assert take(world, "escalate", now=now, version=version).outcome == "nothing"


def test_a_step_for_an_order_that_is_not_there_fails_loudly(world):
    request = StepRequest(action="escalate", order_id="ord_none", version=1, generation=1)
    with pytest.raises(NotFound):
        world.steps.take(request, now=world.submitted().at)


def test_a_busy_table_is_the_machines_to_retry(world, monkeypatch):
    world.submitted()
    monkeypatch.setattr(Patience, "wait", lambda self, attempt: None)
    world.table.faults = lambda call: "conflict" if call == "commit" else "none"
    with pytest.raises(Busy):
        take(world, "escalate", now=just_overdue(world))
