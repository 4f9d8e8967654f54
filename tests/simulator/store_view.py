"""What an outsider sees of the database: plain SQL over a connection of its own, nothing of the product's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

Row = sqlite3.Row
COMING = (
    "SELECT min(due_at) FROM deliveries WHERE state = 'waiting' AND due_at > :now",
    "SELECT min(due_at) FROM tickets WHERE state = 'queued' AND due_at > :now",
    "SELECT min(probe_at) FROM connections WHERE probe_at > :now",
    "SELECT min(calm_until) FROM connections WHERE calm_until > :now",
    "SELECT min(look_at) FROM connections WHERE look_at > :now",
)
DUE = """
    SELECT EXISTS (
        SELECT 1 FROM deliveries d JOIN connections c ON c.id = d.connection_id
        WHERE d.state = 'waiting' AND d.due_at <= :now AND c.paused_at IS NULL
        AND (c.broken_since IS NULL OR c.probe_at <= :now) AND (c.calm_until IS NULL OR c.calm_until <= :now)
        AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.ticket_id = d.ticket_id AND e.connection_id = d.connection_id
                        AND e.id < d.id AND e.state IN ('waiting', 'sending')))
    OR EXISTS (SELECT 1 FROM tickets WHERE state = 'queued' AND due_at <= :now)"""
LOOK_DUE = """SELECT EXISTS (SELECT 1 FROM connections WHERE coalesce(look_at <= :now, 1) AND paused_at IS NULL
                             AND broken_since IS NULL AND coalesce(calm_until <= :now, 1))"""


def written(at: datetime) -> str:
    """An instant as the database has it."""
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


def read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc) if text else None


class StoreView:
    """Reads everything; writes only that living workers are alive, in place of the beats of idle hours."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._version = -1

    def close(self) -> None:
        self._db.close()

    def rows(self, query: str, *values: Any) -> list[Row]:
        return self._db.execute(query, values).fetchall()

    def one(self, query: str, **values: Any) -> Any:
        return self._db.execute(query, values).fetchone()[0]

    def has_changed(self) -> bool:
        """Whether anybody has committed anything since this was asked last."""
        version = self.one("PRAGMA data_version")
        changed, self._version = version != self._version, version
        return changed

    def is_anything_due(self, now: datetime) -> bool:
        return bool(self.one(DUE, now=written(now)))

    def is_look_due(self, now: datetime) -> bool:
        return bool(self.one(LOOK_DUE, now=written(now)))

    def look_now(self) -> None:
        """Have the helpdesk looked at next."""
        self._db.execute("UPDATE connections SET look_at = NULL")

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant at which something that waits in the database is to happen."""
        found = [read(self.one(query, now=written(now))) for query in COMING]
        return min(filter(None, found), default=None)

    def is_anything_sent_by_others(self, names: Iterable[str]) -> bool:
        """Whether something is claimed by none of these workers."""
        alive = ",".join(f"'{name}'" for name in names) or "''"
        return bool(self.one(f"SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = 'sending' "
                             f"AND claimed_by NOT IN ({alive}))"))

    def generation_of(self, delivery: int) -> int:
        """Which claim of a delivery is the latest."""
        found = self._db.execute("SELECT generation FROM deliveries WHERE id = ?", (delivery,)).fetchone()
        return found[0] if found else 0

    def is_anything_owed(self) -> bool:
        return bool(self.one("SELECT EXISTS (SELECT 1 FROM deliveries WHERE state IN ('waiting', 'sending'))"))

    def decision_behind(self, delivery: int) -> Row | None:
        """The decision that a delivery carries out: its own; the ticket's latest where it creates the ticket."""
        return next(iter(self.rows(
            "SELECT d.*, t.contact, o.action FROM deliveries o JOIN tickets t ON t.id = o.ticket_id JOIN decisions d "
            "ON d.id = CASE o.action WHEN 'create' THEN (SELECT max(id) FROM decisions WHERE ticket_id = t.id) "
            "ELSE o.decision_id END WHERE o.id = ?", delivery)), None)

    def used(self, customer: str, day: date, until: str, *, reserved: bool) -> int:
        """Seconds that a customer had used of a day by then, added up entry by entry; with what is set aside now."""
        of_day = "SELECT coalesce(sum(seconds), 0) FROM {} u JOIN licenses l ON l.id = u.license_id " \
                 "JOIN customers c ON c.id = l.customer_id WHERE c.name = :customer AND u.day = :day"
        total = int(self.one(of_day.format("usage_entries") + " AND u.recorded_at < :until", customer=customer,
                             day=day.isoformat(), until=until))
        if reserved:
            total += int(self.one(of_day.format("reservations"), customer=customer, day=day.isoformat()))
        return total

    def keep_alive(self, names: Iterable[str], now: datetime) -> None:
        self._db.executemany("UPDATE workers SET seen_at = ? WHERE id = ?", [(written(now), name) for name in names])
