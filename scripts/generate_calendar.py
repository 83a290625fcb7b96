"""Write the working calendar of Russia as a module of the domain: `python scripts/generate_calendar.py`.

The package `holidays` knows the statutory holidays, the Mondays they move to, and the days that the government
transfers by a decree for each year. That knowledge is written down once, so that the domain reads no package data and
computes the same deadline wherever and whenever it runs. A year whose decree is not yet out has the statutory days
only: run this again, with a newer `holidays`, when it is.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import holidays

YEARS = range(2025, 2029)
MODULE = Path(__file__).resolve().parent.parent / "layers" / "alexandrite" / "domain" / "calendars" / "russia.py"

_SATURDAY = 5


def calendar_module(years: Iterable[int]) -> str:
    """Return the source of the module for these years: weekdays that are off, weekend days that are worked."""
    russia = holidays.country_holidays("RU", years=years)
    days_off = sorted(day for day in russia if day.weekday() < _SATURDAY)
    worked = sorted(russia.weekend_workdays)
    return "\n".join(
        [
            '"""Russia: written by scripts/generate_calendar.py from the package `holidays`; not to be edited."""',
            "",
            "from datetime import date",
            "",
            *_days("DAYS_OFF", "weekdays without work: statutory holidays and days transferred to them", days_off),
            *_days("WORKING_WEEKEND_DAYS", "weekend days worked instead of one of those", worked),
        ]
    )


def _days(name: str, meaning: str, days: list[date]) -> list[str]:
    listed = [f"        date({day.year}, {day.month}, {day.day})," for day in days]
    return [f"# {meaning}", f"{name} = frozenset(", "    {", *listed, "    }", ")", ""]


if __name__ == "__main__":
    MODULE.write_text(calendar_module(YEARS), encoding="utf-8")
