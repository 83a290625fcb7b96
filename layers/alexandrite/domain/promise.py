"""The promise: when an order is due, when its status has lasted too long, and whether it will be finished in time.

Everything here is a pure function of an order and the company's settings, so that buyer, seller, operator and engineer
see the same answer. Budgets of machines, carriers and buyers run on the wall clock, those of people in working time.
The clock of a status rests during a hold and while pieces are at the assay office; a hold that the buyer caused rests
the promise too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from alexandrite.domain.company import Budget, Company
from alexandrite.domain.orders import Order, Rest
from alexandrite.domain.statuses import COMPOSING, Status
from alexandrite.domain.values import Value
from alexandrite.domain.working_time import WorkingCalendar

type Level = Literal["on_time", "at_risk", "late"]


class Standing(Value):
    """How an order stands towards its budget and its promise at one moment."""

    stuck: bool = Field(description="longer in its status than the budget allows")
    stuck_from: AwareDatetime | None = Field(
        description="after this moment it is stuck if nothing happens; escalations do not move it"
    )
    level: Level
    at_risk_from: AwareDatetime | None = Field(
        default=None,
        description="after this moment it is at risk if nothing happens; None: nothing promised, or the promise rests",
    )
    projected_finish: AwareDatetime | None = Field(
        default=None,
        description="latest delivery if this and each later step takes its whole budget; None: nothing promised",
    )


def due_at(accepted_at: datetime, company: Company) -> datetime:
    """Return when an order is due whose price was accepted at `accepted_at`."""
    return (accepted_at + timedelta(days=company.promise_days)).astimezone(UTC)


def deadline(order: Order, company: Company) -> datetime | None:
    """Return when the order must be looked at if nothing happens to it before; None when nothing can.

    That is the end of its status's budget; for a buyer who does not act, first the reminder and then the cancellation;
    for an order on hold, the review of the hold; after an escalation, the next one.
    """
    look = _stuck_from(order, company)
    if look is None:
        return None
    if order.hold is None and _waits_for_its_buyer(order):
        if order.reminded_at is None:
            look -= company.reminder_grace
        else:
            look = max(look, order.reminded_at + company.reminder_grace)
    if order.escalation is not None:
        look = max(look, order.escalation.at + company.escalation_step(order.escalation.level))
    return look.astimezone(UTC)


def standing(order: Order, company: Company, now: datetime) -> Standing:
    """Return how the order stands at `now`, which must not lie before its last event.

    **Stuck** is an order that is longer in its status than the budget allows.

    **Late** is an order past `due_at`.

    **At risk** is an order whose projected finish (`now` and what is left of this and the later budgets, working time
    expanded to elapsed time) is later than `due_at` less the company's margin. The budgets of a fresh order can fill
    more than that: 19 days and 4 hours in the plainest of weeks, almost 32 from 30 December. No fresh order is at risk
    for it; such an order is when it falls behind its own first projection, or when the margin has begun.
    """
    stuck_from = _stuck_from(order, company)
    stuck = stuck_from is not None and now > stuck_from
    accepted_at = order.offer.accepted_at if order.offer is not None else None
    if not order.is_open or order.due_at is None or accepted_at is None:
        return Standing(stuck=stuck, stuck_from=stuck_from, level="on_time")
    course = _course(order, company)
    at_risk_from = _at_risk_from(course, order.due_at, accepted_at, company)
    rests = order.hold is not None and order.hold.caused_by == "buyer"
    judged_at = order.hold.since if order.hold is not None and rests else now
    level = _level(judged_at, at_risk_from, order.due_at)
    return Standing(
        stuck=stuck,
        stuck_from=stuck_from,
        level=level,
        at_risk_from=None if rests and level == "on_time" else at_risk_from,
        projected_finish=course.finish(now, company.calendar),
    )


def _level(moment: datetime, at_risk_from: datetime, due: datetime) -> Level:
    if moment > due:
        return "late"
    return "at_risk" if moment > at_risk_from else "on_time"


def _stuck_from(order: Order, company: Company) -> datetime | None:
    if not order.is_open:
        return None
    if order.hold is not None:
        return (order.hold.since + timedelta(days=company.hold_review_days)).astimezone(UTC)
    return _clock(order, company).end(company.calendar)


@dataclass(frozen=True)
class _Course:
    """What an order has still before it if nothing happens: `budgets` one after another, not before `earliest`."""

    earliest: datetime
    budgets: tuple[Budget, ...]

    def finish(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        """Return when all is done if it goes on at `now`."""
        moment = max(now, self.earliest)
        for budget in self.budgets:
            moment = budget.end(moment, calendar)
        return moment.astimezone(UTC)

    def last_moment_for(self, finish: datetime, calendar: WorkingCalendar) -> datetime | None:
        """Return the last `now` from which `finish` can be kept; None when it cannot be from any."""
        moment = finish
        for budget in reversed(self.budgets):
            moment = budget.latest_start(moment, calendar)
        return moment if moment >= self.earliest else None


def _course(order: Order, company: Company) -> _Course:
    way = _way(company)
    later = tuple(way.values())[list(way).index(order.status) + 1 :]
    clock = _clock(order, company)
    if order.hold is None:
        return _Course(earliest=clock.end(company.calendar), budgets=(*clock.afterwards, *later))
    left = clock.left.left(clock.since, order.hold.since, company.calendar)
    return _Course(earliest=order.hold.since, budgets=(left, *clock.afterwards, *later))


def _at_risk_from(course: _Course, due: datetime, accepted_at: datetime, company: Company) -> datetime:
    margin_begins = due - company.at_risk_margin
    fresh = _Course(earliest=accepted_at, budgets=tuple(_way(company).values()))
    excess = fresh.finish(accepted_at, company.calendar) - (due_at(accepted_at, company) - company.at_risk_margin)
    # Relative to `due`, because a hold of the buyer's moves the promise and what was projected alike.
    finish = margin_begins + max(excess, timedelta())
    last_moment = course.last_moment_for(finish, company.calendar)
    return min(accepted_at if last_moment is None else last_moment, margin_begins).astimezone(UTC)


def _way(company: Company) -> dict[Status, Budget]:
    """Return the budgets that an order passes through from the acceptance of its price on."""
    budgets = company.budgets
    return {
        Status.PRICE_CALCULATED: budgets.approval,
        Status.MANUFACTURING_APPROVED: budgets.queue,
        Status.MANUFACTURING_STARTED: budgets.making,
        Status.MANUFACTURING_COMPLETED: budgets.completed,
        Status.PACKAGING: budgets.packaging,
        Status.SHIPPED: budgets.delivery,
    }


def _waits_for_its_buyer(order: Order) -> bool:
    return order.status in COMPOSING or (order.status is Status.PRICE_CALCULATED and not order.is_accepted)


@dataclass(frozen=True)
class _Clock:
    """The budget that runs down now: what was `left` of it at `since`, and what of this status comes `afterwards`."""

    since: datetime
    left: Budget
    afterwards: tuple[Budget, ...] = ()

    def end(self, calendar: WorkingCalendar) -> datetime:
        return self.left.end(self.since, calendar)


def _clock(order: Order, company: Company) -> _Clock:
    rests = sorted(order.rests, key=lambda rest: rest.since)
    since, budget = _budget(order, company)
    away = order.at_assay_since
    if away is None:
        return _past_rests(since, budget, rests, company.calendar)
    work = _past_rests(since, budget, [rest for rest in rests if rest.until <= away], company.calendar)
    assay = _past_rests(away, company.budgets.assay, rests, company.calendar)
    return _Clock(assay.since, assay.left, afterwards=(work.left.left(work.since, away, company.calendar),))


def _past_rests(since: datetime, budget: Budget, rests: Iterable[Rest], calendar: WorkingCalendar) -> _Clock:
    """Run `budget` down from `since` on, but for the rests (in the order in which they began, which may overlap)."""
    for rest in rests:
        if rest.until <= since:
            continue
        if budget.end(since, calendar) <= rest.since:
            break  # it had run out before this rest
        budget = budget.left(since, rest.since, calendar)
        since = rest.until
    return _Clock(since, budget)


def _budget(order: Order, company: Company) -> tuple[datetime, Budget]:
    """Return the budget of the order's status and the moment it began."""
    since, budgets = order.status_since, company.budgets
    if _waits_for_its_buyer(order):
        return since, Budget(clock="elapsed", days=company.buyer_idle_days)
    if order.status is Status.SUBMITTED:
        unanswered = [issue.since for issue in order.issues if issue.blocking]
        return (max(since, min(unanswered)), budgets.unpriceable) if unanswered else (since, budgets.pricing)
    if order.status is Status.PRICE_CALCULATED and order.offer is not None:
        return order.offer.accepted_at or since, budgets.approval
    if order.status is Status.MANUFACTURING_STARTED and order.in_rework:
        return since, budgets.rework
    return since, _way(company)[order.status]
