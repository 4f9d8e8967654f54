"""The slow oracle: it steps through time, reads the clock at each step, and looks the reading up in what was written.

It shares nothing with the product. The clock is the standard library's, on the data of the tzdata package; the written
windows are read here, afresh. What a date looks like is painted onto a strip of its minutes (or its seconds), just as
tests/vectors/README.md describes it: the date's own windows, over them the tail of the evening before, and then what
holidays and closures take away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property

from tests.rules.desks import clock_of

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED, OPEN, EVENING = 0, 1, 2  # one mark for each step of a date; EVENING is open by a window of the date before
LAST_SECOND = 86_399


def seconds(text: str) -> int:
    """`09:30` or `09:30:15` in seconds since midnight."""
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + sum(rest)


def closing(text: str) -> int:
    """The same for the end of a window: `00:00`, `24:00` and `23:59:59` all mean the end of the day."""
    end = seconds(text)
    return 86_400 if end in (0, LAST_SECOND) else end


class Dates(dict[int, bytes]):
    """The painted strip of each date (by its ordinal), painted when first asked for."""

    def __init__(self, paint: Callable[[date], bytearray]) -> None:
        super().__init__()
        self.paint = paint

    def __missing__(self, ordinal: int) -> bytes:
        self[ordinal] = bytes(self.paint(date.fromordinal(ordinal)))
        return self[ordinal]


class Oracle:
    """What a definition says, read as written. `step` is 60 where all of it is in whole minutes, else 1."""

    def __init__(self, written: Mapping, step: int) -> None:
        self.written, self.step, self.clock = written, step, clock_of(written["zone"])
        self.dates = Dates(self.painted)
        self.dates_without_holidays = Dates(self.painted_without_holidays)

    def painted(self, day: date) -> bytearray:
        """Open and closed on that date."""
        if self.is_holiday(day):
            return self.blank()
        strip = self.with_windows(self.starting_on(day), self.starting_on(day - timedelta(days=1)))
        for start, end in self.closed_hours(day):
            self.fill(strip, seconds(start), closing(end), CLOSED)
        return strip

    def painted_without_holidays(self, day: date) -> bytearray:
        """The same, had nobody written a holiday or a closure."""
        return self.with_windows(self.usual_on(day), self.usual_on(day - timedelta(days=1)))

    def with_windows(self, own: Sequence, evening: Sequence) -> bytearray:
        strip = self.blank()
        for start, end in own:
            overnight = seconds(start) > closing(end)
            self.fill(strip, seconds(start), 86_400 if overnight else closing(end), OPEN)
        for start, end in evening:
            if seconds(start) > closing(end):
                self.fill(strip, 0, closing(end), EVENING)
        return strip

    def blank(self) -> bytearray:
        return bytearray(86_400 // self.step)

    def fill(self, strip: bytearray, start: int, end: int, mark: int) -> None:
        first, last = start // self.step, end // self.step
        strip[first:last] = bytes([mark]) * (last - first)

    # What is written about a date

    def is_exception(self, day: date) -> bool:
        return day.isoformat() in self.written.get("exceptions", {})

    def is_holiday(self, day: date) -> bool:
        return day.isoformat() in self.written.get("holidays", ()) and not self.is_exception(day)

    def closed_hours(self, day: date) -> Sequence:
        return () if self.is_exception(day) else self.written.get("closures", {}).get(day.isoformat(), ())

    def usual_on(self, day: date) -> Sequence:
        """The windows that start on a date if it is no holiday."""
        if self.is_exception(day):
            return self.written["exceptions"][day.isoformat()]
        return self.written["weekly"].get(NAMES[day.weekday()], ())

    def starting_on(self, day: date) -> Sequence:
        return () if self.is_holiday(day) else self.usual_on(day)

    # Instants

    def walk(self, start: datetime, count: int) -> Walk:
        """So many steps from `start`, which lies on a whole step."""
        at, step, read = start.replace(tzinfo=self.clock), timedelta(seconds=self.step), self.clock.fromutc
        dates, unit, marks, days = self.dates, self.step, [], []
        for _ in range(count):
            shown = read(at)
            day = shown.toordinal()
            marks.append(dates[day][(shown.hour * 3600 + shown.minute * 60 + shown.second) // unit])
            days.append(day)
            at += step
        return Walk(start, self.step, marks, days)

    def shown(self, at: datetime) -> datetime:
        """What the clock shows."""
        return at.astimezone(self.clock).replace(tzinfo=None)

    def mark(self, at: datetime, dates: Dates | None = None) -> int:
        shown = self.shown(at)
        strip = (self.dates if dates is None else dates)[shown.toordinal()]
        return strip[(shown.hour * 3600 + shown.minute * 60 + shown.second) // self.step]

    def is_open(self, at: datetime) -> bool:
        return self.mark(at) != CLOSED

    def would_be_open(self, at: datetime) -> bool:
        """Whether it would be open, had nobody written a holiday or a closure."""
        return self.mark(at, self.dates_without_holidays) != CLOSED

    def day_of(self, at: datetime) -> date:
        return self.shown(at).date() - timedelta(days=self.mark(at) == EVENING)

    def ever(self, since: datetime, wanted: bool) -> bool:
        """Whether it is open (or closed) at any time from then on: in a usual week, or around a date written down."""
        today = self.shown(since).date()
        usual = max([today, *self.written_dates()]) + timedelta(days=2)
        if any(self.has(usual + timedelta(days=n), wanted) for n in range(7)):
            return True
        nearby = {day + timedelta(days=n) for day in self.written_dates() for n in (0, 1)}
        to_come = (day for day in nearby if day >= today - timedelta(days=1) and self.has(day, wanted))
        return any(self.meets(day, since, wanted) for day in to_come)

    def written_dates(self) -> set[date]:
        parts = (self.written.get(part, ()) for part in ("holidays", "exceptions", "closures"))
        return {date.fromisoformat(text) for part in parts for text in part}

    def has(self, day: date, wanted: bool) -> bool:
        """Whether the strip of that date has a step that is open (or closed)."""
        strip = self.dates[day.toordinal()]
        return strip.count(CLOSED) < len(strip) if wanted else CLOSED in strip

    def meets(self, day: date, since: datetime, wanted: bool) -> bool:
        """Whether a clock shows, from then on, a step of that date that is open (or closed). It may skip the date."""
        midnight = datetime.combine(day, time(), timezone.utc)
        start = max(since, midnight - timedelta(hours=15))
        steps = (midnight + timedelta(hours=39) - start) // timedelta(seconds=self.step)
        walk = self.walk(start, max(0, steps))
        met = zip(walk.days, map(bool, walk.marks), strict=True)
        return (day.toordinal(), wanted) in met


@dataclass
class Walk:
    """What was met on the way: for each step from `start` the mark, and the ordinal of the date the clock showed."""

    start: datetime
    step: int
    marks: list[int]
    days: list[int]

    @property
    def end(self) -> datetime:
        return self.instant(len(self.marks) * self.step)

    def instant(self, offset: int) -> datetime:
        """The instant that many seconds into the walk."""
        return self.start + timedelta(seconds=offset)

    @cached_property
    def open_steps(self) -> list[int]:
        """The steps that are open."""
        return [n for n, mark in enumerate(self.marks) if mark]

    @cached_property
    def flips(self) -> list[int]:
        """The steps at which open turns to closed, or closed to open."""
        is_open = [bool(mark) for mark in self.marks]
        return [n for n in range(1, len(is_open)) if is_open[n] != is_open[n - 1]]

    @cached_property
    def counted(self) -> list[int]:
        """Open seconds before each step, and before the end of the walk."""
        counts = [0]
        for mark in self.marks:
            counts.append(counts[-1] + (self.step if mark else 0))
        return counts

    def open_before(self, offset: int) -> int:
        """Open seconds among the first `offset` seconds of the walk."""
        n, rest = divmod(offset, self.step)
        return self.counted[n] + (rest if rest and self.marks[n] else 0)

    def next_of(self, offset: int, wanted: bool) -> int | None:
        """The first second, from that one on, that is open (or closed); None if the walk meets none."""
        here = offset // self.step
        if bool(self.marks[here]) == wanted:
            return offset
        later = (n for n in self.flips if n > here)
        return next((n * self.step for n in later if bool(self.marks[n]) == wanted), None)

    def reached(self, count: int) -> int:
        """The earliest second by which so many open ones have passed; 0 < count <= all of the walk."""
        whole, rest = divmod(count - 1, self.step)
        return self.open_steps[whole] * self.step + rest + 1

    def left(self, count: int) -> int:
        """The latest second by which only so many open ones have passed; 0 <= count < all of the walk."""
        whole, rest = divmod(count, self.step)
        return self.open_steps[whole] * self.step + rest

    def counts_on(self, n: int) -> int:
        """The ordinal of the day that use in the n-th step counts on."""
        return self.days[n] - (self.marks[n] == EVENING)

    def next_day(self, n: int) -> int | None:
        """The first open step whose day is later than that of the n-th; None if the walk meets none."""
        day = self.counts_on(n)
        later = (m for m in range(n, len(self.marks)) if self.marks[m] and self.counts_on(m) > day)
        return next(later, None)

