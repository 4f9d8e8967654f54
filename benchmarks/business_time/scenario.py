"""What everybody is asked in this benchmark: one office, without and with holidays, and the spans to count over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

ZONE = "America/New_York"
OPENS, CLOSES = time(9), time(17)
FIXED_DATES = ((1, 1), (7, 4), (12, 25))
YEARS = range(2016, 2027)
MOVED_BY = {5: timedelta(days=-1), 6: timedelta(days=1)}  # a Saturday's holiday to Friday, a Sunday's to Monday
EIGHT_HOURS = 8 * 3600

START = datetime(2016, 3, 7, 15, 30, tzinfo=timezone.utc)  # a Monday, half past ten on the office's clock
ENDS = {
    "1d": START + timedelta(days=1),
    "30d": START + timedelta(days=30),
    "1y": START.replace(year=2017),
    "10y": START.replace(year=2026),
}
DAYS = {span: (end - START).days for span, end in ENDS.items()}


@dataclass(frozen=True)
class Scenario:
    """The office with these holidays; `key` is its name in the JSON output."""

    key: str
    title: str
    holidays: tuple[date, ...] = ()


def observed_holidays() -> Iterator[date]:
    """Three dates a year, on the weekday on which offices in that zone keep them."""
    for year in YEARS:
        for month, day in FIXED_DATES:
            holiday = date(year, month, day)
            yield holiday + MOVED_BY.get(holiday.weekday(), timedelta())


HOLIDAYS = tuple(sorted(observed_holidays()))
NO_HOLIDAYS = Scenario("no_holidays", "No holidays")
WITH_HOLIDAYS = Scenario(f"{len(HOLIDAYS)}_holidays", f"{len(HOLIDAYS)} holidays", HOLIDAYS)
SCENARIOS = (NO_HOLIDAYS, WITH_HOLIDAYS)
