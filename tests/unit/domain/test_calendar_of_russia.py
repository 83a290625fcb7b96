"""The committed days off are what the generator writes."""

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from alexandrite.domain.calendars import russia

GENERATOR = Path(__file__).resolve().parents[3] / "scripts" / "generate_calendar.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_calendar", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generator_writes_the_committed_module(generator: ModuleType) -> None:
    assert generator.MODULE.read_text(encoding="utf-8") == generator.calendar_module(generator.YEARS)


def test_every_statutory_holiday_of_every_year_is_a_day_off_or_a_weekend() -> None:
    statutory = [*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)]
    for year in range(2025, 2029):
        for month, day in statutory:
            holiday = date(year, month, day)
            assert holiday in russia.DAYS_OFF or holiday.weekday() >= 5, holiday
            assert holiday not in russia.WORKING_WEEKEND_DAYS


def test_days_off_are_weekdays_and_worked_days_are_weekend_days() -> None:
    assert all(day.weekday() < 5 for day in russia.DAYS_OFF)
    assert all(day.weekday() >= 5 for day in russia.WORKING_WEEKEND_DAYS)
