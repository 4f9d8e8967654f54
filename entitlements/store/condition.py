"""How Deskgate is doing, counted in SQL at the moment of asking: what /readyz and /metrics show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from entitlements.store.database import db
from entitlements.store.tables import Connection, Decision, Delivery, Event, Ticket


@dataclass(frozen=True)
class DatabaseFacts:
    """What kind of database answers, in which version; `journal_mode` is SQLite's, empty elsewhere.

    `migration` is the one it has come to, empty before the first.
    """

    kind: str
    version: str
    journal_mode: str
    migration: str


@dataclass(frozen=True)
class Counts:
    """Rows by the state they are in: tickets, deliveries and events; decisions by outcome and reason."""

    tickets: dict[str, int]
    deliveries: dict[str, int]
    events: dict[str, int]
    decisions: dict[tuple[str, str], int]


@dataclass(frozen=True)
class HookFigures:
    """One connection: whether it is paused, and how many webhooks to it were too large."""

    name: str
    paused: bool
    oversized: int


def database_facts() -> DatabaseFacts:
    """Asks the database; raises SQLAlchemy's errors when it does not answer."""
    kind = db.engine.dialect.name
    if kind == "sqlite":
        version = str(db.session.scalar(text("select sqlite_version()")))
        journal_mode = str(db.session.scalar(text("pragma journal_mode"))).upper()
    else:
        version, journal_mode = str(db.session.scalar(text("show server_version"))), ""
    return DatabaseFacts(kind, version, journal_mode, _migration())


def _migration() -> str:
    if not db.inspect(db.session.connection()).has_table("alembic_version"):
        return ""
    return str(db.session.scalar(text("select version_num from alembic_version")) or "")


def counts() -> Counts:
    """All there are, since the beginning."""
    decisions = db.session.execute(select(Decision.outcome, Decision.reason, func.count(Decision.id))
                                   .group_by(Decision.outcome, Decision.reason)).all()
    return Counts(_by_state(Ticket), _by_state(Delivery), _by_state(Event),
                  {(outcome, reason): count for outcome, reason, count in decisions})


def _by_state(table: type[Ticket] | type[Delivery] | type[Event]) -> dict[str, int]:
    rows = db.session.execute(select(table.state, func.count(table.id)).group_by(table.state)).all()
    return {row.state: row[1] for row in rows}


def oldest_due(now: datetime) -> datetime | None:
    """Since when (aware UTC) the delivery that is due longest has been due; None when none is."""
    found: datetime | None = db.session.scalar(
        select(func.min(Delivery.due_at)).where(Delivery.state.in_(("waiting", "sending")), Delivery.due_at <= now))
    return found


def hook_figures() -> list[HookFigures]:
    """Every connection, by name."""
    rows = db.session.execute(
        select(Connection.name, Connection.paused_at.is_not(None), Connection.oversized_hooks)
        .order_by(Connection.name))
    return [HookFigures(*row) for row in rows]
