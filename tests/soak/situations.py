"""Situations for the comparison of the schedule with the oracle: a definition, a walk, and instants to ask about.

Each is made of a string of bytes, whoever throws them: Hypothesis, which can make a string that fails smaller, or the
soak, from a seed. Zeros give the simplest choice everywhere, and a string that has run out goes on in zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar

import pytz

from tests.rules.oracle import NAMES
from tests.soak.clock_changes import FIRST, LAST, Change, all_changes, changes_by_kind, changes_of

BYTES = 192
SECONDS = 13_850 * 86_400  # from FIRST to the beginning of December 2037
LAST_DATE = date(2037, 12, 20)  # so that no answer has to lie in 2038, where pytz knows no rules
NEARBY = (0, 0, 1, -1, 15, -15, 30, -30, 45, -45, 59, 60, -60, 90, -90, 120)  # minutes from a clock change
SAMPLES = 6
YEAR = timedelta(days=365)
T = TypeVar("T")


@dataclass(frozen=True)
class Situation:
    """A definition with a walk of `count` steps from `start`; `samples` are seconds into it, `far` lies anywhere."""

    written: dict
    start: datetime
    step: int
    count: int
    samples: tuple[int, ...]
    far: datetime

    def __str__(self) -> str:
        return f"{self.written}\n  {self.count} steps of {self.step} s from {self.start}; far away: {self.far}"


def for_a_year(made: Situation) -> Situation:
    """The same definition, which must be one in whole minutes, with a walk of a year that ends well before 2038."""
    count = YEAR // timedelta(minutes=1)
    samples = tuple(sample * count // made.count for sample in made.samples)
    return replace(made, start=min(made.start, LAST - YEAR - timedelta(days=30)), count=count, samples=samples)


class Dice:
    """Choices out of a string of bytes."""

    def __init__(self, thrown: bytes) -> None:
        self.thrown, self.place = thrown, 0

    def below(self, count: int) -> int:
        """A number from 0 to below `count`."""
        size = 1 if count <= 64 else (count.bit_length() + 15) // 8
        self.place += size
        return int.from_bytes(self.thrown[self.place - size:self.place], "little") % count

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]


def situation(thrown: bytes) -> Situation:
    """The situation that these bytes stand for."""
    return _Making(Dice(thrown)).situation()


def thrown_by(seed: int, case: int) -> bytes:
    """The bytes of one case of a soak."""
    return Random(f"{seed}:{case}").randbytes(BYTES)


class _Making:
    """One situation in the making: where on the map and in time, then what is written, then what is asked."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.zone, change = self.zone_and_change()
        self.edges: Sequence[int] = ()
        self.times: list[int] = []
        self.step = 1 if dice.below(8) == 7 else 60
        self.count = self.length()
        self.start = self.somewhere(FIRST, SECONDS)
        if change is not None:
            self.edges = [reading.hour * 60 + reading.minute for reading in change.stretch]
            # The walk mostly crosses the change, and now and then lies close to one side of it.
            length = self.count * self.step
            earliest = change.at - timedelta(seconds=length * 5 // 4)
            self.start = max(FIRST, self.somewhere(earliest, length * 3 // 2))

    def situation(self) -> Situation:
        samples = tuple(self.dice.below(self.count * self.step) for _ in range(SAMPLES))
        far = self.somewhere(FIRST, SECONDS)
        return Situation(self.written(), self.start, self.step, self.count, samples, far)

    def zone_and_change(self) -> tuple[str, Change | None]:
        """Any zone at all, or one near a clock change, be it any change or one of a rare kind."""
        match self.dice.below(4):
            case 0:
                return self.dice.one_of(pytz.all_timezones), None
            case 1:
                change = self.dice.one_of(self.dice.one_of(changes_by_kind()))
            case _:
                change = self.dice.one_of(all_changes())
        return change.zone, self.dice.one_of((change, change, change, *changes_of(change.zone)))

    def length(self) -> int:
        """Steps to walk: half an hour of seconds; or minutes, from a few to those of two days."""
        if self.step == 1:
            return 60 + self.dice.below(1_740)
        return 5 + self.dice.below(self.dice.one_of((60, 240, 720, 1_440, 2_876, 2_876)))

    def somewhere(self, since: datetime, seconds: int) -> datetime:
        at = since + timedelta(seconds=self.dice.below(seconds // self.step) * self.step)
        return at - timedelta(seconds=at.second % self.step)

    # What is written

    def written(self) -> dict:
        patterns = [self.windows() for _ in range(1 + self.dice.below(3))]
        every_day = self.dice.below(2)
        weekly = {name: patterns[0] if every_day else self.dice.one_of(([], *patterns)) for name in NAMES}
        return {
            "zone": self.zone,
            "weekly": {name: windows for name, windows in weekly.items() if windows},
            "holidays": sorted({self.date() for _ in range(self.few())}),
            "exceptions": {self.date(): self.windows() for _ in range(self.few())},
            "closures": {self.date(): [self.hours(), self.hours()][self.dice.below(2):] for _ in range(self.few())},
        }

    def few(self) -> int:
        return self.dice.one_of((0, 0, 1, 1, 2, 3))

    def date(self) -> str:
        """A date near the walk, seldom one far from it."""
        days = self.dice.one_of((0, 0, 0, 1, 1, -1, -1, 2, -2, 3, 4, 400, -400))
        return min(self.start.date() + timedelta(days=days), LAST_DATE).isoformat()

    def windows(self) -> list:
        match self.dice.below(8):
            case 0:
                return [["09:00", "17:00"]]
            case 1:
                return [["00:00", self.dice.one_of(("24:00", "23:59:59", "24:00:00"))]]
            case 2:
                return [self.overnight()]
            case 3:
                return self.chain(touching=True)
            case 4:
                return self.chain(touching=False)
            case 5:
                return [[self.text(self.two_times()[1]), "24:00"], self.window()]
            case _:
                return [self.window() for _ in range(self.dice.below(5))]

    def overnight(self) -> list[str]:
        early, late = self.two_times()
        return [self.text(late), self.text(early)]

    def chain(self, touching: bool) -> list:
        """Two windows that touch, or that overlap."""
        first, last = self.two_times()
        middle = self.text(first + (last - first) // 2 // self.step * self.step)
        if middle in (self.text(first), self.text(last)):
            return [[self.text(first), self.text(last)]]
        if touching:
            return [[self.text(first), middle], [middle, self.text(last)]]
        return [[self.text(first), self.text(last)], [middle, self.text(first)]]

    def window(self) -> list[str]:
        start, end = self.two_times()
        if self.dice.below(6) == 5:
            return [self.text(end), self.dice.one_of(("24:00", "00:00", "24:00:00"))]
        return [self.text(start), self.text(end)] if self.dice.below(3) else [self.text(end), self.text(start)]

    def hours(self) -> list[str]:
        """Hours of one date: what a closure closes."""
        start, end = self.two_times()
        return [self.text(start), self.text(end) if self.dice.below(4) else "24:00"]

    def two_times(self) -> tuple[int, int]:
        """Two different times of day, the earlier one first."""
        first, second = sorted((self.time(), self.time()))
        return (first, second) if first != second else (first - self.step, first) if first else (0, self.step)

    def time(self) -> int:
        """Seconds since midnight of a time of day, often one at or near a clock change, or one that was used before."""
        if self.dice.below(4) == 3 and self.times:
            return self.dice.one_of(self.times)
        minute = self.dice.below(96) * 15
        if self.edges and self.dice.below(2):
            minute = (self.dice.one_of(self.edges) + self.dice.one_of(NEARBY)) % 1_440
        more = self.dice.one_of((0, 1, 29, 59)) if self.step == 1 else 60 * self.dice.below(2)
        self.times.append((minute * 60 + more) % 86_400)
        return self.times[-1]

    def text(self, second: int) -> str:
        text = f"{second // 3600:02}:{second // 60 % 60:02}"
        return f"{text}:{second % 60:02}" if self.step == 1 else text
