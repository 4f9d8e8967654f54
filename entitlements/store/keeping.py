"""What is kept only for a while, and the signs of life of workers."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from entitlements.store.database import db
from entitlements.store.tables import Ending, Event, Notice, RawBody, Session, StoredAnswer, SubmitLink, Ticket, Worker

ANSWERS_LAST = timedelta(days=30)
ENDINGS_LAST = timedelta(days=30)
SILENT_WORKERS_LAST = timedelta(hours=1)


def delete_expired(now: datetime, raw_days: int) -> None:
    """Delete raw bodies `raw_days` after their event was settled, and what else has had its time."""
    settled = select(Event.id).where(Event.settled_at < now - timedelta(days=raw_days))
    for table, expired in (
        (RawBody, RawBody.event_id.in_(settled)),
        (StoredAnswer, StoredAnswer.created_at < now - ANSWERS_LAST),
        (Session, Session.expires_at < now),
        (SubmitLink, SubmitLink.expires_at < now),
        (Ending, Ending.received_at < now - ENDINGS_LAST),
        (Notice, Notice.until < now - ANSWERS_LAST),
        (Worker, Worker.seen_at < now - SILENT_WORKERS_LAST),
    ):
        db.session.execute(delete(table).where(expired))


def forget_refused_texts(now: datetime, raw_days: int) -> None:
    """Drop the text of tickets that were rejected here and never came to be in a helpdesk."""
    refused = select(Ticket).where(Ticket.state == "rejected", Ticket.pending.is_not(None),
                                   Ticket.arrived_at < now - timedelta(days=raw_days))
    for ticket in db.session.scalars(refused):
        ticket.pending = None


def note_alive(worker: str, now: datetime, capacity: int) -> None:
    row = db.session.get(Worker, worker)
    if row is None:
        db.session.add(Worker(id=worker, started_at=now, seen_at=now, capacity=capacity))
    else:
        row.seen_at, row.capacity = now, capacity


def forget_worker(worker: str) -> None:
    db.session.execute(delete(Worker).where(Worker.id == worker))
