"""Dates and times as iCalendar tells them, read as what a clock in a named zone shows.

The `icalendar` package reads the digits. What they mean in another zone is worked out from pytz's data, by the same
`Zone` as the arithmetic of schedules; neither the zones of the machine nor the VTIMEZONE parts of the file are asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from icalendar.prop import vDDDTypes
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from entitlements.errors import ConfigError
from entitlements.rules.timetable import day_number
from entitlements.rules.windows import DAY
from entitlements.rules.written import shown
from entitlements.rules.zone import Zone, find_zone
from entitlements.sources.ical_text import Line, understood, wrong

UTC = "UTC"
_ALSO_UTC = ("Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu")
LONGEST_NAME = 100

Stretch = tuple[int, int]  # from and until, in wall seconds since the first midnight of year 1


@dataclass(frozen=True)
class Moment:
    """What a clock in `zone` shows, in wall seconds since the first midnight of year 1; a date, where it is no more.

    The zone is empty where nobody said it, and as it was written where pytz does not know it.
    """

    second: int
    zone: str = ""
    is_date: bool = False

    @property
    def day(self) -> int:
        """The day number of its date."""
        return self.second // DAY

    def told_in(self, zone: str) -> int:
        """The wall second on the clock of another zone; as it is where one of the two is not said.

        Raises ConfigError for a zone that pytz does not know.
        """
        if self.is_date or self.zone == zone or not self.zone or not zone:
            return self.second
        return _zone(zone).wall(_utc_second(self.second, self.zone))


def as_moment(told: object, line: Line, home: str) -> Moment:
    """What the `icalendar` package read from the line, as a moment; raises ConfigError for a length of time."""
    if isinstance(told, datetime):
        midnight = day_number(told) * DAY
        if line.parameters.get("VALUE", "").upper() == "DATE":
            return Moment(midnight, is_date=True)
        zone = UTC if told.tzinfo else zone_name(line.parameters.get("TZID", "")) or home
        return Moment(midnight + told.hour * 3600 + told.minute * 60 + told.second, zone)
    if isinstance(told, date):
        return Moment(day_number(told) * DAY, is_date=True)
    raise wrong(f"its {line.name} is not a date or a time: {shown(line.value)}")


def moments_of(line: Line, home: str) -> Iterator[Moment]:
    """The moments of a line; a time without a zone is one on the clock of `home`. Raises ConfigError."""
    return (begin for begin, _ in periods_of(line, home))


def moment_of(line: Line, home: str) -> Moment:
    """The one moment of a line; raises ConfigError."""
    return as_moment(understood(vDDDTypes.from_ical, line.value, line.name), line, home)


def periods_of(line: Line, home: str) -> Iterator[tuple[Moment, int | None]]:
    """The moments of a line, and for those that are the beginning of a period its length in seconds."""
    for text in filter(None, (part.strip() for part in line.value.split(","))):
        told = understood(vDDDTypes.from_ical, text, line.name)
        if isinstance(told, tuple):
            begin = as_moment(told[0], line, home)
            yield begin, seconds_of(told[1]) if isinstance(told[1], timedelta) else _until(begin, told[1], line)
        else:
            yield as_moment(told, line, home), None


def seconds_of(length: timedelta) -> int:
    """Whole seconds of a length of time."""
    return length.days * DAY + length.seconds


def length_of(line: Line) -> int:
    """The seconds of a DURATION; raises ConfigError."""
    told = understood(vDDDTypes.from_ical, line.value, line.name)
    if not isinstance(told, timedelta):
        raise wrong(f"its {line.name} is not a length of time: {shown(line.value)}")
    return seconds_of(told)


def stretch_in(home: str, stretch: Stretch, zone: str) -> Stretch:
    """What a clock in `home` shows during a stretch told by one in `zone`; without a home it is taken as written.

    Raises ConfigError (field `zone`) for a time told in UTC when there is no home, and for a zone pytz does not know.
    """
    if zone == UTC and not home:
        raise wrong("it is told in UTC; say in which zone the set's clocks are", "zone")
    if not home or zone in (home, ""):
        return stretch
    begin, over = (_utc_second(second, zone) for second in stretch)
    # Where the clocks change on the way, they show the same time twice, or skip some: all of that is in the stretch.
    there = _zone(home)
    edges = [begin, *(change for change in there.changes if begin < change < over), over]
    shown_at = [(there.wall(since), there.wall(since) + until - since) for since, until in pairwise(edges)]
    return min(since for since, _ in shown_at), max(until for _, until in shown_at)


def _until(begin: Moment, told: object, line: Line) -> int:
    end = as_moment(told, line, begin.zone)
    return end.told_in(begin.zone) - begin.second


def _utc_second(second: int, zone: str) -> int:
    """The UTC second at which the clock of the zone first shows that time, or the first one after it that it shows."""
    return second if zone == UTC else _zone(zone).first_showing(second, second - DAY)


def _zone(name: str) -> Zone:
    try:
        return find_zone(name)
    except ConfigError:
        raise wrong(f"its time zone {shown(name)} is not known, so its times cannot be told in another one; when the "
                    "set names no zone, they are taken as written", "zone") from None


def zone_name(written: str) -> str:
    """The zone's name as pytz has it, for its own names, those of Windows, and those behind the name of a program.

    A name that pytz does not know is given back, empty text too.
    """
    return _zone_name(written.strip('" ')[:LONGEST_NAME])


@lru_cache(maxsize=1000)  # a file names the same few zones in every line
def _zone_name(written: str) -> str:
    parts = written.split("/")
    behind = ("/".join(parts[-count:]) for count in (3, 2, 1)) if written.startswith("/") else ()
    for name in (written, WINDOWS_TO_OLSON.get(written, ""), *behind):
        try:
            found = find_zone(name).name
        except ConfigError:
            continue
        return UTC if found in _ALSO_UTC else found
    return written
