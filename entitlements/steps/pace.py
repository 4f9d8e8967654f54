"""How much may go to each helpdesk now: what its limit leaves to Deskgate, for changes and for readings together.

What is remembered of each connection is worth ten seconds at most, so that another worker may go on from nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from entitlements.errors import ConfigError
from entitlements.helpdesk import Limits
from entitlements.rules.pacing import Purse, brimful
from entitlements.steps.context import Deskgate
from entitlements.store import tables
from entitlements.store.connections import config_of

AT_ONCE_WHEN_SHAKY = 2


@dataclass(frozen=True)
class Allowance:
    """How much may go to a connection now: calls that somebody waits for, and calls of the herd."""

    live: int
    herd: int
    bulk: int = 1


class Pace:
    """What may still be spent at each connection. One worker at a time has it, the one that leads."""

    def __init__(self, deskgate: Deskgate):
        self._deskgate = deskgate
        self._limits: dict[int, tuple[object, Limits]] = {}
        self._purses: dict[int, Purse] = {}

    def allowance(self, connection: tables.Connection, free: int, now: datetime) -> Allowance:
        """How much may go out now, at most so many calls."""
        limits = self.limits_of(connection)
        ours = limits.ours_per_minute
        if ours is None:
            return Allowance(free, free, limits.bulk)
        ours *= connection.pace
        purse = self._purses.get(connection.id) or Purse(brimful(ours), now)
        self._purses[connection.id] = purse = purse.filled(ours, now)
        return Allowance(min(free, purse.for_live()), min(free, purse.for_herd(ours)), limits.bulk)

    def spend(self, connection: tables.Connection, calls: int) -> None:
        """Take note of what goes out."""
        purse = self._purses.get(connection.id)
        if purse is not None and calls:
            self._purses[connection.id] = purse.less(calls)

    def limits_of(self, connection: tables.Connection) -> Limits:
        """How much the helpdesk takes, asked of its adapter again when the connection was changed."""
        written = (connection.kind, connection.url, sorted(connection.settings.items()))
        known = self._limits.get(connection.id)
        if known is None or known[0] != written:
            known = self._limits[connection.id] = (written, limits_of(connection, self._deskgate))
        return known[1]

    def bulk_of(self, connection_id: int) -> int:
        """How many deliveries one call carries out, as far as that is known by now."""
        known = self._limits.get(connection_id)
        return known[1].bulk if known else 1


def limits_of(connection: tables.Connection, deskgate: Deskgate) -> Limits:
    """How much the helpdesk of a connection takes; the usual where the connection cannot work."""
    try:
        return deskgate.helpdesk(config_of(connection)).limits()
    except ConfigError:
        return Limits()


def shares(connections: Sequence[tables.Connection], free: int) -> list[tuple[int, tables.Connection]]:
    """Equal parts of what is free, so that one slow helpdesk does not take everybody's hands; at least one each."""
    return [(max(1, free // len(connections)), each) for each in connections] if free else []
