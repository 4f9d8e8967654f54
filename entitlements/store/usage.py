"""Counting usage: entries, each once, and reservations. Functions that write are called inside a transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, func, select

from entitlements.rules.license import License
from entitlements.rules.usage import Usage
from entitlements.store.database import db, in_slices, rows_changed
from entitlements.store.tables import Reservation, UsageEntry


def usage_of(licenses: Sequence[License], since: date) -> Usage:
    """Seconds used and reserved of the limited ones among the licenses, on each local day from `since` on."""
    limited = sorted({license.id for license in licenses if license.terms.daily_limit is not None})
    total: Counter[tuple[int, date]] = Counter()
    for ids in in_slices(limited):
        for table in (UsageEntry, Reservation):
            rows = db.session.execute(
                select(table.license_id, table.day, func.sum(table.seconds))
                .where(table.license_id.in_(ids), table.day >= since)
                .group_by(table.license_id, table.day))
            for license_id, day, seconds in rows:
                total[license_id, day] += int(seconds)
    return Usage(dict(total))


def find_entry(source: str, entry_key: str) -> UsageEntry | None:
    return db.session.scalar(
        select(UsageEntry).where(UsageEntry.source == source, UsageEntry.entry_key == entry_key))


def versions_of(source: str, entry_key: str) -> Sequence[UsageEntry]:
    """What was counted of an entry that may be told anew, each time under `entry_key@version`, the latest last."""
    return db.session.scalars(
        select(UsageEntry).where(UsageEntry.source == source, UsageEntry.entry_key.startswith(f"{entry_key}@",
                                                                                              autoescape=True))
        .order_by(UsageEntry.id)).all()


def seconds_used(license_id: int, day: date) -> int:
    """Seconds recorded for that day, reservations not included."""
    total = db.session.scalar(
        select(func.sum(UsageEntry.seconds)).where(UsageEntry.license_id == license_id, UsageEntry.day == day))
    return int(total or 0)


def reserve(ticket_id: int, license: License, day: date) -> None:
    """Set the plan's seconds aside for a ticket, once."""
    if license.terms.sets_aside:
        db.session.merge(Reservation(ticket_id=ticket_id, license_id=license.id, day=day,
                                     seconds=license.terms.reserve_seconds))


def free_reservation(ticket_id: int) -> bool:
    """Give what was set aside for a ticket back. Returns whether there was anything."""
    return rows_changed(delete(Reservation).where(Reservation.ticket_id == ticket_id)) > 0
