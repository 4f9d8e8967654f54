"""What went wrong: parked events with their text, deliveries given up on or put off, helpdesks that do not answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from entitlements.store.board import has_failed_look, has_failed_reply, is_silent, long_unread
from entitlements.store.database import db
from entitlements.store.reading import TO_READ
from entitlements.store.tables import Connection, Delivery, Event, Ticket

LOOK = "look"
"""The source of an event that no webhook told of: a look at the helpdesk found it."""


@dataclass(frozen=True)
class ParkedEvent:
    """An authentic webhook that was not understood. `text` is its body as received, made readable where it is JSON;
    None when it was not asked for or is deleted already. `was_found` by a look, no webhook told of it."""

    id: int
    connection: str
    key: str
    kinds: str
    received_at: datetime
    trouble: str
    text: str | None
    was_found: bool = False


@dataclass(frozen=True)
class Unread:
    """A connection whose tickets wait for unusually long to be read: how many webhooks wait for that, since when
    (aware UTC), and why the first of them was last put off, if it was."""

    connection: Connection
    events: int
    since: datetime
    trouble: str


@dataclass(frozen=True)
class Counts:
    """Of one connection: events taken in, those of them parked, those that only a look found, tickets waiting in its
    queue, and deliveries that wait for it."""

    events: int = 0
    parked: int = 0
    looked: int = 0
    queued: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class ConnectionFigures:
    """One connection as metrics tell it: whether it does not answer, what part of its usual pace it is written to
    at, and when it was last asked what changed (aware UTC), if ever."""

    name: str
    circuit_open: bool
    pace: float
    looked_at: datetime | None


def parked_events(limit: int, *, with_text: bool) -> tuple[ParkedEvent, ...]:
    """The latest first."""
    rows = db.session.scalars(select(Event).where(Event.state == "parked").order_by(Event.id.desc()).limit(limit)
                              .options(selectinload(Event.raw))).unique()
    return tuple(ParkedEvent(row.id, row.connection.name, row.event_key, row.kinds, row.received_at, row.trouble,
                             _readable(row.raw.body) if with_text and row.raw else None, row.source == LOOK)
                 for row in rows)


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


def put_off_deliveries(limit: int) -> tuple[tuple[Delivery, ...], int]:
    """Deliveries that were tried and wait for the next try, the next first; and how many there are."""
    query = select(Delivery).join(Connection, Connection.id == Delivery.connection_id).where(
        Delivery.state == "waiting", Delivery.generation > 0, or_(Delivery.tries > 0, is_silent()))
    total = db.session.scalar(query.with_only_columns(func.count(Delivery.id))) or 0
    rows = db.session.scalars(query.order_by(Delivery.due_at, Delivery.id).limit(limit)
                              .options(selectinload(Delivery.attempts))).unique()
    return tuple(rows), total


def troubled_connections() -> tuple[Connection, ...]:
    """Those whose helpdesk does not answer, or could not be asked what changed; by name."""
    return tuple(db.session.scalars(select(Connection).where(or_(is_silent(), has_failed_look()))
                                    .order_by(Connection.name)))


def unread_connections(now: datetime) -> tuple[Unread, ...]:
    """As of an aware UTC instant, by name."""
    waiting = (select(Event.connection_id, func.count(Event.id).label("events"), func.min(Event.id).label("first"))
               .where(Event.state == TO_READ, Event.connection_id.in_(long_unread(now)))
               .group_by(Event.connection_id).subquery())
    rows = db.session.execute(
        select(Connection, waiting.c.events, Event.received_at, Event.trouble)
        .join(waiting, waiting.c.connection_id == Connection.id).join(Event, Event.id == waiting.c.first)
        .order_by(Connection.name))
    return tuple(Unread(*row) for row in rows)


def failed_replies() -> tuple[Connection, ...]:
    """Those with a reply of their own that could not be used; by name."""
    return tuple(db.session.scalars(select(Connection).where(has_failed_reply()).order_by(Connection.name)))


def connection_figures() -> list[ConnectionFigures]:
    """Every connection, by name."""
    rows = db.session.execute(select(Connection.name, Connection.broken_since.is_not(None), Connection.pace,
                                     Connection.looked_at).order_by(Connection.name))
    return [ConnectionFigures(*row) for row in rows]


def connection_counts() -> dict[int, Counts]:
    """Under the ids of the connections; one that has nothing is left out."""
    found = [
        _counted(select(Event.connection_id, func.count(Event.id)).group_by(Event.connection_id)),
        _counted(select(Event.connection_id, func.count(Event.id)).where(Event.state == "parked")
                 .group_by(Event.connection_id)),
        _counted(select(Event.connection_id, func.count(Event.id)).where(Event.source == LOOK)
                 .group_by(Event.connection_id)),
        _counted(select(Ticket.connection_id, func.count(Ticket.id)).where(Ticket.state == "queued")
                 .group_by(Ticket.connection_id)),
        waiting_by_connection()]
    return {each: Counts(*(counted.get(each, 0) for counted in found)) for each in set().union(*found)}


def waiting_by_connection() -> dict[int, int]:
    """How many deliveries wait for each connection, by its id."""
    return _counted(select(Delivery.connection_id, func.count(Delivery.id)).where(Delivery.state == "waiting")
                    .group_by(Delivery.connection_id))


def _counted(query: Select[tuple[int, int]]) -> dict[int, int]:
    return dict(db.session.execute(query).all())
