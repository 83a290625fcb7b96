"""Working time in Moscow, 10:00 to 18:00, on the working calendar of Russia."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alexandrite.domain.company import Company, WorkingWeek
from alexandrite.domain.working_time import WorkingCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = Company().calendar

moments = st.datetimes(datetime(2024, 6, 1), datetime(2029, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside
amounts = st.timedeltas(timedelta(), timedelta(days=30))


def moscow(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MOSCOW)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_time_passes_while_people_work() -> None:
    assert CALENDAR.after(moscow(2026, 2, 2, 10), hours(3)) == moscow(2026, 2, 2, 13)


def test_friday_evening_goes_on_on_monday_morning() -> None:
    friday_17_30 = moscow(2026, 2, 6, 17, 30)
    assert CALENDAR.after(friday_17_30, hours(1)) == moscow(2026, 2, 9, 10, 30)
    assert CALENDAR.after(moscow(2026, 2, 6, 23), hours(1)) == moscow(2026, 2, 9, 11)
    assert CALENDAR.after(moscow(2026, 2, 7, 12), hours(1)) == moscow(2026, 2, 9, 11)


def test_a_full_day_ends_when_the_day_closes() -> None:
    assert CALENDAR.after(moscow(2026, 2, 6, 10), hours(8)) == moscow(2026, 2, 6, 18)
    assert CALENDAR.after(moscow(2026, 2, 6, 10), hours(8) + timedelta.resolution) > moscow(2026, 2, 9, 10)


def test_no_time_has_passed_at_the_start_itself_even_at_night() -> None:
    assert CALENDAR.after(moscow(2026, 2, 6, 23), timedelta()) == moscow(2026, 2, 6, 23)


def test_nobody_works_from_31_december_to_the_first_working_day_of_january() -> None:
    # In 2026 the government made 9 January and 31 December days off in exchange for the 3rd and 4th of January.
    assert CALENDAR.after(moscow(2025, 12, 30, 17), hours(2)) == moscow(2026, 1, 12, 11)
    assert CALENDAR.between(moscow(2025, 12, 30, 18), moscow(2026, 1, 12, 10)) == timedelta()
    assert CALENDAR.after(moscow(2026, 12, 30, 17), hours(2)) == moscow(2027, 1, 11, 11)


def test_the_may_holidays_are_off() -> None:
    # 1 May 2026 is a Friday; 9 May is a Saturday, so that Monday the 11th is off.
    assert CALENDAR.between(moscow(2026, 4, 30, 18), moscow(2026, 5, 12, 10)) == 5 * CALENDAR.day
    # In 2025 the 2nd and the 8th were off by decree.
    assert CALENDAR.between(moscow(2025, 4, 30, 18), moscow(2025, 5, 12, 10)) == 3 * CALENDAR.day


def test_a_saturday_that_was_exchanged_is_worked() -> None:
    saturday = date(2025, 11, 1)
    assert CALENDAR.is_working_day(saturday)
    assert CALENDAR.after(moscow(2025, 10, 31, 17), hours(2)) == moscow(2025, 11, 1, 11)
    assert not CALENDAR.is_working_day(date(2025, 11, 3))
    assert CALENDAR.next_working_day(saturday) == date(2025, 11, 5)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 2, 5), date(2026, 2, 6)),
        (date(2026, 2, 6), date(2026, 2, 9)),
        (date(2026, 2, 20), date(2026, 2, 24)),
        (date(2025, 12, 30), date(2026, 1, 12)),
        (date(2026, 5, 8), date(2026, 5, 12)),
    ],
)
def test_the_next_working_day_is_always_a_later_one(day: date, following: date) -> None:
    assert CALENDAR.next_working_day(day) == following


def test_years_without_data_have_plain_weeks() -> None:
    assert CALENDAR.after(moscow(2041, 1, 4, 17), hours(2)) == moscow(2041, 1, 7, 11)


def test_the_hours_follow_the_zone_through_a_change_of_its_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    calendar = WorkingWeek(zone="Europe/Berlin", opens=time(9), closes=time(17)).calendar
    friday = datetime(2026, 3, 27, 16, tzinfo=berlin)  # the clocks went forward on Sunday the 29th
    assert calendar.after(friday, hours(2)) == datetime(2026, 3, 30, 10, tzinfo=berlin)


def test_a_day_that_closes_before_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="open before it closes"):
        WorkingCalendar(zone=MOSCOW, opens=time(18), closes=time(10))


def test_negative_working_time_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.after(moscow(2026, 2, 2, 10), hours(-1))


@given(moments, moments, moments)
def test_working_time_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    assert CALENDAR.between(a, b) + CALENDAR.between(b, c) == CALENDAR.between(a, c)


@given(moments, moments)
def test_working_time_never_runs_faster_than_the_clock_nor_backwards(a: datetime, b: datetime) -> None:
    start, end = sorted((a, b))
    assert timedelta() <= CALENDAR.between(start, end) <= end - start


@given(moments, amounts)
def test_after_is_the_inverse_of_between(start: datetime, working: timedelta) -> None:
    assert CALENDAR.between(start, CALENDAR.after(start, working)) == working


@given(moments, st.timedeltas(timedelta.resolution, timedelta(days=30)))
def test_after_is_the_first_such_moment(start: datetime, working: timedelta) -> None:
    end = CALENDAR.after(start, working)
    assert CALENDAR.between(start, end - timedelta.resolution) < working


@given(moments, amounts, amounts)
def test_waiting_twice_is_waiting_once_for_longer(start: datetime, first: timedelta, second: timedelta) -> None:
    assert CALENDAR.after(CALENDAR.after(start, first), second) == CALENDAR.after(start, first + second)


@given(moments, moments, amounts)
def test_who_starts_later_is_not_done_earlier(a: datetime, b: datetime, working: timedelta) -> None:
    earlier, later = sorted((a, b))
    assert CALENDAR.after(earlier, working) <= CALENDAR.after(later, working)


@given(moments, amounts)
def test_the_latest_start_is_in_time_and_a_moment_later_is_not(end: datetime, working: timedelta) -> None:
    start = CALENDAR.latest_start(end, working)
    assert CALENDAR.after(start, working) <= end
    assert CALENDAR.after(start + timedelta.resolution, working) > end


@given(moments, amounts)
def test_the_count_by_formula_is_the_count_by_days(start: datetime, span: timedelta) -> None:
    end = start + span
    day, counted = start.astimezone(MOSCOW).date(), timedelta()
    while day <= end.astimezone(MOSCOW).date():
        if CALENDAR.is_working_day(day):
            opening = datetime.combine(day, time(10), tzinfo=MOSCOW)
            counted += max(min(end, opening + hours(8)) - max(start, opening), timedelta())
        day += timedelta(days=1)
    assert CALENDAR.between(start, end) == counted
