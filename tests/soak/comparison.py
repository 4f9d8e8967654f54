"""One situation, asked of the schedule and of the oracle: every kind of question, on and around every edge walked over.

Inside the walk the oracle's answer is exact. Beyond it the schedule's answer must land where the oracle says that open
and closed meet; and over years, which nobody walks in minutes, the answers must add up with those that were walked.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

from entitlements.rules.schedule import Schedule
from tests.rules.oracle import Oracle
from tests.soak.situations import Situation

SECOND = timedelta(seconds=1)
MOST_EDGES = 6


class Difference(AssertionError):
    """The schedule and the oracle do not agree."""


def compare(situation: Situation) -> Counter[str]:
    """Ask everything; the number of answers compared, by question. Raises Difference at the first that differs."""
    comparison = Comparison(situation)
    offsets = comparison.offsets()
    for offset in offsets:
        comparison.ask_what_is(offset)
        comparison.ask_what_comes(offset)
    for earlier, later in [*pairwise(offsets), (0, offsets[-1])]:
        comparison.ask_count(earlier, later)
        comparison.ask_way(earlier, later)
    comparison.ask_next_day(offsets[0])
    comparison.ask_next_day(offsets[-1])
    comparison.ask_over_years()
    return comparison.asked


class Comparison:
    """The schedule and the oracle's walk of one situation."""

    def __init__(self, situation: Situation) -> None:
        self.situation, self.asked = situation, Counter[str]()
        self.schedule = Schedule.from_dict(situation.written)
        self.oracle = Oracle(situation.written, situation.step)
        self.walk = self.oracle.walk(situation.start, situation.count)
        self.length = situation.count * situation.step
        self.ever: dict[bool, bool] = {}

    def offsets(self) -> list[int]:
        """Seconds into the walk to ask about: its first and its last, samples, and both sides of some edges."""
        flips = [n * self.walk.step for n in self.walk.flips]
        edges = flips[:MOST_EDGES // 2] + flips[-MOST_EDGES // 2:]
        around = (edge + step for edge in edges for step in (-1, 0))
        return sorted({0, *self.situation.samples, *around, self.length - 1})

    def same(self, question: str, asked: object, answer: object, expected: object) -> None:
        self.asked[question] += 1
        if answer != expected:
            raise Difference(f"{question} {asked}: {answer}, and the oracle says {expected}\n  {self.situation}")

    def ask_what_is(self, offset: int) -> None:
        """Is it open, closed only by a holiday, and on which day does use count?"""
        at, n = self.walk.instant(offset), offset // self.walk.step
        is_open = bool(self.walk.marks[n])
        for_holiday = not is_open and self.oracle.would_be_open(at)
        self.same("is_open", at, self.schedule.is_open(at), is_open)
        self.same("is_holiday_closed", at, self.schedule.is_holiday_closed(at), for_holiday)
        self.same("day_of", at, self.schedule.day_of(at), date.fromordinal(self.walk.counts_on(n)))
        self.same("local", at, self.schedule.local(at), self.oracle.shown(at))

    def ask_what_comes(self, offset: int) -> None:
        """When does it open, and when does it close?"""
        at, opening = self.walk.instant(offset), self.walk.next_of(offset, wanted=True)
        opens, closes = self.schedule.next_open(at), self.schedule.next_close(at)
        self.same_or_beyond("next_open", at, opens, opening)
        if opening is not None:
            self.same_or_beyond("next_close", at, closes, self.walk.next_of(opening, wanted=False))
        else:
            self.same("next_close", at, closes, opens and self.schedule.next_close(opens))

    def same_or_beyond(self, question: str, at: datetime, answer: datetime | None, met: int | None) -> None:
        """The instant the walk met or, where it met none, one behind it that is the first of its kind."""
        if met is not None:
            self.same(question, at, answer, self.walk.instant(met))
            return
        wanted = question == "next_open"
        if answer is None:
            self.same(f"{question}, if ever", at, False, self.ever_after_the_walk(wanted))
            return
        sides = answer >= self.walk.end, self.oracle.is_open(answer - SECOND), self.oracle.is_open(answer)
        self.same(f"{question} beyond the walk", at, sides, (True, not wanted, wanted))
        waited = 0 if wanted else seconds(self.walk.end, answer)
        self.same(f"{question} beyond the walk", at, self.schedule.between(self.walk.end, answer), waited)

    def ever_after_the_walk(self, wanted: bool) -> bool:
        if wanted not in self.ever:
            self.ever[wanted] = self.oracle.ever(self.walk.end, wanted)
        return self.ever[wanted]

    def ask_count(self, earlier: int, later: int) -> None:
        """How much open time lies between?"""
        start, end = self.walk.instant(earlier), self.walk.instant(later)
        count = self.walk.open_before(later) - self.walk.open_before(earlier)
        self.same("between", (start, end), self.schedule.between(start, end), count)
        self.same("between backwards", (end, start), self.schedule.between(end, start), -count)

    def ask_way(self, earlier: int, later: int) -> None:
        """Where does one get by adding the open time that lies between, or half of it, from either side?"""
        start, end = self.walk.instant(earlier), self.walk.instant(later)
        before, count = self.walk.open_before(earlier), self.walk.open_before(later) - self.walk.open_before(earlier)
        for part in {count, count // 2} - {0}:
            forward = self.walk.instant(self.walk.reached(before + part))
            back = self.walk.instant(self.walk.left(before + count - part))
            self.same("add", (start, part), self.schedule.add(start, part), forward)
            self.same("add backwards", (end, -part), self.schedule.add(end, -part), back)

    def ask_next_day(self, offset: int) -> None:
        at, n = self.walk.instant(offset), offset // self.walk.step
        answer, met = self.schedule.day_after(at), self.walk.next_day(n)
        if met is not None:
            self.same("day_after", at, answer, self.walk.instant(met * self.walk.step))
        elif answer is None:
            self.same("day_after, if ever", at, False, self.oracle.ever(self.walk.end + timedelta(days=3), wanted=True))
        else:
            later = self.oracle.is_open(answer) and self.oracle.day_of(answer).toordinal() > self.walk.counts_on(n)
            self.same("day_after beyond the walk", at, (answer >= self.walk.end, later), (True, True))

    def ask_over_years(self) -> None:
        """From the walk to an instant far away, in one leap and in several, and back by adding."""
        start, end, far = self.walk.start, self.walk.end, self.situation.far
        between = self.schedule.between
        count = between(start, far)
        self.same("between over years", (start, far), count - between(end, far), self.walk.open_before(self.length))
        stops = [start, *(self.stop(part) for part in self.situation.samples), far]
        self.same("between over years", stops, sum(between(*leap) for leap in pairwise(stops)), count)
        if count:
            self.lands_on_an_edge(start, far, count)
            self.lands_on_an_edge(far, start, -count)

    def stop(self, part: int) -> datetime:
        """An instant on the way to the far one."""
        way = self.situation.far - self.walk.start
        return self.walk.start + timedelta(seconds=part * (way // SECOND) // self.length)

    def lands_on_an_edge(self, at: datetime, aim: datetime, count: int) -> None:
        """Adding what lies between gets there, or to the nearest open second before it."""
        answer = self.schedule.add(at, count)
        self.same("add over years", (at, count), self.schedule.between(at, answer), count)
        last = answer - SECOND if count > 0 else answer
        self.same("add over years", (at, count), self.oracle.is_open(last), True)
        self.same("add over years", (at, count), self.schedule.between(answer, aim), 0)


def seconds(start: datetime, end: datetime) -> int:
    return (end - start) // SECOND

