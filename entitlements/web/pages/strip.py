"""A schedule's hours drawn as strips: one row a day, 24 hours of wall time wide, in seconds since midnight.

Wall time makes every row equally long, days on which clocks change included; those say so beside their name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entitlements.rules.schedule import Schedule

DAY = 86_400


@dataclass(frozen=True)
class DayStrip:
    """One local date. Stretches are `(start, end)` in wall seconds of that date; `now` likewise, None on other days.

    `kind` is `usual`, `holiday` or `exception`; `length` the seconds the date really has.
    """

    day: date
    stretches: tuple[tuple[int, int], ...]
    kind: str
    length: int
    now: int | None
    is_past: bool

    @property
    def note(self) -> str:
        """What is unusual about the day, in words; empty for most."""
        return "; ".join(filter(None, (self._kind_note(), self._length_note())))

    def _kind_note(self) -> str:
        return {"holiday": "closed for a holiday", "exception": "other hours than usual"}.get(self.kind, "")

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
    return DayStrip(day, _stretches(schedule, day), _kind(schedule, day), _length(schedule, day),
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


def _stretches(schedule: Schedule, day: date) -> tuple[tuple[int, int], ...]:
    """What is open on that date: the tail of the evening before, and its own windows up to midnight, joined."""
    tails = [(0, end - DAY) for _, end in schedule.windows_on(day - timedelta(days=1)) if end > DAY]
    own = [(start, min(end, DAY)) for start, end in schedule.windows_on(day)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(tails + own):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _kind(schedule: Schedule, day: date) -> str:
    written = schedule.to_dict()
    text = day.isoformat()
    if text in written.get("exceptions", {}):
        return "exception"
    return "holiday" if text in written.get("holidays", ()) else "usual"


def _length(schedule: Schedule, day: date) -> int:
    return int((schedule.first_instant_of(day + timedelta(days=1)) - schedule.first_instant_of(day)).total_seconds())
