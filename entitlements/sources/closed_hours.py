"""Stretches of closed time made into holidays: cut at midnight, those of one date put together, whole dates told apart.

A stretch is in wall seconds since the first midnight of year 1, on the clock of the schedules that will use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import Holiday
from entitlements.rules.timetable import date_of, day_number, joined
from entitlements.rules.windows import DAY, Window
from entitlements.sources.names import joined_names

MOST_DATES = 20_000

_MINUTE = 60


@dataclass(frozen=True)
class Closed:
    """From a wall second until another one, and why."""

    start: int
    end: int
    name: str

    def by_date(self, first: int, last: int) -> Iterator[tuple[int, Closed]]:
        """Its part of each date it touches, between these day numbers, in seconds of that date.

        It begins and ends with the minute: seconds are dropped, but `:59` as the end means the minute that follows.
        """
        start = max(self.start // _MINUTE * _MINUTE, first * DAY)
        end = min((self.end + 1) // _MINUTE * _MINUTE, (last + 1) * DAY)
        for day in range(start // DAY, -(-end // DAY)) if start < end else ():
            midnight = day * DAY
            yield day, Closed(max(start - midnight, 0), min(end - midnight, DAY), self.name)


def closed_dates(stretches: Iterable[Closed], years: tuple[int, ...], source: str) -> tuple[Holiday, ...]:
    """One holiday for each date of these years that is closed all day or in part, in order.

    Raises ConfigError when the stretches touch too many dates.
    """
    first, last = day_number(date(years[0], 1, 1)), day_number(date(years[-1], 12, 31))
    parts: dict[int, list[Closed]] = {}
    for number, (day, part) in enumerate(each for stretch in stretches for each in stretch.by_date(first, last)):
        if number == MOST_DATES:
            raise ConfigError(f"The events of the file take up more than {MOST_DATES:,} days in these years.",
                              field="content")
        parts.setdefault(day, []).append(part)
    return tuple(_holiday(day, parts[day], source) for day in sorted(parts) if date_of(day).year in years)


def _holiday(day: int, parts: Sequence[Closed], source: str) -> Holiday:
    """The holiday of one date; parts that leave nothing of it open close it all day."""
    windows = joined(sorted((part.start, part.end) for part in parts))
    closed = () if windows == ((0, DAY),) else tuple(Window(*window) for window in windows)
    return Holiday(date_of(day), joined_names(part.name for part in parts), source, closed)
