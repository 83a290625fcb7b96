"""Working calendars of countries, as data."""
