"""What the board shows besides tickets: how many of each, what needs attention, and whether a worker is alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select

from entitlements.rules.reasons import Reason
from entitlements.store.database import db
from entitlements.store.ending import ending_holidays
from entitlements.store.reading import TO_READ
from entitlements.store.tables import (
    Connection,
    Decision,
    Delivery,
    Event,
    LicenseVersion,
    ScheduleVersion,
    Ticket,
    UsageEntry,
    Worker,
)

SILENT_AFTER = timedelta(seconds=10)
BREAKER_SHOWN = timedelta(hours=1)
UNREAD_SHOWN = timedelta(minutes=1)
"""A ticket is usually read within a second or two."""


@dataclass(frozen=True)
class Attention:
    """How many things wait for a person. `open_breakers` counts connections whose reject breaker was at work lately,
    `ending_holidays` schedules in use whose holidays run out, `silent_helpdesks` those that do not answer,
    `failed_looks` those that could not be asked what changed though they answer, `unread` those at which tickets wait
    for unusually long to be read, though they answer, and `failed_replies` connections with a reply of their own that
    could not be used."""

    parked_events: int
    parked_deliveries: int
    dead_deliveries: int
    open_breakers: int
    ending_holidays: int = 0
    silent_helpdesks: int = 0
    failed_looks: int = 0
    unread: int = 0
    failed_replies: int = 0

    @property
    def total(self) -> int:
        return (self.parked_events + self.parked_deliveries + self.dead_deliveries + self.open_breakers
                + self.ending_holidays + self.silent_helpdesks + self.failed_looks + self.unread
                + self.failed_replies)


@dataclass(frozen=True)
class Breaker:
    """A connection whose reject breaker was at work within the hour: on how many tickets, and when last (aware UTC)."""

    connection: str
    tickets: int
    last_at: datetime


@dataclass(frozen=True)
class Figures:
    """Tickets queued now, and those routed and rejected within the last 24 hours, each counted once."""

    queued: int
    routed: int
    rejected: int


@dataclass(frozen=True)
class Pulse:
    """Whether a worker has said lately that it is alive, and when one last did (aware UTC).

    `workers` have said so, and make `capacity` deliveries at once together.
    """

    alive: bool
    seen_at: datetime | None
    workers: int = 0
    capacity: int = 0


@dataclass(frozen=True)
class Stopped:
    """A paused connection, since when (aware UTC) and why."""

    name: str
    since: datetime
    reason: str


@dataclass(frozen=True)
class Silent:
    """A connection whose helpdesk does not answer, since when (aware UTC), and how many deliveries wait for it."""

    name: str
    since: datetime
    waiting: int


def attention(now: datetime) -> Attention:
    """As of an aware UTC instant."""
    events = _count(select(func.count(Event.id)).where(Event.state == "parked"))
    deliveries = dict(db.session.execute(
        select(Delivery.state, func.count(Delivery.id)).where(Delivery.state.in_(("parked", "dead")))
        .group_by(Delivery.state)).all())
    return Attention(events, deliveries.get("parked", 0), deliveries.get("dead", 0), len(open_breakers(now)),
                     len(ending_holidays(now)),
                     silent_helpdesks=_count(select(func.count(Connection.id)).where(is_silent())),
                     failed_looks=_count(select(func.count(Connection.id)).where(has_failed_look())),
                     unread=_count(select(func.count(Connection.id)).where(
                         Connection.id.in_(long_unread(now)), Connection.broken_since.is_(None),
                         Connection.paused_at.is_(None))),
                     failed_replies=_count(select(func.count(Connection.id)).where(has_failed_reply())))


def is_silent() -> ColumnElement[bool]:
    """The condition that a connection's helpdesk does not answer. One that is paused is asked nothing."""
    return and_(Connection.broken_since.is_not(None), Connection.paused_at.is_(None))


def has_failed_look() -> ColumnElement[bool]:
    """The condition that a helpdesk answers, but not to the question what changed."""
    return and_(Connection.look_trouble != "", Connection.broken_since.is_(None), Connection.paused_at.is_(None))


def long_unread(now: datetime) -> Select[int]:
    """The ids of the connections at which a ticket has waited for unusually long to be read."""
    return select(Event.connection_id).where(Event.state == TO_READ, Event.received_at <= now - UNREAD_SHOWN)


def has_failed_reply() -> ColumnElement[bool]:
    """The condition that customers are told Deskgate's own words, since a reply of the connection's failed."""
    return Connection.reply_trouble != ""


def open_breakers(now: datetime) -> tuple[Breaker, ...]:
    """Those that sent tickets to triage in place of rejecting them, within the hour before an aware UTC instant."""
    rows = db.session.execute(
        select(Connection.name, func.count(func.distinct(Decision.ticket_id)), func.max(Decision.made_at))
        .join(Connection, Connection.id == Decision.connection_id)
        .where(Decision.made_at > now - BREAKER_SHOWN, Decision.reason == Reason.REJECT_BREAKER.value)
        .group_by(Connection.name).order_by(Connection.name))
    return tuple(Breaker(*row) for row in rows)


def figures(now: datetime) -> Figures:
    """As of an aware UTC instant."""
    made = dict(db.session.execute(
        select(Decision.outcome, func.count(func.distinct(Decision.ticket_id)))
        .where(Decision.made_at > now - timedelta(hours=24)).group_by(Decision.outcome)).all())
    queued = _count(select(func.count(Ticket.id)).where(Ticket.state == "queued"))
    return Figures(queued, made.get("route", 0), made.get("reject", 0))


def pulse(now: datetime) -> Pulse:
    """As of an aware UTC instant."""
    seen_at = db.session.scalar(select(func.max(Worker.seen_at)))
    workers, capacity = db.session.execute(
        select(func.count(Worker.id), func.sum(Worker.capacity)).where(Worker.seen_at > now - SILENT_AFTER)).one()
    return Pulse(workers > 0, seen_at, workers, capacity or 0)


def stopped_connections() -> tuple[Stopped, ...]:
    rows = db.session.execute(select(Connection.name, Connection.paused_at, Connection.pause_reason)
                              .where(Connection.paused_at.is_not(None)).order_by(Connection.name))
    return tuple(Stopped(*row) for row in rows)


def silent_helpdesks() -> tuple[Silent, ...]:
    """Those that do not answer, by name."""
    rows = db.session.execute(
        select(Connection.name, Connection.broken_since, func.count(Delivery.id))
        .outerjoin(Delivery, and_(Delivery.connection_id == Connection.id, Delivery.state == "waiting"))
        .where(is_silent()).group_by(Connection.id, Connection.name, Connection.broken_since)
        .order_by(Connection.name))
    return tuple(Silent(*row) for row in rows)


def releases_behind(now: datetime) -> int:
    """How many tickets are still queued though their time has come."""
    return _count(select(func.count(Ticket.id)).where(Ticket.state == "queued", Ticket.release_at <= now))


def forecast_version() -> tuple[object, ...]:
    """Differs whenever anything is decided or a connection is changed: what was expected may then be out of date."""
    connections = db.session.execute(select(Connection.id, Connection.kind, Connection.settings, Connection.pace)
                                     .order_by(Connection.id))
    return (db.session.scalar(select(func.max(Decision.id))),
            tuple((id, kind, tuple(sorted(settings.items())), pace) for id, kind, settings, pace in connections))


def first_sandbox() -> str:
    """The name of the oldest sandbox connection; empty when there is none."""
    return db.session.scalar(select(Connection.name).where(Connection.kind == "sandbox").order_by(Connection.id)
                             .limit(1)) or ""


def cover_version() -> tuple[int, ...]:
    """Grows whenever a license or a schedule is changed, or usage is recorded: what was worked out from them is then
    out of date."""
    return tuple(db.session.scalar(select(func.max(table.id))) or 0
                 for table in (LicenseVersion, ScheduleVersion, UsageEntry))


def _count(query: object) -> int:
    return db.session.scalar(query) or 0
