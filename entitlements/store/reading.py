"""Events that wait for their ticket to be read: whose turn it is, claiming them, and freeing what was left behind.

The events of one ticket are read together, in the order of arrival: only the oldest can be claimed from outside, and
whoever has that claim takes the others on. Functions that write are called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from entitlements.store.database import db, rows_changed
from entitlements.store.tables import Connection, Event, Worker

TO_READ = "to_read"


def is_anything_to_read(now: datetime) -> bool:
    """Whether a ticket may be read now. Ends the read, so that nothing is locked while a worker idles."""
    found = db.session.scalar(
        select(Connection.id).join(Event, Event.connection_id == Connection.id)
        .where(_is_next(), Event.due_at <= now, *_answers(now)).limit(1)) is not None
    db.session.rollback()
    return found


def connections_to_read(now: datetime) -> list[Connection]:
    """The connections with tickets that may be read now: none that is paused, or whose helpdesk wants no calls or is
    gone and not to be probed yet."""
    due = select(Event.connection_id).where(_is_next(), Event.due_at <= now)
    return list(db.session.scalars(
        select(Connection).where(Connection.id.in_(due), *_answers(now)).order_by(Connection.id)))


def next_to_read(connection_id: int, now: datetime, limit: int) -> list[Event]:
    """The oldest event of each ticket that is due, in the order of arrival."""
    return list(db.session.scalars(
        select(Event).where(Event.connection_id == connection_id, _is_next(), Event.due_at <= now)
        .order_by(Event.id).limit(limit)))


def _is_next() -> ColumnElement[bool]:
    earlier = aliased(Event)
    return and_(Event.state == TO_READ, Event.claimed_by == "", ~exists().where(
        earlier.connection_id == Event.connection_id, earlier.about == Event.about, earlier.state == TO_READ,
        earlier.id < Event.id))


def _answers(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Connection.paused_at.is_(None), or_(Connection.calm_until.is_(None), Connection.calm_until <= now),
            or_(Connection.broken_since.is_(None), Connection.probe_at.is_(None), Connection.probe_at <= now))


def claim_event(row: Event, worker: str, now: datetime) -> int | None:
    """Claim an event by raising its generation. Returns the new one, or None when another was faster."""
    generation = row.generation
    won = rows_changed(
        update(Event).where(Event.id == row.id, Event.state == TO_READ, Event.generation == generation)
        .values(generation=generation + 1, claimed_by=worker, claimed_at=now))
    return generation + 1 if won else None


def claimed_event(event_id: int, generation: int) -> Event | None:
    """The event, if that claim is still the latest. Locked until the transaction ends, where the database can."""
    return db.session.scalar(
        select(Event).where(Event.id == event_id, Event.generation == generation, Event.state == TO_READ)
        .with_for_update(of=Event, key_share=True).execution_options(populate_existing=True))


def others_to_read(row: Event) -> Sequence[Event]:
    """What else waits for the same ticket to be read, in the order of arrival."""
    return db.session.scalars(
        select(Event).where(Event.connection_id == row.connection_id, Event.about == row.about, Event.state == TO_READ,
                            Event.id > row.id).order_by(Event.id)).all()


def being_read(connection_id: int) -> int:
    """How many tickets of a connection are being read."""
    return db.session.scalar(select(func.count(distinct(Event.about))).where(
        Event.connection_id == connection_id, Event.state == TO_READ, Event.claimed_by != "")) or 0


def lost_events(silent_since: datetime) -> list[Event]:
    """What workers had claimed to read that have fallen silent. Locked, where the database can."""
    return list(db.session.scalars(
        _lost(silent_since).order_by(Event.id).with_for_update(of=Event, key_share=True, skip_locked=True)))


def is_any_event_lost(silent_since: datetime) -> bool:
    """Whether there is any. Ends the read."""
    found = db.session.scalar(_lost(silent_since).limit(1)) is not None
    db.session.rollback()
    return found


def _lost(silent_since: datetime) -> Select[Event]:
    alive = select(Worker.id).where(Worker.seen_at > silent_since)
    return select(Event).where(Event.state == TO_READ, Event.claimed_by != "", Event.claimed_by.not_in(alive),
                               func.coalesce(Event.claimed_at <= silent_since, True))


def let_go_of_events(worker: str) -> None:
    """Have others read what a worker had claimed and will not read any more."""
    db.session.execute(update(Event).where(Event.state == TO_READ, Event.claimed_by == worker).values(claimed_by=""))


def wake_unread(connection_id: int, now: datetime) -> None:
    """Have at once what failures had put off, now that the helpdesk is back."""
    db.session.execute(update(Event).where(Event.connection_id == connection_id, Event.state == TO_READ,
                                           Event.due_at > now).values(due_at=now))
