"""Tickets and decisions as lines of lists: what a person needs to recognize one, and nothing of its text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from entitlements.helpdesk import Action
from entitlements.store.database import db
from entitlements.store.latest import is_in_force
from entitlements.store.tables import Connection, Customer, Decision, Delivery, LicenseVersion, Schedule, Ticket

PER_PAGE = 50
STATES = ("routed", "queued", "rejected", "withdrawn")


@dataclass(frozen=True)
class Line:
    """A ticket with one of its decisions. Instants are aware UTC; `number` is the helpdesk's, empty until it has one.

    `zone` is that of the license that decided, empty where none did.
    """

    ticket_id: int
    number: str
    connection: str
    customer: str
    contact: str
    severity: str
    state: str
    arrived_at: datetime
    closed_at: datetime | None
    release_at: datetime | None
    decision_id: int
    outcome: str
    reason: str
    cause: str
    triage: bool
    made_at: datetime
    zone: str


@dataclass(frozen=True)
class Wanted:
    """Which tickets a list shows: empty fields choose nothing. Pages are counted from 1."""

    state: str = ""
    customer: str = ""
    contact: str = ""
    page: int = 1


@dataclass(frozen=True)
class Page:
    """One page of a list, and whether another one follows."""

    lines: tuple[Line, ...]
    number: int
    has_next: bool


def _lines() -> Select:
    """Every ticket with every decision made about it."""
    return (select(Ticket.id, func.coalesce(Ticket.remote_id, ""), Connection.name, func.coalesce(Customer.name, ""),
                   Ticket.contact, Ticket.severity, Ticket.state, Ticket.arrived_at, Ticket.closed_at,
                   Ticket.release_at, Decision.id, Decision.outcome, Decision.reason, Decision.cause, Decision.triage,
                   Decision.made_at, func.coalesce(Schedule.definition["zone"].as_string(), ""))
            .select_from(Decision).join(Ticket, Ticket.id == Decision.ticket_id)
            .join(Connection, Connection.id == Ticket.connection_id)
            .outerjoin(Customer, Customer.id == Ticket.customer_id)
            .outerjoin(LicenseVersion, LicenseVersion.id == Decision.license_version_id)
            .outerjoin(Schedule, Schedule.id == LicenseVersion.schedule_id))


def _read(query: Select) -> tuple[Line, ...]:
    return tuple(Line(*row) for row in db.session.execute(query))


def queued_lines(limit: int, besides: Collection[int] = ()) -> tuple[Line, ...]:
    """The queue, the next to be released first; and, behind them, those `besides` that are queued too."""
    first = (select(Ticket.id).where(Ticket.state == "queued").order_by(Ticket.release_at, Ticket.id).limit(limit)
             .subquery())
    return _read(_lines().where(is_in_force()).where(Ticket.state == "queued")
                 .where(or_(Ticket.id.in_(select(first.c.id)), Ticket.id.in_(besides)))
                 .order_by(Ticket.release_at, Ticket.id))


def owed_releases() -> dict[int, str]:
    """The tickets that are released, but not in their helpdesk yet: by number, the connection's name of each."""
    return dict(db.session.execute(
        select(Ticket.id, Connection.name).select_from(Delivery).join(Ticket, Ticket.id == Delivery.ticket_id)
        .join(Connection, Connection.id == Ticket.connection_id)
        .where(Delivery.connection_id == Ticket.connection_id, Delivery.state.in_(("waiting", "sending")),
               Delivery.action == Action.RELEASE)).all())


def latest_lines(limit: int) -> tuple[Line, ...]:
    """The decisions made last, newest first, whatever became of the tickets since."""
    return _read(_lines().order_by(Decision.id.desc()).limit(limit))


def ticket_page(wanted: Wanted) -> Page:
    """Tickets with their decision in force, newest first."""
    query = _lines().where(is_in_force()).order_by(Ticket.id.desc())
    for value, column in ((wanted.state, Ticket.state), (wanted.customer, Customer.name),
                          (wanted.contact, Ticket.contact)):
        if value:
            query = query.where(column == value)
    found = _read(query.offset((wanted.page - 1) * PER_PAGE).limit(PER_PAGE + 1))
    return Page(found[:PER_PAGE], wanted.page, len(found) > PER_PAGE)
