"""The settings of the company: what it promises, how long each step may take, and when its people work."""

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from alexandrite.domain.calendars import russia
from alexandrite.domain.values import Value
from alexandrite.domain.working_time import ELAPSED, Clock, WorkingCalendar

Duration = Annotated[timedelta, Field(ge=timedelta())]

_NOTHING = timedelta()


class Budget(Value):
    """How long something may take: elapsed time for machines, carriers and buyers, working time for people.

    A day is 24 hours of elapsed time, or one day of the company's working calendar.
    """

    clock: Literal["elapsed", "working"]
    days: Annotated[int, Field(ge=0)] = 0
    time: Duration = _NOTHING

    def end(self, start: datetime, calendar: WorkingCalendar) -> datetime:
        """Return when it has passed if it began at `start`."""
        clock = self._clock(calendar)
        return clock.after(start, self._amount(clock))

    def latest_start(self, end: datetime, calendar: WorkingCalendar) -> datetime:
        """Return the last moment at which it can begin and have passed by `end`."""
        clock = self._clock(calendar)
        return clock.latest_start(end, self._amount(clock))

    def left(self, start: datetime, until: datetime, calendar: WorkingCalendar) -> "Budget":
        """Return what remains of it at `until` if it began at `start`."""
        clock = self._clock(calendar)
        used = max(clock.between(start, until), _NOTHING)
        return Budget(clock=self.clock, time=max(self._amount(clock) - used, _NOTHING))

    def _clock(self, calendar: WorkingCalendar) -> Clock:
        return calendar if self.clock == "working" else ELAPSED

    def _amount(self, clock: Clock) -> timedelta:
        return self.days * clock.day + self.time


def _elapsed(*, days: int = 0, minutes: int = 0) -> Budget:
    return Budget(clock="elapsed", days=days, time=timedelta(minutes=minutes))


def _working(*, days: int = 0, hours: int = 0) -> Budget:
    return Budget(clock="working", days=days, time=timedelta(hours=hours))


class Budgets(Value):
    """How long an order may stay where it is before somebody is told."""

    pricing: Budget = _elapsed(minutes=15)
    unpriceable: Budget = Field(
        default=_working(hours=8), description="a seller answers what the machine could not price"
    )
    approval: Budget = Field(default=_working(hours=8), description="a seller releases what the buyer has accepted")
    queue: Budget = Field(default=_working(hours=12), description="an operator takes it")
    making: Budget = _working(days=6)
    rework: Budget = _working(days=4)
    assay: Budget = Field(default=_working(days=5), description="out for hallmarking, on top of making or rework")
    completed: Budget = Field(default=_working(days=1), description="somebody begins to pack it")
    packaging: Budget = _working(days=1)
    delivery: Budget = Field(default=_elapsed(days=5), description="from the carrier's hands into the buyer's")


class WorkInProgress(Value):
    """What one operator may hold at once."""

    orders: int = Field(default=5, ge=1)
    pieces: int = Field(default=20, ge=1)


class WorkingWeek(Value):
    """Where and when people work, Monday to Friday."""

    country: Literal["RU"] = "RU"
    zone: str = "Europe/Moscow"
    opens: time = time(10)
    closes: time = time(18)

    @property
    def calendar(self) -> WorkingCalendar:
        """The working calendar of this week: the country's days off, and the weekend days worked instead.

        Years whose days are not known (see `calendars`) have plain weeks.
        """
        return _calendar(self)


@lru_cache(maxsize=16)
def _calendar(week: WorkingWeek) -> WorkingCalendar:
    return WorkingCalendar(
        zone=ZoneInfo(week.zone),
        opens=week.opens,
        closes=week.closes,
        days_off=russia.DAYS_OFF,
        working_weekend_days=russia.WORKING_WEEKEND_DAYS,
    )


class Company(Value):
    """Every setting of the company that a rule of the domain depends on; `Company()` is Alexandrite as it stands."""

    promise_days: int = Field(default=21, ge=1, description="days from the acceptance of the price to `due_at`")
    at_risk_margin: Duration = Field(
        default=timedelta(hours=48), description="how long before `due_at` an order should be finished"
    )
    budgets: Budgets = Budgets()
    buyer_idle_days: int = Field(
        default=30, ge=1, description="unfinished orders and offers that nobody accepted are cancelled after this"
    )
    reminder_grace: Duration = Field(
        default=timedelta(days=7), description="how long before that cancellation the buyer is reminded"
    )
    hold_review_days: int = Field(default=14, ge=1, description="a hold is looked at again after this")
    escalation_steps: Annotated[tuple[Duration, ...], Field(min_length=1)] = (
        timedelta(hours=1),
        timedelta(hours=4),
        timedelta(hours=24),
    )
    work_in_progress: WorkInProgress = WorkInProgress()
    undo_seconds: int = Field(default=60, ge=0, description="how long a take can be undone as if it had not been")
    week: WorkingWeek = WorkingWeek()

    @model_validator(mode="after")
    def _reminds_before_it_cancels(self) -> Self:
        if self.reminder_grace >= timedelta(days=self.buyer_idle_days):
            raise ValueError("The buyer is reminded within the time after which the order is cancelled.")
        if min(self.escalation_steps) <= _NOTHING:
            raise ValueError("An escalation that comes again at once would never rest.")
        return self

    @property
    def calendar(self) -> WorkingCalendar:
        """The calendar by which the company's people work."""
        return self.week.calendar

    def escalation_step(self, level: int) -> timedelta:
        """Return how long to wait after the `level`-th escalation (from 1); the last step repeats."""
        return self.escalation_steps[min(level, len(self.escalation_steps)) - 1]
