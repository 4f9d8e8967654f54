"""Every clock change of the years 2000 to 2037, as the standard library's clocks make it, in every zone pytz knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytz

from tests.rules.desks import clock_of

FIRST, LAST = datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2038, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Change:
    """One clock change: the first instant of the new offset, and the offsets before and after it."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    @property
    def stretch(self) -> tuple[datetime, datetime]:
        """The readings that the clock skips, or shows twice: from the first to behind the last, without a zone."""
        first, last = sorted(self.at.replace(tzinfo=None) + offset for offset in (self.before, self.after))
        return first, last

    @property
    def kind(self) -> tuple[timedelta, str]:
        """By how much the clock jumps, and the time of day at which it does."""
        return self.after - self.before, f"{self.at + self.before:%H:%M:%S}"

    def __str__(self) -> str:
        return f"{self.zone} {self.at:%Y-%m-%dT%H:%M:%SZ}"


@cache
def changes_of(zone: str, look_every: timedelta = timedelta(days=7)) -> tuple[Change, ...]:
    """The changes of one zone, in order. Two that undo each other between two looks would be missed."""
    return tuple(_changes(zone, look_every))


def _changes(zone: str, look_every: timedelta) -> Iterator[Change]:
    clock = clock_of(zone)
    at, end, offset = FIRST.replace(tzinfo=clock), LAST.replace(tzinfo=clock), _offset(clock, FIRST)
    while at < end:
        following = at + look_every
        later = clock.fromutc(following).utcoffset()  # `at` and `following` are in UTC, labeled as `fromutc` wants it
        if later != offset:
            change = _first_of(clock, at.replace(tzinfo=timezone.utc), following.replace(tzinfo=timezone.utc))
            yield Change(zone, change, offset, later)
        at, offset = following, later


def _offset(clock: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(clock).utcoffset()


def _first_of(clock: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The first instant, to the second, of the offset in force at `late`."""
    new = _offset(clock, late)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        early, late = (early, middle) if _offset(clock, middle) == new else (middle, late)
    return late


@cache
def all_changes() -> tuple[Change, ...]:
    """Those of every zone that pytz knows, in the order of its list."""
    return tuple(change for zone in pytz.all_timezones for change in changes_of(zone))


@cache
def changes_by_kind() -> tuple[tuple[Change, ...], ...]:
    """The same, those of one kind together, in the order of the kinds."""
    kinds: dict[tuple[timedelta, str], list[Change]] = {}
    for change in all_changes():
        kinds.setdefault(change.kind, []).append(change)
    return tuple(tuple(kinds[kind]) for kind in sorted(kinds))
