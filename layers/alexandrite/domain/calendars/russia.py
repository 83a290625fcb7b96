"""Russia: written by scripts/generate_calendar.py from the package `holidays`; not to be edited."""

from datetime import date

# weekdays without work: statutory holidays and days transferred to them
DAYS_OFF = frozenset(
    {
        date(2025, 1, 1),
        date(2025, 1, 2),
        date(2025, 1, 3),
        date(2025, 1, 6),
        date(2025, 1, 7),
        date(2025, 1, 8),
        date(2025, 5, 1),
        date(2025, 5, 2),
        date(2025, 5, 8),
        date(2025, 5, 9),
        date(2025, 6, 12),
        date(2025, 6, 13),
        date(2025, 11, 3),
        date(2025, 11, 4),
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2026, 1, 2),
        date(2026, 1, 5),
        date(2026, 1, 6),
        date(2026, 1, 7),
        date(2026, 1, 8),
        date(2026, 1, 9),
        date(2026, 2, 23),
        date(2026, 3, 9),
        date(2026, 5, 1),
        date(2026, 5, 11),
        date(2026, 6, 12),
        date(2026, 11, 4),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 4),
        date(2027, 1, 5),
        date(2027, 1, 6),
        date(2027, 1, 7),
        date(2027, 1, 8),
        date(2027, 2, 22),
        date(2027, 2, 23),
        date(2027, 3, 8),
        date(2027, 5, 3),
        date(2027, 5, 10),
        date(2027, 6, 14),
        date(2027, 11, 4),
        date(2027, 11, 5),
        date(2027, 12, 31),
        date(2028, 1, 3),
        date(2028, 1, 4),
        date(2028, 1, 5),
        date(2028, 1, 6),
        date(2028, 1, 7),
        date(2028, 2, 23),
        date(2028, 3, 8),
        date(2028, 5, 1),
        date(2028, 5, 9),
        date(2028, 6, 12),
    }
)

# weekend days worked instead of one of those
WORKING_WEEKEND_DAYS = frozenset(
    {
        date(2025, 11, 1),
        date(2027, 2, 20),
    }
)
