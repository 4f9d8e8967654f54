"""Events as they are kept: which are known by their keys, and what was told of tickets that Deskgate has not met yet.

Functions that write are called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from entitlements.store.database import db, in_slices
from entitlements.store.tables import Ending, Event


def known_keys(connection_id: int, keys: Iterable[str]) -> set[str]:
    """Those of the keys under which something is stored. Ends the read."""
    found = {key for some in in_slices(keys) for key in db.session.scalars(
        select(Event.event_key).where(Event.connection_id == connection_id, Event.event_key.in_(some)))}
    db.session.rollback()
    return found


def lock_event(event_id: int) -> Event:
    """The event, fresh and locked until the transaction ends."""
    return db.session.scalars(
        select(Event).where(Event.id == event_id).with_for_update(of=Event)
        .execution_options(populate_existing=True)).one()


def early_events(connection_id: int, remote_id: str) -> list[Event]:
    """What was told of a ticket before it was known, in the order of arrival; without what waits for it to be read."""
    return list(db.session.scalars(
        select(Event).where(Event.connection_id == connection_id, Event.about == remote_id, Event.state != "to_read")
        .order_by(Event.id)))


def note_ending(connection_id: int, remote_id: str, at: datetime, now: datetime) -> None:
    """Keep that a ticket was closed which is not known yet; the latest closing counts."""
    row = _ending(connection_id, remote_id)
    if row is None:
        db.session.add(Ending(connection_id=connection_id, remote_id=remote_id, at=at, received_at=now))
    else:
        row.at, row.received_at = max(row.at, at), now
    db.session.flush()


def take_ending(connection_id: int, remote_id: str) -> datetime | None:
    """When a ticket that is now becoming known was closed, if that was told before. It is forgotten here."""
    row = _ending(connection_id, remote_id)
    if row is None:
        return None
    db.session.execute(delete(Ending).where(Ending.id == row.id))
    return row.at


def _ending(connection_id: int, remote_id: str) -> Ending | None:
    return db.session.scalar(
        select(Ending).where(Ending.connection_id == connection_id, Ending.remote_id == remote_id).with_for_update())
