"""Two clocks: one that runs always, and one that runs while people work.

Every question to the second is answered by one function, `_worked`: the working time from the beginning of the calendar
until a moment. It only grows, and it is a count of days with a closed form, so that nothing here steps through days or
hours.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Protocol
from zoneinfo import ZoneInfo

_DAYS_OF_WEEK = 7
_WORKING_DAYS_OF_WEEK = 5
_NOTHING = timedelta()


class Clock(Protocol):
    """What time is counted by; moments come back in UTC, and amounts of time are not negative."""

    @property
    def day(self) -> timedelta:
        """How much of this time a day has."""
        ...

    def after(self, start: datetime, amount: timedelta, /) -> datetime:
        """Return the first moment by which `amount` has passed since `start`."""
        ...

    def latest_start(self, end: datetime, amount: timedelta, /) -> datetime:
        """Return the last moment from which `amount` passes by `end`."""
        ...

    def between(self, start: datetime, end: datetime, /) -> timedelta:
        """Return how much passes from `start` to `end`; negative when `end` is the earlier."""
        ...


class ElapsedTime:
    """The clock on the wall, which never rests."""

    day = timedelta(days=1)

    def after(self, start: datetime, elapsed: timedelta) -> datetime:
        """Return `start` and `elapsed` later, in UTC."""
        return start.astimezone(UTC) + elapsed

    def latest_start(self, end: datetime, elapsed: timedelta) -> datetime:
        """Return the moment, in UTC, that lies `elapsed` before `end`."""
        return end.astimezone(UTC) - elapsed

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the time from `start` to `end`."""
        return end - start


ELAPSED = ElapsedTime()


@dataclass(frozen=True)
class WorkingCalendar:
    """Monday to Friday from `opens` to `closes` in `zone`, but for the days named here.

    All working days are equally long: the hour by which the day before a holiday is shorter in Russia is not counted.

        calendar.after(friday_17_00, timedelta(hours=2)) == monday_11_00
    """

    zone: ZoneInfo
    opens: time
    closes: time
    days_off: frozenset[date] = field(default=frozenset(), repr=False)
    working_weekend_days: frozenset[date] = field(default=frozenset(), repr=False)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("A working day must open before it closes.")

    @cached_property
    def day(self) -> timedelta:
        """Working time of one working day."""
        return timedelta(
            hours=self.closes.hour - self.opens.hour,
            minutes=self.closes.minute - self.opens.minute,
            seconds=self.closes.second - self.opens.second,
        )

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this day."""
        if day.weekday() < _WORKING_DAYS_OF_WEEK:
            return day not in self.days_off
        return day in self.working_weekend_days

    def next_working_day(self, day: date) -> date:
        """Return the first working day later than `day`."""
        return date.fromordinal(self._nth_working_day(self._working_days_before(day.toordinal() + 1)))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from `start` to `end`; negative when `end` is the earlier."""
        return self._worked(end) - self._worked(start)

    def after(self, start: datetime, working: timedelta) -> datetime:
        """Return the first moment, in UTC, by which `working` time has passed since `start`.

        A full day ends when the day closes, not when the next one opens; no time at all has passed at `start` itself,
        be it at night.

        Raises:
            ValueError: for a negative `working`.
        """
        _must_not_be_negative(working)
        if working == _NOTHING:
            return start.astimezone(UTC)
        days, rest = divmod(self._worked(start) + working, self.day)
        if rest == _NOTHING:
            return self._opening(self._nth_working_day(days - 1)) + self.day
        return self._opening(self._nth_working_day(days)) + rest

    def latest_start(self, end: datetime, working: timedelta) -> datetime:
        """Return the last moment, in UTC, at which `working` time can begin and have passed by `end`.

        It is the inverse of `after`: `after(start, working) <= end` holds just for each start up to this one.

        Raises:
            ValueError: for a negative `working`.
        """
        _must_not_be_negative(working)
        if working == _NOTHING:
            return end.astimezone(UTC)
        days, rest = divmod(self._worked(end) - working, self.day)
        return self._opening(self._nth_working_day(days)) + rest

    def _worked(self, moment: datetime) -> timedelta:
        today = moment.astimezone(self.zone).date()
        worked = self.day * self._working_days_before(today.toordinal())
        if self.is_working_day(today):
            worked += min(max(moment - self._opening(today.toordinal()), _NOTHING), self.day)
        return worked

    def _opening(self, ordinal: int) -> datetime:
        return datetime.combine(date.fromordinal(ordinal), self.opens, tzinfo=self.zone).astimezone(UTC)

    def _working_days_before(self, ordinal: int) -> int:
        # Day 1 of the proleptic calendar was a Monday.
        weeks, days = divmod(ordinal - 1, _DAYS_OF_WEEK)
        weekdays = _WORKING_DAYS_OF_WEEK * weeks + min(days, _WORKING_DAYS_OF_WEEK)
        return weekdays - bisect_left(self._free_weekdays, ordinal) + bisect_left(self._worked_weekends, ordinal)

    def _nth_working_day(self, count: int) -> int:
        """Return the ordinal of the working day before which there are `count` others."""
        near = count // _WORKING_DAYS_OF_WEEK * _DAYS_OF_WEEK + 1
        slack = _DAYS_OF_WEEK * (2 + len(self._free_weekdays) + len(self._worked_weekends))
        candidates = range(max(near - slack, 1), near + slack)
        return candidates[bisect_right(candidates, count, key=self._working_days_before) - 1]

    @cached_property
    def _free_weekdays(self) -> tuple[int, ...]:
        return tuple(sorted(day.toordinal() for day in self.days_off if day.weekday() < _WORKING_DAYS_OF_WEEK))

    @cached_property
    def _worked_weekends(self) -> tuple[int, ...]:
        weekend = (day for day in self.working_weekend_days if day.weekday() >= _WORKING_DAYS_OF_WEEK)
        return tuple(sorted(day.toordinal() for day in weekend))


def _must_not_be_negative(working: timedelta) -> None:
    if working < _NOTHING:
        raise ValueError("Working time cannot be negative.")
