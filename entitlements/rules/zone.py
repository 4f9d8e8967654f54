"""Time zones as stretches of constant offset, read once from pytz: the only place that knows pytz's insides.

Instants and clock readings are whole seconds since the first midnight of year 1, in UTC and on the zone's clock. A
zone is then a list of the instants at which its offset changes and the offsets in force between them; neither
`localize` nor `normalize`, nor any question about summer time, is needed again.

pytz carries no rule past 2037: where clocks still change at the end of its data it stays in winter time for ever
after. Such a zone answers only up to the end of 2037, and raises ZoneDataError for an instant after that, rather
than be silently an hour off. A zone whose clocks have stopped changing answers up to the end of Python's years.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import cache

import pytz

from entitlements.errors import DeskgateError
from entitlements.rules.schedule_rules import Rule
from entitlements.rules.windows import DAY
from entitlements.rules.written import as_text, refusal, shown

YEAR_ONE = datetime(1, 1, 1, tzinfo=timezone.utc)
UNIX_EPOCH = 719_162 * DAY  # 1970-01-01 in seconds since the first midnight of year 1
LAST_RULES = datetime(2037, 1, 1, tzinfo=timezone.utc)
END_OF_RULES = datetime(2038, 1, 1, tzinfo=timezone.utc)
ZONE_DATA: str = pytz.OLSON_VERSION  # type: ignore[attr-defined]  # the stubs leave it out
"""The release of the time-zone data that everything here is worked out with, such as 2026f."""
END_OF_YEARS = datetime(9999, 12, 31, tzinfo=timezone.utc)


class ZoneDataError(DeskgateError, ValueError):
    """An instant, asked about or answered, at which nobody knows yet what the zone's clock will show."""


def seconds_of(at: datetime) -> int:
    """Whole seconds from the first midnight of year 1, UTC, to an aware instant; a fraction is dropped.

    Raises ValueError for a naive datetime.
    """
    try:
        elapsed = at - YEAR_ONE
    except TypeError:
        raise ValueError(f"{at.isoformat()} has no time zone; an instant must be an aware datetime") from None
    return elapsed.days * DAY + elapsed.seconds


def instant_of(second: int) -> datetime:
    """The aware UTC datetime at that second since the first midnight of year 1."""
    return datetime.fromtimestamp(second - UNIX_EPOCH, timezone.utc)


def wall_time(wall: int) -> datetime:
    """The naive datetime that a clock shows at that wall second since the first midnight of year 1."""
    return instant_of(wall).replace(tzinfo=None)


@dataclass(frozen=True)
class ClockChange:
    """An instant, aware UTC, at which the zone's clock is set.

    `wall_before` is the naive time it had come to, and `wall_after` the one it is set to: in spring 02:00 and 03:00.
    """

    at: datetime
    wall_before: datetime
    wall_after: datetime

    @property
    def day(self) -> date:
        """The local date on which wall time is skipped or repeated, the earlier one where it is two."""
        return min(self.wall_before, self.wall_after).date()

    @property
    def seconds(self) -> int:
        """Seconds of wall time that are skipped; negative where wall time is repeated."""
        return int((self.wall_after - self.wall_before).total_seconds())


@dataclass(frozen=True)
class Zone:
    """One zone's offsets: `offsets[n]` seconds are in force from `changes[n - 1]` on, until `changes[n]`."""

    name: str
    changes: tuple[int, ...]
    offsets: tuple[int, ...]
    limit: int

    def known(self, second: int) -> int:
        """The same UTC second, if the zone can tell its clock then; raises ZoneDataError if not.

        The first and last day of Python's years are left out, so that a local date can always be told.
        """
        if DAY <= second < self.limit:
            return second
        raise ZoneDataError(f"The instant lies outside the years the time zone data for {self.name} covers")

    def wall(self, second: int) -> int:
        """What the zone's clock shows at that UTC second, in wall seconds since the first midnight of year 1."""
        return second + self.offsets[bisect_right(self.changes, second)]

    def first_showing(self, wall: int, since: int) -> int:
        """The first UTC second, from `since` on, at which the clock shows `wall` or later."""
        for stretch in range(bisect_right(self.changes, since), len(self.changes)):
            reached = max(since, wall - self.offsets[stretch])
            if reached < self.changes[stretch]:
                return reached
            since = self.changes[stretch]
        return max(since, wall - self.offsets[-1])

    def clock_changes(self, since: int, until: int) -> tuple[ClockChange, ...]:
        """The changes of the clock in the UTC seconds `[since, until)`, in order, as far as the data goes."""
        found = range(bisect_left(self.changes, since), bisect_left(self.changes, until))
        return tuple(ClockChange(instant_of(self.changes[n]), wall_time(self.changes[n] + self.offsets[n]),
                                 wall_time(self.changes[n] + self.offsets[n + 1])) for n in found)


def find_zone(written: object, field: str = "zone") -> Zone:
    """The zone of that IANA name, upper and lower case alike; raises ConfigError when there is none."""
    try:
        found = pytz.timezone(as_text(written, field))
    except pytz.UnknownTimeZoneError:
        raise refusal(field, f"{shown(written)} is not a time zone; write it as in Europe/Paris or UTC",
                      Rule.KNOWN_ZONE) from None
    return _read(str(found))


def known_zones() -> tuple[str, ...]:
    """The names of all time zones there are, by name; aliases of old are among them."""
    return tuple(pytz.all_timezones)


@cache  # at most one entry for each of pytz's six hundred names
def _read(name: str) -> Zone:
    changes: list[int] = []
    offsets: list[int] = []
    for begins, offset in _periods(pytz.timezone(name)):
        if not offsets:
            offsets.append(offset)  # pytz's first period begins in year 1, which is as good as always
        elif offset != offsets[-1]:
            changes.append(seconds_of(begins))
            offsets.append(offset)
    still_changing = bool(changes) and changes[-1] >= seconds_of(LAST_RULES)
    limit = END_OF_RULES if still_changing else END_OF_YEARS
    return Zone(name, tuple(changes), tuple(offsets), seconds_of(limit))


def _periods(zone: tzinfo) -> list[tuple[datetime, int]]:
    """The beginning, and the offset in seconds, of each of the zone's periods."""
    begins = getattr(zone, "_utc_transition_times", None)
    if begins is None:  # UTC and the zones that never had but one offset
        return [(YEAR_ONE, _seconds(zone.utcoffset(None)))]
    offsets = (_seconds(offset) for offset, *_ in zone._transition_info)  # type: ignore[attr-defined]
    return [(begin.replace(tzinfo=timezone.utc), offset) for begin, offset in zip(begins, offsets, strict=True)]


def _seconds(offset: timedelta | None) -> int:
    return int(offset.total_seconds()) if offset else 0
