"""Simulated time: a clock that stands still until it is told to jump, what happens when, and threads that are none.

A strand runs until it waits for simulated time; meanwhile others run. Only one runs at a time and the order follows
from the seed, so that the same seed makes the same week.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import count
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet

BEGINNING = datetime(2026, 3, 2, tzinfo=timezone.utc)


class SimClock:
    """The clock of all that is simulated."""

    def __init__(self, at: datetime = BEGINNING) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        """What stands in for `time.monotonic`."""
        return (self.at - BEGINNING).total_seconds() + 1_000_000


class Agenda:
    """What happens when. Things due at the same instant happen in the order in which they were put down."""

    def __init__(self, clock: SimClock) -> None:
        self.clock = clock
        self._things: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()

    def at(self, when: datetime, do: Callable[[], None]) -> None:
        heapq.heappush(self._things, (max(when, self.clock.at), next(self._number), do))

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        self.at(self.clock.at + timedelta(seconds=seconds), do)

    @property
    def next_at(self) -> datetime | None:
        return self._things[0][0] if self._things else None

    def any_time(self, random: Random) -> datetime:
        """One of the instants at which something is to happen."""
        return random.choice(self._things)[0]

    def pop_due(self) -> Callable[[], None] | None:
        if self._things and self._things[0][0] <= self.clock.at:
            return heapq.heappop(self._things)[2]
        return None


class Strand(greenlet):
    """One line of execution of a simulated process: a delivery under way. It knows what it works on, for the logs."""

    def __init__(self, run: Callable[[], None], owner: object, work: object) -> None:
        super().__init__(run)
        self.owner, self.work = owner, work
        self.seen: dict[str, Any] | None = None


def wait(seconds: float) -> None:
    """Let simulated time pass for the strand that calls this; outside of one it does nothing."""
    strand = getcurrent()
    if isinstance(strand, Strand) and strand.parent is not None:
        strand.parent.switch(seconds)


def current_strand() -> Strand | None:
    strand = getcurrent()
    return strand if isinstance(strand, Strand) else None
