"""Who comes first when many wait for the same helpdesk, and when each one's turn is to be expected.

Urgent tickets first, then what people wait for, then the herd that an opening lets go. Within each, customers take
turns, so that a large one cannot keep the others waiting; of one customer, the more severe and then the older.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from entitlements.rules.ticket import Severity


class Crowd(IntEnum):
    """The three that are served one after another."""

    URGENT = 0
    LIVE = 1
    HERD = 2


@dataclass(frozen=True)
class Waiting:
    """One that waits since, or until, `at` (aware UTC). Numbers stand for customers; None is nobody in particular."""

    number: int
    customer: int | None
    urgency: int
    at: datetime
    is_release: bool = True

    @property
    def crowd(self) -> Crowd:
        if self.urgency == Severity.URGENT.rank:
            return Crowd.URGENT
        return Crowd.HERD if self.is_release else Crowd.LIVE


class Turns:
    """Remembers how many turns each customer has had while it was waiting, so that it is fair over many choices.

    Who comes to wait anew is as far as the one who has had the fewest: nobody gains by having been away.
    """

    def __init__(self) -> None:
        self._had: dict[tuple[Crowd, int | None], int] = {}

    def choose(self, waiting: Iterable[Waiting], limit: int) -> list[Waiting]:
        """The next ones, in the order in which they are served."""
        lines: dict[tuple[Crowd, int | None], list[Waiting]] = defaultdict(list)
        for each in waiting:
            lines[each.crowd, each.customer].append(each)
        had = self._had_by(lines)
        turns = [(whose[0], had[whose] + place, -each.urgency, each.at, each.number, each)
                 for whose, line in lines.items() for place, each in enumerate(sorted(line, key=_within_a_line))]
        chosen = [row[-1] for row in sorted(turns, key=lambda row: row[:-1])[:limit]]
        for each in chosen:
            had[each.crowd, each.customer] += 1
        self._had = had
        return chosen

    def _had_by(self, present: Iterable[tuple[Crowd, int | None]]) -> dict[tuple[Crowd, int | None], int]:
        fewest: dict[Crowd, int] = {}
        for whose in present:
            if whose in self._had:
                fewest[whose[0]] = min(self._had[whose], fewest.get(whose[0], self._had[whose]))
        return {whose: self._had.get(whose, fewest.get(whose[0], 0)) for whose in present}


def _within_a_line(each: Waiting) -> tuple[int, datetime, int]:
    return -each.urgency, each.at, each.number


def in_turn(waiting: Iterable[Waiting]) -> list[Waiting]:
    """All of them in the order in which they are served, if nobody joins."""
    everybody = list(waiting)
    return Turns().choose(everybody, len(everybody))


def expected(waiting: Iterable[Waiting], per_minute: float) -> dict[int, datetime]:
    """When each of a herd is to be expected, by number: at its time, or later when others of its hour go before.

    `per_minute` is how many go out a minute. Those whose time comes later wait until the earlier ones are out.
    """
    hours: dict[datetime, list[Waiting]] = defaultdict(list)
    for each in waiting:
        hours[each.at].append(each)
    found: dict[int, datetime] = {}
    free: datetime | None = None
    for at in sorted(hours):
        start = at if free is None else max(at, free)
        line = in_turn(hours[at])
        found |= {each.number: start + timedelta(minutes=place / per_minute) for place, each in enumerate(line)}
        free = start + timedelta(minutes=len(line) / per_minute)
    return found
