"""A schedule's hours drawn as strips: one row a day, 24 hours of wall time wide, in seconds since midnight.

Wall time makes every row equally long, days on which clocks change included; those say so beside their name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entitlements.rules.schedule import DayKind, Schedule
from entitlements.rules.timetable import Stretches
from entitlements.rules.windows import DAY

KIND_NOTES = {DayKind.HOLIDAY: "closed for a holiday", DayKind.CLOSURE: "holiday hours",
              DayKind.EXCEPTION: "other hours than usual"}


@dataclass(frozen=True)
class DayStrip:
    """One local date. Stretches are `(start, end)` in wall seconds of that date; `now` likewise, None on other days.

    `length` is how many seconds the date really has.
    """

    day: date
    stretches: Stretches
    kind: DayKind
    length: int
    now: int | None
    is_past: bool

    @property
    def note(self) -> str:
        """What is unusual about the day, in words; empty for most."""
        return "; ".join(filter(None, (KIND_NOTES.get(self.kind), self._length_note())))

    def _length_note(self) -> str:
        if self.length == DAY:
            return ""
        direction = "forward" if self.length < DAY else "back"
        return f"clocks go {direction}: {self.length / 3600:g} hours long"

    @property
    def words(self) -> str:
        """The open hours as text, for those who do not see the strip."""
        return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in self.stretches) or "closed"


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}"


def day_strip(schedule: Schedule, day: date, now: datetime) -> DayStrip:
    """One local date of a schedule, seen at an aware UTC instant."""
    wall = schedule.local(now)
    seconds = wall.hour * 3600 + wall.minute * 60
    return DayStrip(day, schedule.stretches_on(day), schedule.kind_of(day), _length(schedule, day),
                    seconds if wall.date() == day else None, day < wall.date())


def week_strip(schedule: Schedule, now: datetime) -> tuple[DayStrip, ...]:
    """The seven days, from Monday, of the local week that holds the instant."""
    today = schedule.local(now).date()
    return days_from(schedule, today - timedelta(days=today.weekday()), now)


def next_days(schedule: Schedule, now: datetime) -> tuple[DayStrip, ...]:
    """Today and the six days after it."""
    return days_from(schedule, schedule.local(now).date(), now)


def days_from(schedule: Schedule, first: date, now: datetime) -> tuple[DayStrip, ...]:
    return tuple(day_strip(schedule, first + timedelta(days=number), now) for number in range(7))


def _length(schedule: Schedule, day: date) -> int:
    return int((schedule.first_instant_of(day + timedelta(days=1)) - schedule.first_instant_of(day)).total_seconds())
