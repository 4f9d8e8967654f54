"""The wall-clock line: how much open time has passed by the time a clock shows a certain date and time.

This is the one definition of a schedule's arithmetic, still free of any zone. By a wall second, the desk has been open
for the whole weeks before it times the open time of a week, plus what the current week has had so far, plus a
correction for every special date gone by. Nothing is walked over, so ten years cost what a day costs.

Wall seconds are counted from the first midnight of year 1. That day was a Monday, so the weeks come out even.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, chain

from entitlements.rules.timetable import Stretches, Timetable, joined
from entitlements.rules.windows import DAY

WEEK = 7 * DAY


@dataclass(frozen=True)
class Strip:
    """The open time of one date or one week, in wall seconds since its first midnight.

    `edges` are openings and closings in turn, so that after an odd number of them the desk is open. `passed[n]` is the
    open time before the n-th stretch, the last entry that of the whole strip. After n edges, the open time so far is
    `bases[n]`, plus the second itself where the desk is open.
    """

    length: int
    edges: tuple[int, ...]
    passed: tuple[int, ...]
    bases: tuple[int, ...]

    @classmethod
    def of(cls, stretches: Stretches, length: int) -> Strip:
        """The strip of that length with these stretches `(start, end)`, which are in order and apart."""
        edges = tuple(chain.from_iterable(stretches))
        passed = tuple(accumulate((end - start for start, end in stretches), initial=0))
        opened = ((before, before - start) for before, (start, _) in zip(passed, stretches, strict=False))
        return cls(length, edges, passed, (*chain.from_iterable(opened), passed[-1]))

    @property
    def total(self) -> int:
        """Open seconds of the whole strip."""
        return self.passed[-1]

    def is_open(self, second: int) -> bool:
        """Whether that second is open."""
        return bisect_right(self.edges, second) % 2 == 1

    def open_before(self, second: int) -> int:
        """Open seconds before that second."""
        gone = bisect_right(self.edges, second)
        return self.bases[gone] + second if gone % 2 else self.bases[gone]

    def earliest(self, count: int) -> int:
        """The second by which `count` open seconds have passed; 0 < count <= total."""
        return count - self.bases[2 * bisect_left(self.passed, count) - 1]

    def complement(self) -> Strip:
        """The strip that is open exactly when this one is closed."""
        closings, openings = (0, *self.edges[1::2]), (*self.edges[::2], self.length)
        gaps = zip(closings, openings, strict=True)
        return Strip.of(tuple((end, start) for end, start in gaps if end < start), self.length)


@dataclass(frozen=True)
class WallLine:
    """Open time along the wall clock: the usual week, and the special dates that differ from it.

    `begins` holds the first wall second of each special date, `dates` its stretches, and `passed` the open time before
    it. `corrections[n]` is what the first n special dates together have more (or less) than a usual week gives them.
    """

    week: Strip
    begins: tuple[int, ...]
    dates: tuple[Strip, ...]
    corrections: tuple[int, ...]
    passed: tuple[int, ...]

    @classmethod
    def of(cls, timetable: Timetable) -> WallLine:
        """The line of that timetable."""
        week = joined((weekday * DAY + start, weekday * DAY + end)
                      for weekday in range(7) for start, end in timetable.usual_stretches(weekday))
        days = timetable.special_days()
        return cls._of(Strip.of(week, WEEK), tuple(day * DAY for day in days),
                       tuple(Strip.of(timetable.stretches_on(day), DAY) for day in days))

    @classmethod
    def _of(cls, week: Strip, begins: tuple[int, ...], dates: tuple[Strip, ...]) -> WallLine:
        corrections, passed = [0], []
        for begin, date in zip(begins, dates, strict=True):
            weeks, second = divmod(begin, WEEK)
            before = week.open_before(second)
            passed.append(weeks * week.total + before + corrections[-1])
            corrections.append(corrections[-1] + date.total - (week.open_before(second + DAY) - before))
        return cls(week, begins, dates, tuple(corrections), tuple(passed))

    def complement(self) -> WallLine:
        """The line that is open exactly when this one is closed."""
        return self._of(self.week.complement(), self.begins, tuple(date.complement() for date in self.dates))

    @property
    def total(self) -> int | None:
        """Open seconds from the beginning to the end of all days; None when each week adds more."""
        return None if self.week.total else self.corrections[-1]

    def is_open(self, wall: int) -> bool:
        """Whether the desk is open when the clock shows that wall second."""
        begun = bisect_right(self.begins, wall)
        if begun and wall - self.begins[begun - 1] < DAY:
            return self.dates[begun - 1].is_open(wall - self.begins[begun - 1])
        return self.week.is_open(wall % WEEK)

    def open_before(self, wall: int) -> int:
        """Open seconds before that wall second: the function everything else is made of."""
        begun = bisect_right(self.begins, wall)  # special dates that have begun
        if begun and wall - self.begins[begun - 1] < DAY:
            return self.passed[begun - 1] + self.dates[begun - 1].open_before(wall - self.begins[begun - 1])
        week = self.week
        return wall // WEEK * week.passed[-1] + week.open_before(wall % WEEK) + self.corrections[begun]

    def earliest(self, count: int) -> int:
        """The wall second by which `count` open seconds have passed: `open_before` turned around.

        There must be such a second: a count beyond `total` has none.
        """
        begun = bisect_left(self.passed, count)  # special dates that begin before the count is reached
        if begun:
            rest = count - self.passed[begun - 1]
            if rest <= self.dates[begun - 1].total:
                return self.begins[begun - 1] + self.dates[begun - 1].earliest(rest)
        # Outside special dates. The count is reached inside a week, be it at its very end: hence less one, plus one.
        week, less_one = self.week, count - self.corrections[begun] - 1
        total = week.passed[-1]
        return less_one // total * WEEK + week.earliest(less_one % total + 1)
