"""What a schedule comes to, in values that anybody can check against a wall calendar and a clock.

Knows the next openings and closings, and a year date by date: what each date has its hours from, who says so, and how
much of it is open. Everything is asked of the schedule, nothing is worked out a second time. Seconds are real ones: a
date on which clocks go forward has 23 hours, one that is skipped has none.

Where the zone's data ends, so does the proof: it says so (`Then.UNKNOWN`, `is_known`) and raises nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from entitlements.rules.holiday_set import HolidaySet
from entitlements.rules.schedule import DayKind, Schedule
from entitlements.rules.timetable import Stretches
from entitlements.rules.zone import ClockChange, ZoneDataError

YEARS = range(1970, 2038)
COUNT = 10
WRITTEN = "written in the schedule"
ONE_DAY = timedelta(days=1)


class Then(StrEnum):
    """What comes after the openings and closings that are told: more of them, or why there are no more."""

    MORE = "more"
    CLOSED = "closed"  # it opens no more
    OPEN = "open"  # it closes no more
    UNKNOWN = "unknown"  # the zone's data ends


@dataclass(frozen=True)
class Turn:
    """An opening or a closing: the instant, aware UTC, and the naive time that a clock in the zone shows then."""

    at: datetime
    wall: datetime


@dataclass(frozen=True)
class OpenStretch:
    """A stretch of open time and its real seconds.

    `opens` is None when it is open already: then the seconds are those left. Without an end that is known, `closes`
    and `seconds` are None.
    """

    opens: Turn | None
    closes: Turn | None
    seconds: int | None


@dataclass(frozen=True)
class Upcoming:
    """The next openings and closings after an instant. A stretch that is open at that instant comes before these."""

    is_open: bool
    stretches: tuple[OpenStretch, ...]
    then: Then

    @property
    def change(self) -> Turn | None:
        """The next opening or closing; None when there is none, or none that can be known."""
        return (self.stretches[0].opens or self.stretches[0].closes) if self.stretches else None


def upcoming(schedule: Schedule, at: datetime, count: int = COUNT) -> Upcoming:
    """That many of each, as of an aware instant; raises ZoneDataError only when that instant itself is not known."""
    found: list[OpenStretch] = []
    is_open, since, then = schedule.is_open(at), at, None
    while then is None and len(found) < count + is_open:
        opens, then = _asked(schedule.next_open, since, Then.CLOSED)
        if opens is not None:
            closes, then = _asked(schedule.next_close, opens, Then.OPEN)
            found.append(_stretch(schedule, opens, closes, running=is_open and not found))
            since = closes or opens
    return Upcoming(is_open, tuple(found), then or Then.MORE)


def _asked(question: Callable[[datetime], datetime | None], at: datetime,
           never: Then) -> tuple[datetime | None, Then | None]:
    """The answer, or the reason why there is none."""
    try:
        answer = question(at)
    except ZoneDataError:
        return None, Then.UNKNOWN
    return answer, never if answer is None else None


def _stretch(schedule: Schedule, opens: datetime, closes: datetime | None, *, running: bool) -> OpenStretch:
    seconds = None if closes is None else schedule.between(opens, closes)
    return OpenStretch(None if running else _turn(schedule, opens), _turn(schedule, closes), seconds)


def _turn(schedule: Schedule, at: datetime | None) -> Turn | None:
    return None if at is None else Turn(at, schedule.local(at))


@dataclass(frozen=True)
class Origin:
    """Why a date is special: what it is called, who says so, and the holiday set that it stands in, if any."""

    name: str
    source: str
    holiday_set: str = ""


Origins = Mapping[date, tuple[Origin, ...]]


def origins_in(year: int, written: Schedule, sets: Iterable[HolidaySet]) -> Origins:
    """What is told of each special date of a year: by these holiday sets, and by the schedule as people wrote it."""
    found: dict[date, tuple[Origin, ...]] = {}
    for kept in sets:
        for holiday in kept.holidays():
            if holiday.day.year == year:
                told = Origin(holiday.name, holiday.source, kept.name)
                found[holiday.day] = (*found.get(holiday.day, ()), told)
    for day in _dates_of(year):
        if written.kind_of(day) is not DayKind.USUAL:
            found[day] = (*found.get(day, ()), Origin("", WRITTEN))
    return found


@dataclass(frozen=True)
class ProvenDay:
    """One local date. `length` and `open_seconds` are real seconds, `stretches` wall seconds since its midnight.

    `changes` are those of the zone's clock on this date. A date that is not known is one that the zone's data does not
    reach the end of: nothing of it is counted.
    """

    day: date
    kind: DayKind
    length: int
    open_seconds: int
    stretches: Stretches
    changes: tuple[ClockChange, ...]
    origins: tuple[Origin, ...]
    is_known: bool = True

    @property
    def is_skipped(self) -> bool:
        """Whether clocks went over the whole date, as in Apia over 30 December 2011."""
        return self.is_known and self.length == 0

    @property
    def is_special(self) -> bool:
        """Whether there is anything to say about it besides the usual hours of its weekday."""
        return self.kind is not DayKind.USUAL or bool(self.changes) or self.length == 0


@dataclass(frozen=True)
class ProvenMonth:
    """One month: its dates, and its open time in real seconds."""

    first: date
    days: tuple[ProvenDay, ...]
    open_seconds: int


@dataclass(frozen=True)
class ProvenYear:
    """One year: its months, and its open time in real seconds, which is that of its months together."""

    year: int
    months: tuple[ProvenMonth, ...]
    open_seconds: int

    @property
    def days(self) -> tuple[ProvenDay, ...]:
        """Every date of the year, in order."""
        return tuple(day for month in self.months for day in month.days)

    @property
    def special_days(self) -> tuple[ProvenDay, ...]:
        """The dates with something to say about them."""
        return tuple(day for day in self.days if day.is_special)

    @property
    def most(self) -> int:
        """The open seconds of the date that has most of them."""
        return max(day.open_seconds for day in self.days)


def prove_year(schedule: Schedule, year: int, origins: Origins) -> ProvenYear:
    """A year, one of YEARS, of a schedule; `origins` say where its special dates come from."""
    days = tuple(_prove_day(schedule, day, origins.get(day, ())) for day in _dates_of(year))
    months = tuple(_prove_month(schedule, tuple(day for day in days if day.day.month == number))
                   for number in range(1, 13))
    return ProvenYear(year, months, _open_seconds(schedule, days))


def _prove_month(schedule: Schedule, days: tuple[ProvenDay, ...]) -> ProvenMonth:
    return ProvenMonth(days[0].day, days, _open_seconds(schedule, days))


def _open_seconds(schedule: Schedule, days: tuple[ProvenDay, ...]) -> int:
    """Asked of the schedule from end to end, so that the dates have something to add up to."""
    return schedule.between(*(_known_instant(schedule, day) for day in (days[0].day, days[-1].day + ONE_DAY)))


def _prove_day(schedule: Schedule, day: date, origins: tuple[Origin, ...]) -> ProvenDay:
    begins, ends = _known_instant(schedule, day), _known_instant(schedule, day + ONE_DAY)
    length = int((ends - begins).total_seconds())
    return ProvenDay(day, schedule.kind_of(day), length, schedule.between(begins, ends),
                     schedule.stretches_on(day) if length else (), schedule.clock_changes(begins, ends), origins,
                     is_known=_is_known(schedule, day + ONE_DAY))


def _known_instant(schedule: Schedule, day: date) -> datetime:
    """The first instant of the date; of the date before where the zone's data does not reach so far."""
    return schedule.first_instant_of(day if _is_known(schedule, day) else day - ONE_DAY)


def _is_known(schedule: Schedule, day: date) -> bool:
    try:
        schedule.first_instant_of(day)
    except ZoneDataError:
        return False
    return True


def _dates_of(year: int) -> Iterable[date]:
    first = date(year, 1, 1)
    return (first + number * ONE_DAY for number in range((date(year + 1, 1, 1) - first).days))
