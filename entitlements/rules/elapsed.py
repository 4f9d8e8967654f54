"""Elapsed open time along real time: the wall-clock line laid over a zone's stretches of constant offset.

Within one stretch real time and wall time run together. At a clock change the wall clock jumps, so each stretch
carries a number that joins it to the one before. Skipped and repeated wall times need no other thought: a skipped
second is never counted, a repeated one is counted each time it shows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from entitlements.rules.wall import WallLine
from entitlements.rules.zone import Zone


@dataclass(frozen=True)
class Elapsed:
    """Open seconds passed by each UTC second, and the way back from a count to the second.

    `carried[n]` is added to the wall-clock line in the zone's n-th stretch; `passed[n]` is the open time elapsed at
    the n-th clock change. `most` is what has elapsed after all time; None when each week adds more.
    """

    zone: Zone
    line: WallLine
    carried: tuple[int, ...]
    passed: tuple[int, ...]
    most: int | None

    @classmethod
    def of(cls, zone: Zone, line: WallLine) -> Elapsed:
        """Elapsed open time of that line in that zone."""
        carried, passed = [0], []
        for change, old, new in zip(zone.changes, zone.offsets, zone.offsets[1:], strict=False):
            passed.append(carried[-1] + line.open_before(change + old))
            carried.append(passed[-1] - line.open_before(change + new))
        return cls._joined(zone, line, carried, passed)

    @classmethod
    def _joined(cls, zone: Zone, line: WallLine, carried: Iterable[int], passed: Iterable[int]) -> Elapsed:
        carried = tuple(carried)
        most = None if line.total is None else carried[-1] + line.total
        return cls(zone, line, carried, tuple(passed), most)

    def complement(self) -> Elapsed:
        """Elapsed closed time: all the time there is, less the open time."""
        zone, first = self.zone, self.zone.offsets[0]  # counted so that the first stretch carries nothing here either
        carried = (first - offset - opened for offset, opened in zip(zone.offsets, self.carried, strict=True))
        passed = (first + change - opened for change, opened in zip(zone.changes, self.passed, strict=True))
        return self._joined(zone, self.line.complement(), carried, passed)

    def at(self, second: int) -> int:
        """Open seconds elapsed by that UTC second, counted from an origin of no meaning."""
        stretch = bisect_right(self.zone.changes, second)
        return self.carried[stretch] + self.line.open_before(second + self.zone.offsets[stretch])

    def earliest(self, count: int) -> int | None:
        """The earliest UTC second by which `count` have elapsed; None if that is never, or was always so."""
        # With an empty week only special dates count, and the elapsed time goes from 0 to all they have.
        if self.most is not None and not 0 < count <= self.most:
            return None
        stretch = bisect_left(self.passed, count)
        return self.line.earliest(count - self.carried[stretch]) - self.zone.offsets[stretch]

    def latest(self, count: int) -> int | None:
        """The latest UTC second by which no more than `count` have elapsed; None if that is always or never so."""
        beyond = self.earliest(count + 1)
        return None if beyond is None else beyond - 1

    @property
    def stands_still(self) -> bool:
        """True when no second is ever counted: not in the weeks, and not on a special date either."""
        return self.most == 0
