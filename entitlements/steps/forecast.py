"""When each queued ticket is to be expected with the team: at its time, or later when a herd is let go with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from entitlements.rules.fair import expected
from entitlements.steps.context import Deskgate
from entitlements.steps.pace import limits_of
from entitlements.store import tables
from entitlements.store.connections import all_connections
from entitlements.store.herd import herd_of, live_changes

LOOKED_BACK = timedelta(hours=1)
SLOWEST = 1.0
"""Releases a minute that are reckoned with at least, however busy live tickets keep the helpdesk."""


def expected_releases(now: datetime, deskgate: Deskgate) -> dict[int, datetime]:
    """The expected instant (aware UTC) of each queued ticket, and of each whose release is still owed, by its number.

    Only of connections whose pace is limited: everywhere else a ticket is released at its time.
    """
    found: dict[int, datetime] = {}
    for connection in all_connections():
        per_minute = releases_per_minute(connection, now, deskgate)
        if per_minute is not None:
            found |= expected(herd_of(connection.id, now), per_minute)
    return found


def releases_per_minute(connection: tables.Connection, now: datetime, deskgate: Deskgate) -> float | None:
    """How many releases a minute are to be expected beside the live tickets; None when nothing limits them."""
    limits = limits_of(connection, deskgate)
    if limits.ours_per_minute is None:
        return None
    live = live_changes(connection.id, now - LOOKED_BACK) / (LOOKED_BACK / timedelta(minutes=1))
    calls = limits.ours_per_minute * connection.pace - live
    return max(SLOWEST, calls * limits.bulk)
