"""Schedule: weekly windows, holidays, exceptions and a time zone, and every question about open time.

The wall clock decides: an instant is open exactly when the date and time that a clock in the zone shows then lie
inside a window. From this follows one function, the open time elapsed by an instant (`elapsed`, over `wall`, over
`timetable`), and from that function every answer: `between` is a difference, `add` its inversion, the next opening
and closing are inversions for open and for closed time. Nothing walks over days, and nothing has a horizon.

Instants are aware datetimes of any zone on the way in (a naive one raises ValueError) and aware UTC on the way out.
Arithmetic is in whole seconds. An instant with a fraction of a second is as open as the whole second it lies in, and
counts from the start of that second; where the answer is the instant asked about, it comes back with its fraction.
An instant asked about or answered that the zone's data does not cover (see `zone`) raises ZoneDataError, a
ValueError. A schedule never changes once built, and any number of threads may ask it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from enum import StrEnum
from functools import cached_property
from operator import index

from entitlements.rules.elapsed import Elapsed
from entitlements.rules.schedule_rules import Rule
from entitlements.rules.timetable import Stretches, Timetable, date_of, day_number
from entitlements.rules.wall import WallLine
from entitlements.rules.windows import DAY, Windows, week_dict, weekly_text
from entitlements.rules.written import Refusals, as_mapping, only, required
from entitlements.rules.zone import ClockChange, Zone, find_zone, instant_of, seconds_of, wall_time

PARTS = ("zone", "weekly", "holidays", "exceptions", "closures")


class DayKind(StrEnum):
    """What a local date has its hours from: the usual week, a holiday of all day or of hours, or an exception."""

    USUAL = "usual"
    HOLIDAY = "holiday"
    CLOSURE = "closure"
    EXCEPTION = "exception"


@dataclass(frozen=True, repr=False)
class Schedule:
    """When a desk is open. Built by `from_dict`; equal to any other schedule that was written the same."""

    _timetable: Timetable
    _zone: Zone
    _open: Elapsed = field(compare=False)

    @classmethod
    def from_dict(cls, written: Mapping[str, object]) -> Schedule:
        """The schedule from `zone`, `weekly` and, optionally, `holidays`, `exceptions` and `closures`.

        Raises ConfigError for whatever is wrong in it: its `field` is a path such as `weekly.mon[0]`, its `rule` the
        name of a Rule, its `others` are what else is wrong.
        """
        parts, refusals = as_mapping(written, "schedule"), Refusals()
        with refusals:
            only(parts, PARTS, "", Rule.KNOWN_PART)
        with refusals:
            zone = find_zone(required(parts, "zone"))
        with refusals:
            timetable = Timetable.parse(parts)
        refusals.settle()
        return cls(timetable, zone, Elapsed.of(zone, WallLine.of(timetable)))

    def to_dict(self) -> dict[str, object]:
        """The JSON-able form in canonical order and spelling; `from_dict` reads it back to an equal schedule."""
        return {"zone": self.zone, **self._timetable.to_dict()}

    def __repr__(self) -> str:
        special = f"{len(self._timetable.holidays)} holidays, {len(self._timetable.exceptions)} exceptions"
        return f"<Schedule {self.zone}: {weekly_text(self.week()) or 'no weekly windows'}; {special}>"

    # What it is

    @property
    def zone(self) -> str:
        """The IANA name of the time zone."""
        return self._zone.name

    @property
    def timetable(self) -> Timetable:
        """What was written but for the zone: the week, the holidays, the closures and the exceptions."""
        return self._timetable

    @property
    def never_opens(self) -> bool:
        """True when no instant is open."""
        return self._open.stands_still

    @property
    def always_open(self) -> bool:
        """True when no instant is closed, by the week, a holiday or an exception."""
        return self._closed.stands_still

    def week(self) -> dict[str, list[list[str]]]:
        """The usual week, weekday to `[start, end]` texts, in canonical form; days without windows are left out."""
        return week_dict(self._timetable.weekly)

    def windows_on(self, day: date) -> Windows:
        """The windows that start on that local date, after holidays and exceptions.

        Each is `(start, end)` in wall seconds since the date's midnight; an end above 86,400 is on the next date. A
        tail of the evening before belongs to the date it started on.
        """
        return self._timetable.starting_on(day_number(day))

    def stretches_on(self, day: date) -> Stretches:
        """When the desk is open during that local date, whatever evening a window started on and whatever closes it.

        Each is `(start, end)` in wall seconds since the date's midnight, at most 86,400; they are in order and apart.
        """
        return self._timetable.stretches_on(day_number(day))

    def kind_of(self, day: date) -> DayKind:
        """What that local date has its hours from, which may come to the usual ones all the same."""
        number, written = day_number(day), self._timetable
        if number in written.exceptions:
            return DayKind.EXCEPTION
        if written.is_holiday(number):
            return DayKind.HOLIDAY
        return DayKind.CLOSURE if written.closed_hours(number) else DayKind.USUAL

    # Open and closed

    def is_open(self, at: datetime) -> bool:
        """Whether the instant is open."""
        return self._open.line.is_open(self._wall(at))

    def next_open(self, at: datetime) -> datetime | None:
        """The earliest open instant at or after `at`: `at` itself when open. None if there is none."""
        second = self._second(at)
        opens = self._opening(second)
        return at.astimezone(timezone.utc) if opens == second else self._instant(opens)

    def next_close(self, at: datetime) -> datetime | None:
        """The end of the open stretch running at `at`, or, when closed, of the next one. None if there is none."""
        opens = self._opening(self._second(at))
        return None if opens is None else self._instant(self._closed.latest(self._closed.at(opens)))

    def is_holiday_closed(self, at: datetime) -> bool:
        """Whether the instant is closed and would be open if the schedule had no holidays, of a day or of hours."""
        wall = self._wall(at)
        return not self._open.line.is_open(wall) and self._timetable.would_be_open(*divmod(wall, DAY))

    # Counting open time

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds in `[start, end)`; negative, the other way round, when `end` is the earlier one."""
        return self._open.at(self._second(end)) - self._open.at(self._second(start))

    def add(self, at: datetime, seconds: int) -> datetime | None:
        """The instant that many open seconds after `at`, or before it when negative; `at` itself for 0.

        Going forward it is the earliest such instant, so that time used up at closing ends at closing; going back,
        the latest. None if the schedule has not that much open time left in that direction.
        """
        count = self._open.at(self._second(at)) + index(seconds)
        if seconds > 0:
            return self._instant(self._open.earliest(count))
        return self._instant(self._open.latest(count)) if seconds else at.astimezone(timezone.utc)

    # Local days

    def local(self, at: datetime) -> datetime:
        """What a clock in the zone shows at that instant, as a naive datetime without fractions."""
        return wall_time(self._wall(at))

    def clock_changes(self, since: datetime, until: datetime) -> tuple[ClockChange, ...]:
        """The changes of the zone's clock in `[since, until)`, in order, as far as the zone's data goes."""
        return self._zone.clock_changes(seconds_of(since), seconds_of(until))

    def first_instant_of(self, day: date) -> datetime:
        """The first instant, in aware UTC, at which a clock in the zone shows that local date, or a later one."""
        number = day_number(day)
        # No clock is a day off UTC, so that two days before is early enough to begin looking.
        return instant_of(self._zone.known(self._zone.first_showing(number * DAY, since=(number - 2) * DAY)))

    def day_of(self, at: datetime) -> date:
        """The day that use at this instant counts on.

        The local date on which the earliest-starting window holding the instant opened, else the calendar date.
        """
        return date_of(self._day(self._wall(at)))

    def day_after(self, at: datetime) -> datetime | None:
        """The first open instant whose day, as `day_of` tells it, is later than the day of `at`; None if none is."""
        second = self._second(at)
        next_day = self._day(self._zone.wall(second)) + 1
        begins = next_day * DAY + self._timetable.tail_into(next_day)
        # Where clocks go back over midnight, an opening can fall to the earlier day again; then look from there on.
        opens: int | None = second
        while opens is not None and self._zone.wall(opens) < begins:
            opens = self._opening(self._zone.first_showing(begins, since=opens))
        return self._instant(opens)

    def _day(self, wall: int) -> int:
        number, second = divmod(wall, DAY)
        return number - 1 if self._timetable.is_tail(number, second) else number

    # Seconds inside, datetimes outside

    @cached_property
    def _closed(self) -> Elapsed:
        """Elapsed closed time. It follows from the open time alone, and only closings ask for it."""
        return self._open.complement()

    def _second(self, at: datetime) -> int:
        return self._zone.known(seconds_of(at))

    def _wall(self, at: datetime) -> int:
        return self._zone.wall(self._second(at))

    def _instant(self, second: int | None) -> datetime | None:
        return None if second is None else instant_of(self._zone.known(second))

    def _opening(self, second: int) -> int | None:
        """The earliest open second from that one on: the last by which nothing more has been counted."""
        return self._open.latest(self._open.at(second))
