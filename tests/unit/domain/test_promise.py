"""Deadlines, stuck orders, and whether the promise will be kept."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alexandrite.domain import commands as asked
from alexandrite.domain import promise
from alexandrite.domain.company import Budget, Company
from alexandrite.domain.orders import Order, Rest
from alexandrite.domain.statuses import OPEN, TERMINAL, Status
from tests.unit.domain.examples import (
    GLEB,
    MONDAY_10_00,
    PRICING,
    SWEEPER,
    VERA,
    Story,
    a_story_in,
)

MOSCOW = ZoneInfo("Europe/Moscow")
COMPANY = Company()
FRIDAY_EVENING = datetime(2026, 2, 6, 19, 30, tzinfo=MOSCOW)
LAST_DAY_OF_DECEMBER = datetime(2025, 12, 31, 12, tzinfo=MOSCOW)
LAST_WORKING_EVENING_OF_APRIL = datetime(2026, 4, 30, 19, tzinfo=MOSCOW)
WAY = (
    Status.PRICE_CALCULATED,
    Status.MANUFACTURING_APPROVED,
    Status.MANUFACTURING_STARTED,
    Status.MANUFACTURING_COMPLETED,
    Status.PACKAGING,
    Status.SHIPPED,
)

moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside


def moscow(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


def an_accepted_order(at: datetime = MONDAY_10_00) -> Story:
    return a_story_in(Status.PRICE_CALCULATED, at).accepted()


def level(order: Order, now: datetime, company: Company = COMPANY) -> str:
    return promise.standing(order, company, now).level


# --- deadlines


def test_an_order_is_due_21_days_after_the_price_is_accepted() -> None:
    assert an_accepted_order().order.due_at == MONDAY_10_00 + timedelta(days=21)
    assert promise.due_at(MONDAY_10_00, Company(promise_days=10)) == MONDAY_10_00 + timedelta(days=10)


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        (Status.SUBMITTED, moscow(2, 2, 10, 15)),
        (Status.MANUFACTURING_APPROVED, moscow(2, 3, 14)),
        (Status.MANUFACTURING_STARTED, moscow(2, 9, 18)),
        (Status.MANUFACTURING_COMPLETED, moscow(2, 2, 18)),
        (Status.PACKAGING, moscow(2, 2, 18)),
        (Status.SHIPPED, moscow(2, 7, 10)),
    ],
)
def test_each_status_has_its_budget(status: Status, ends: datetime) -> None:
    assert a_story_in(status).order.deadline_at == ends


@pytest.mark.parametrize("status", sorted(OPEN))
def test_every_open_order_has_a_deadline_ahead(status: Status) -> None:
    story = a_story_in(status)
    deadline = story.order.deadline_at
    assert deadline is not None
    assert deadline > story.now


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_is_due_to_happen_to_a_finished_order(status: Status) -> None:
    assert a_story_in(status).order.deadline_at is None


def test_people_get_working_time_after_a_friday_evening() -> None:
    assert a_story_in(Status.MANUFACTURING_APPROVED, FRIDAY_EVENING).order.deadline_at == moscow(2, 10, 14)


def test_machines_get_no_weekend() -> None:
    story = a_story_in(Status.SUBMITTED, FRIDAY_EVENING)
    assert story.order.deadline_at == FRIDAY_EVENING + timedelta(minutes=15)


def test_nobody_is_late_for_the_holidays_of_january() -> None:
    assert a_story_in(Status.PACKAGING, LAST_DAY_OF_DECEMBER).order.deadline_at == moscow(1, 12, 18)


def test_nobody_is_late_for_the_holidays_of_may() -> None:
    story = a_story_in(Status.MANUFACTURING_STARTED, LAST_WORKING_EVENING_OF_APRIL)
    assert story.order.deadline_at == moscow(5, 12, 18)


def test_a_seller_gets_a_working_day_for_what_the_machine_could_not_price() -> None:
    story = a_story_in(Status.SUBMITTED).wait(minutes=5)
    story.then(
        asked.RaiseIssue, PRICING, code="model.unpriceable", detail="not closed", must_act="seller", blocking=True
    )
    assert story.order.deadline_at == moscow(2, 3, 10, 5)


def test_the_oldest_unanswered_issue_counts() -> None:
    story = a_story_in(Status.SUBMITTED)
    issue = {"code": "model.unpriceable", "detail": "not closed", "must_act": "seller", "blocking": True}
    story.wait(minutes=5).then(asked.RaiseIssue, PRICING, **issue, line=1)
    story.wait(hours=2).then(asked.RaiseIssue, PRICING, **issue, line=2)
    assert story.order.deadline_at == moscow(2, 3, 10, 5)


def test_an_issue_from_before_the_submission_counts_from_it() -> None:
    story = a_story_in(Status.FILE_UPLOADED)
    story.then(asked.RaiseIssue, VERA, code="model.thin", detail="thin", must_act="seller", blocking=True)
    story.wait(hours=3).submitted()
    assert story.order.deadline_at == moscow(2, 3, 13)


def test_a_seller_gets_a_working_day_to_release_an_accepted_order() -> None:
    story = a_story_in(Status.PRICE_CALCULATED).wait(days=3).accepted()
    assert story.order.deadline_at == moscow(2, 5, 18)


@pytest.mark.parametrize("status", [Status.INITIATED, Status.FILE_UPLOADED, Status.PRICE_CALCULATED])
def test_a_buyer_is_reminded_and_a_week_later_the_30_days_are_over(status: Status) -> None:
    story = a_story_in(status)
    assert story.order.deadline_at == MONDAY_10_00 + timedelta(days=23)
    story.wait(days=23).then(asked.RemindBuyer, SWEEPER)
    assert story.order.deadline_at == MONDAY_10_00 + timedelta(days=30)


def test_a_buyer_who_is_reminded_late_still_has_a_week() -> None:
    story = a_story_in(Status.INITIATED).wait(days=29).then(asked.RemindBuyer, SWEEPER)
    assert story.order.deadline_at == MONDAY_10_00 + timedelta(days=36)


def test_a_renewed_offer_gives_its_buyer_the_whole_time_again() -> None:
    story = a_story_in(Status.PRICE_CALCULATED).wait(days=25).priced("prc_2")
    assert story.order.deadline_at == MONDAY_10_00 + timedelta(days=25 + 23)


def test_escalations_come_after_1_4_and_then_every_24_hours() -> None:
    story = a_story_in(Status.SHIPPED)
    waits = []
    for _ in range(5):
        deadline = story.order.deadline_at
        assert deadline is not None
        story.wait(until=deadline).then(asked.EscalateOrder, SWEEPER)
        assert story.order.deadline_at is not None
        waits.append(story.order.deadline_at - deadline)
    assert waits == [timedelta(hours=hours) for hours in (1, 4, 24, 24, 24)]


def test_the_next_status_starts_without_the_escalations_of_the_last() -> None:
    story = a_story_in(Status.MANUFACTURING_COMPLETED).wait(days=3)
    story.then(asked.EscalateOrder, SWEEPER).packed()
    assert story.order.deadline_at == moscow(2, 5, 18)


# --- rests


def test_a_hold_stops_the_clock_of_the_status() -> None:
    story = a_story_in(Status.MANUFACTURING_APPROVED).wait(hours=7).held()
    assert story.order.deadline_at == story.now + timedelta(days=14)
    # One hour of Monday and one of Tuesday are not counted, the night between them never was.
    story.wait(until=moscow(2, 3, 11)).resumed()
    assert story.order.deadline_at == moscow(2, 3, 16)


def test_a_hold_that_nobody_reviewed_is_escalated_again_and_again() -> None:
    story = a_story_in(Status.MANUFACTURING_APPROVED).held().wait(days=14)
    story.then(asked.EscalateOrder, SWEEPER)
    assert story.order.deadline_at == story.now + timedelta(hours=1)


def test_a_hold_taken_along_into_another_status_does_not_count_from_before_it() -> None:
    story = a_story_in(Status.MANUFACTURING_STARTED).held()
    story.wait(days=1).then(asked.ReleaseOrder, GLEB, fence=story.order.fence, reason="ill")
    story.wait(days=1).resumed()
    assert story.order.status is Status.MANUFACTURING_APPROVED
    assert story.order.rests == (Rest(since=story.order.status_since, until=story.now),)
    assert story.order.deadline_at == moscow(2, 5, 14)


def test_rework_has_four_days() -> None:
    story = a_story_in(Status.MANUFACTURING_COMPLETED).then(asked.ReworkOrder, GLEB, reason="scratched")
    assert story.order.deadline_at == moscow(2, 5, 18)


def test_assay_has_five_days_of_its_own_on_top() -> None:
    story = a_story_in(Status.MANUFACTURING_STARTED).wait(until=moscow(2, 4, 10))
    story.then(asked.SendToAssay, GLEB, fence=story.order.fence)
    assert story.order.deadline_at == moscow(2, 10, 18)
    story.wait(until=moscow(2, 10, 10)).then(asked.ReturnFromAssay, GLEB, fence=story.order.fence)
    # Two of the six days of making were used before; four are left.
    assert story.order.deadline_at == moscow(2, 13, 18)


def test_a_hold_during_assay_is_not_counted_twice() -> None:
    story = a_story_in(Status.MANUFACTURING_STARTED)
    fence = story.order.fence
    story.then(asked.SendToAssay, GLEB, fence=fence).wait(days=1).held()
    story.wait(days=1).resumed()
    assert story.order.deadline_at == moscow(2, 9, 18)  # five days from Monday, and Tuesday on top
    # The six days of making are whole, then completed, packaging, and five days on the way.
    assert promise.standing(story.order, COMPANY, story.now).projected_finish == moscow(2, 24, 18)
    story.wait(until=moscow(2, 6, 10)).then(asked.ReturnFromAssay, GLEB, fence=fence)
    assert story.order.deadline_at == moscow(2, 13, 18)  # all six days are left


def test_what_was_over_before_a_hold_stays_over() -> None:
    story = a_story_in(Status.MANUFACTURING_COMPLETED).wait(days=2).held().wait(days=1).resumed()
    assert story.order.deadline_at == moscow(2, 2, 18)
    assert promise.standing(story.order, COMPANY, story.now).stuck


# --- stuck


@pytest.mark.parametrize("status", sorted(OPEN))
def test_an_order_is_stuck_once_its_budget_is_over(status: Status) -> None:
    order = a_story_in(status).order
    stuck_from = promise.standing(order, COMPANY, MONDAY_10_00).stuck_from
    assert stuck_from is not None
    assert not promise.standing(order, COMPANY, stuck_from).stuck
    assert promise.standing(order, COMPANY, stuck_from + timedelta.resolution).stuck


def test_an_escalated_order_is_still_stuck() -> None:
    story = a_story_in(Status.MANUFACTURING_COMPLETED).wait(days=3)
    story.then(asked.EscalateOrder, SWEEPER)
    assert promise.standing(story.order, COMPANY, story.now).stuck


def test_pieces_at_assay_are_not_stuck() -> None:
    story = a_story_in(Status.MANUFACTURING_STARTED).wait(until=moscow(2, 9, 17))
    story.then(asked.SendToAssay, GLEB, fence=story.order.fence)
    assert not promise.standing(story.order, COMPANY, moscow(2, 16, 16)).stuck
    assert promise.standing(story.order, COMPANY, moscow(2, 16, 18)).stuck


def test_a_finished_order_is_never_stuck_nor_late() -> None:
    order = a_story_in(Status.CLOSED).order
    standing = promise.standing(order, COMPANY, MONDAY_10_00 + timedelta(days=400))
    assert (standing.stuck, standing.level) == (False, "on_time")


def test_nothing_is_late_that_was_not_promised() -> None:
    standing = promise.standing(a_story_in(Status.SUBMITTED).order, COMPANY, MONDAY_10_00 + timedelta(days=400))
    assert (standing.level, standing.at_risk_from, standing.projected_finish) == ("on_time", None, None)
    assert standing.stuck


# --- at risk and late


@given(moments)
def test_a_fresh_order_is_not_at_risk(accepted_at: datetime) -> None:
    story = an_accepted_order(accepted_at)
    assert level(story.order, accepted_at) == "on_time"


@pytest.mark.parametrize("accepted_at", [FRIDAY_EVENING, LAST_DAY_OF_DECEMBER, LAST_WORKING_EVENING_OF_APRIL])
def test_an_order_that_keeps_every_budget_is_on_time_until_the_margin(accepted_at: datetime) -> None:
    story = an_accepted_order(accepted_at)
    due = story.order.due_at
    assert due is not None
    for step in (
        lambda: story.paid().approved(),
        story.taken,
        story.completed,
        story.packed,
        story.shipped,
    ):
        deadline = story.order.deadline_at
        assert deadline is not None
        if deadline > due - COMPANY.at_risk_margin:
            break
        story.wait(until=deadline)
        assert level(story.order, story.now) == "on_time"
        step()
    assert level(story.order, due - COMPANY.at_risk_margin) == "on_time"
    assert level(story.order, due - COMPANY.at_risk_margin + timedelta.resolution) == "at_risk"


def test_an_order_that_nobody_takes_comes_to_be_at_risk_and_then_late() -> None:
    """A virtual clock over the 21 days of an order that was approved at once and then lies in the queue."""
    story = an_accepted_order().paid().approved()
    levels = [level(story.order, story.wait(hours=1).now) for _ in range(21 * 24 + 1)]
    assert sorted(levels, key=["on_time", "at_risk", "late"].index) == levels
    # The eight hours that the approval did not need are in hand beside the twelve of the queue, and no more.
    assert promise.standing(story.order, COMPANY, story.now).at_risk_from == moscow(2, 4, 14)
    assert levels[-2:] == ["at_risk", "late"]


def test_time_saved_early_can_be_spent_later() -> None:
    slow = an_accepted_order().wait(until=moscow(2, 2, 18)).paid().approved().order
    fast = an_accepted_order().paid().approved().order
    after_slow = promise.standing(slow, COMPANY, moscow(2, 2, 18)).at_risk_from
    after_fast = promise.standing(fast, COMPANY, moscow(2, 2, 18)).at_risk_from
    assert after_slow == after_fast == moscow(2, 4, 14)
    taken = an_accepted_order().paid().approved().taken().order
    assert promise.standing(taken, COMPANY, MONDAY_10_00).projected_finish == moscow(2, 16, 18)


def test_rework_close_to_the_promise_puts_it_at_risk() -> None:
    story = an_accepted_order().paid().approved().taken().wait(until=moscow(2, 12, 12)).completed()
    assert level(story.order, story.now) == "on_time"
    story.then(asked.ReworkOrder, GLEB, reason="scratched")
    assert level(story.order, story.now + timedelta.resolution) == "at_risk"


def test_a_buyer_who_holds_the_order_holds_the_promise() -> None:
    story = an_accepted_order().paid().approved().held(caused_by="buyer")
    standing = promise.standing(story.order, COMPANY, MONDAY_10_00 + timedelta(days=100))
    assert (standing.level, standing.at_risk_from) == ("on_time", None)
    story.wait(days=10).resumed()
    assert story.order.due_at == MONDAY_10_00 + timedelta(days=31)
    assert level(story.order, story.now) == "on_time"


def test_a_hold_of_the_companys_lets_the_promise_run() -> None:
    story = an_accepted_order().paid().approved().held(caused_by="company")
    assert level(story.order, MONDAY_10_00 + timedelta(days=1)) == "on_time"
    assert level(story.order, MONDAY_10_00 + timedelta(days=7)) == "at_risk"
    assert level(story.order, MONDAY_10_00 + timedelta(days=22)) == "late"


def test_a_wider_promise_leaves_slack_before_the_risk() -> None:
    company = Company(promise_days=60)
    order = a_story_in(Status.PRICE_CALCULATED, company=company).accepted().order
    standing = promise.standing(order, company, MONDAY_10_00)
    assert standing.projected_finish == moscow(2, 21, 14)
    assert standing.at_risk_from is not None
    assert standing.at_risk_from > MONDAY_10_00 + timedelta(days=30)


@st.composite
def accepted_stories(draw: st.DrawFn) -> Story:
    """An accepted order somewhere on its way, perhaps held, at assay, in rework, or resumed."""
    story = an_accepted_order(draw(moments))
    pause = st.timedeltas(timedelta(), timedelta(days=6))
    steps = (
        lambda: story.paid().approved(),
        story.taken,
        lambda: story.then(asked.SendToAssay, GLEB, fence=story.order.fence),
        lambda: story.then(asked.ReturnFromAssay, GLEB, fence=story.order.fence),
        story.completed,
        lambda: story.then(asked.ReworkOrder, GLEB, reason="scratched"),
        story.completed,
        story.packed,
    )
    for step in steps[: draw(st.integers(0, len(steps)))]:
        story.wait(until=story.now + draw(pause))
        step()
        if draw(st.integers(0, 3)) == 0:
            story.held(caused_by=draw(st.sampled_from(["buyer", "company"])))
            story.wait(until=story.now + draw(pause)).resumed()
    if draw(st.booleans()):
        story.wait(until=story.now + draw(pause)).held(caused_by=draw(st.sampled_from(["buyer", "company"])))
    return story


@given(accepted_stories(), st.timedeltas(timedelta(), timedelta(days=40)))
def test_the_moment_of_risk_says_what_the_projection_says(story: Story, later: timedelta) -> None:
    """`at_risk_from` is found backwards, `projected_finish` forwards; they must agree at every moment."""
    order, now = story.order, story.now + later
    standing = promise.standing(order, COMPANY, now)
    assert order.due_at is not None
    assert order.offer is not None
    assert order.offer.accepted_at is not None
    assert standing.projected_finish is not None
    if order.hold is not None and order.hold.caused_by == "buyer":
        assert standing.level == level(order, story.now)
        return
    plan = order.offer.accepted_at
    for budget in (
        Budget(clock="working", time=timedelta(hours=20)),
        Budget(clock="working", days=8),
        Budget(clock="elapsed", days=5),
    ):
        plan = budget.end(plan, COMPANY.calendar)
    promised = promise.due_at(order.offer.accepted_at, COMPANY)
    finish_by = order.due_at - COMPANY.at_risk_margin
    allowance = max(plan - (promised - COMPANY.at_risk_margin), timedelta())
    at_risk = standing.projected_finish > finish_by + allowance or now > finish_by
    expected = "late" if now > order.due_at else "at_risk" if at_risk else "on_time"
    assert standing.level == expected
    assert standing.at_risk_from is not None
    assert (now > standing.at_risk_from) == at_risk


@given(
    accepted_stories(), st.timedeltas(timedelta(), timedelta(days=40)), st.timedeltas(timedelta(), timedelta(days=9))
)
def test_an_order_that_nobody_touches_never_stands_better_than_before(
    story: Story, first: timedelta, second: timedelta
) -> None:
    rank = ["on_time", "at_risk", "late"].index
    earlier, later = story.now + first, story.now + first + second
    before, after = (promise.standing(story.order, COMPANY, now) for now in (earlier, later))
    assert rank(before.level) <= rank(after.level)
    assert before.stuck <= after.stuck
    assert before.projected_finish is not None
    assert after.projected_finish is not None
    assert before.projected_finish <= after.projected_finish


@given(accepted_stories())
def test_rests_only_ever_give_time(story: Story) -> None:
    order = story.order
    with_rests = promise.standing(order, COMPANY, story.now).stuck_from
    without = promise.standing(order.model_copy(update={"rests": ()}), COMPANY, story.now).stuck_from
    assert with_rests is not None
    assert without is not None
    assert with_rests >= without


# --- settings


def test_settings_survive_being_written_down() -> None:
    company = Company(budgets={"making": {"clock": "working", "days": 9}}, promise_days=30)
    assert Company.model_validate_json(company.model_dump_json()) == company


def test_a_reminder_after_the_cancellation_is_refused() -> None:
    with pytest.raises(ValueError, match="reminded within"):
        Company(buyer_idle_days=7, reminder_grace=timedelta(days=7))


def test_an_escalation_that_never_rests_is_refused() -> None:
    with pytest.raises(ValueError, match="never rest"):
        Company(escalation_steps=(timedelta(),))
