"""Looks at helpdesks: which are due, and that there is never more than one at a connection at a time.

`look_at` of a connection is when its next look is due. Whoever looks puts it off for a while, which is the lease: a
look that was killed is due again when that has passed. Functions that write are called inside a transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from entitlements.store.database import db, rows_changed
from entitlements.store.tables import Connection

LONGEST_TROUBLE = 300


def due_for_a_look(now: datetime) -> list[int]:
    """The connections whose look is due, the longest waiting first. None that is paused, or whose helpdesk is gone or
    wants no calls. Ends the read."""
    found = list(db.session.scalars(
        select(Connection.id).where(*_is_due(now)).order_by(Connection.look_at.nulls_first(), Connection.id)))
    db.session.rollback()
    return found


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Connection.paused_at.is_(None), Connection.broken_since.is_(None),
            or_(Connection.calm_until.is_(None), Connection.calm_until <= now),
            or_(Connection.look_at.is_(None), Connection.look_at <= now))


def begin_look(connection_id: int, now: datetime, lease: datetime, *, at_once: bool = False) -> bool:
    """Take the look on, if it is still due and nobody was faster. `at_once`: due or not, and from whoever is at it."""
    may = (Connection.paused_at.is_(None),) if at_once else _is_due(now)
    return bool(rows_changed(update(Connection).where(Connection.id == connection_id, *may).values(look_at=lease)))


def keep_looking(connection_id: int, lease: datetime, until: datetime) -> bool:
    """Make a lease longer. Returns False when it has run out and somebody else has taken the look on."""
    return bool(rows_changed(_leased(connection_id, lease).values(look_at=until)))


def end_look(connection_id: int, lease: datetime, next_at: datetime, *, looked_at: datetime | None = None,
             trouble: str = "") -> None:
    """Note down how a look ended: `looked_at`, up to when everything is known, or nothing new if it is None."""
    known = {"looked_at": looked_at} if looked_at is not None else {}
    db.session.execute(_leased(connection_id, lease).values(look_at=next_at, look_trouble=trouble[:LONGEST_TROUBLE],
                                                            **known))


def _leased(connection_id: int, lease: datetime):  # type: ignore[no-untyped-def]  # a statement of no telling type
    return update(Connection).where(Connection.id == connection_id, Connection.look_at == lease)
