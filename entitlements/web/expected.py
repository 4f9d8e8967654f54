"""When each queued ticket is to be expected with the team, as pages and API tell it: to the minute.

Working it out for thousands takes a while, and a board asks every two seconds. So it is kept for a moment: the more
tickets wait, the longer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest

from flask import current_app

from entitlements.steps.context import Deskgate
from entitlements.steps.forecast import expected_releases
from entitlements.store.board import forecast_version
from entitlements.store.lines import Line, owed_releases

KEPT_AT_MOST = timedelta(seconds=5)
KEPT_A_SECOND_FOR_EACH = 1000
FIRST = 50
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class OnTheWay:
    """Tickets of a connection that are released and wait for their turn with the helpdesk. `last_at`: aware UTC."""

    connection: str
    tickets: int
    last_at: datetime


@dataclass(frozen=True)
class Expectations:
    """What is expected as of one instant. `first` are queued tickets whose turn comes before that of all others."""

    at: Mapping[int, datetime] = field(default_factory=dict)
    on_the_way: tuple[OnTheWay, ...] = ()
    first: tuple[int, ...] = ()

    def of(self, ticket_id: int, release_at: datetime | None) -> datetime | None:
        """The minute (aware UTC) in which a queued ticket is to be expected: that of its release unless others go
        before it. None when it has no time."""
        if release_at is None:
            return None
        found = self.at.get(ticket_id)
        return release_at if found is None else max(release_at, _minute(found))

    def later(self, ticket_id: int, release_at: datetime | None) -> datetime | None:
        """The same, but only where it is another minute than that of the release: what is worth telling besides."""
        found = self.of(ticket_id, release_at)
        return found if found and release_at and _minute(found) != _minute(release_at) else None

    def of_owed(self, ticket_id: int) -> datetime | None:
        """The minute in which a ticket that is released already is to be expected; None: any moment now."""
        found = self.at.get(ticket_id)
        return None if found is None else _minute(found)

    def in_order(self, lines: tuple[Line, ...], limit: int) -> tuple[Line, ...]:
        """Queued tickets in the order in which they are to be expected."""
        def place(line: Line) -> tuple[bool, datetime | None, int]:
            at = self.at.get(line.ticket_id, line.release_at)
            return at is None, at, line.ticket_id

        return tuple(sorted(lines, key=place)[:limit])


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


@dataclass(frozen=True)
class _Kept:
    expectations: Expectations
    version: object
    made_at: datetime
    kept_for: timedelta

    def is_good(self, version: object, now: datetime) -> bool:
        """Any moment it may have become wrong; it is good for a while all the same where much would be to do."""
        age = now - self.made_at
        return timedelta(0) <= age < KEPT_AT_MOST and (self.version == version or age < self.kept_for)


def expectations(now: datetime, deskgate: Deskgate) -> Expectations:
    """As of an aware UTC instant."""
    version, kept = forecast_version(), current_app.extensions.get("deskgate_expected")
    if kept is None or not kept.is_good(version, now):
        found = _work_out(now, deskgate)
        kept = _Kept(found, version, now, timedelta(seconds=len(found.at) // KEPT_A_SECOND_FOR_EACH))
        current_app.extensions["deskgate_expected"] = kept
    made: Expectations = kept.expectations
    return made


def _work_out(now: datetime, deskgate: Deskgate) -> Expectations:
    at = expected_releases(now, deskgate)
    if not at:
        return Expectations()
    owed = owed_releases()
    queued = (ticket_id for ticket_id in at if ticket_id not in owed)
    return Expectations(at, _on_the_way(at, owed, now), tuple(nsmallest(FIRST, queued, key=lambda each: at[each])))


def _on_the_way(at: Mapping[int, datetime], owed: Mapping[int, str], now: datetime) -> tuple[OnTheWay, ...]:
    waiting: dict[str, list[datetime]] = defaultdict(list)
    for ticket_id, connection in owed.items():
        if ticket_id in at:
            waiting[connection].append(at[ticket_id])
    return tuple(OnTheWay(connection, len(found), _minute(max(found)))
                 for connection, found in sorted(waiting.items()) if max(found) - now >= A_MINUTE)
