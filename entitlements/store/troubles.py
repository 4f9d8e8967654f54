"""What went wrong and waits for a person: parked events with their text, deliveries given up on, and counts of both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from entitlements.store.database import db
from entitlements.store.tables import Delivery, Event, Ticket


@dataclass(frozen=True)
class ParkedEvent:
    """An authentic webhook that was not understood. `text` is its body as received, made readable where it is JSON;
    None when it was not asked for or is deleted already."""

    id: int
    connection: str
    key: str
    kinds: str
    received_at: datetime
    trouble: str
    text: str | None


@dataclass(frozen=True)
class Counts:
    """Of one connection: events taken in, those of them parked, and tickets waiting in its queue."""

    events: int = 0
    parked: int = 0
    queued: int = 0


def parked_events(limit: int, *, with_text: bool) -> tuple[ParkedEvent, ...]:
    """The latest first."""
    rows = db.session.scalars(select(Event).where(Event.state == "parked").order_by(Event.id.desc()).limit(limit)
                              .options(selectinload(Event.raw))).unique()
    return tuple(ParkedEvent(row.id, row.connection.name, row.event_key, row.kinds, row.received_at, row.trouble,
                             _readable(row.raw.body) if with_text and row.raw else None) for row in rows)


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def failed_deliveries(limit: int) -> tuple[Delivery, ...]:
    """Dead letters and parked deliveries, the latest first."""
    return tuple(db.session.scalars(
        select(Delivery).where(Delivery.state.in_(("dead", "parked"))).order_by(Delivery.settled_at.desc())
        .limit(limit).options(selectinload(Delivery.attempts))).unique())


def connection_counts() -> dict[int, Counts]:
    """Under the ids of the connections; one that has nothing is left out."""
    events = _by_connection(select(Event.connection_id, func.count(Event.id)).group_by(Event.connection_id))
    parked = _by_connection(select(Event.connection_id, func.count(Event.id)).where(Event.state == "parked")
                            .group_by(Event.connection_id))
    queued = _by_connection(select(Ticket.connection_id, func.count(Ticket.id)).where(Ticket.state == "queued")
                            .group_by(Ticket.connection_id))
    return {each: Counts(events.get(each, 0), parked.get(each, 0), queued.get(each, 0))
            for each in events.keys() | queued.keys()}


def _by_connection(query: object) -> dict[int, int]:
    return dict(db.session.execute(query).all())
