"""How Deskgate is doing, counted in SQL at the moment of asking: what /readyz and /metrics show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from entitlements.store.connecting import WAL_IS_SAFE_FROM
from entitlements.store.database import db
from entitlements.store.reading import TO_READ
from entitlements.store.tables import Connection, Decision, Delivery, Event, Ticket

SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")  # as SQLite numbers them


@dataclass(frozen=True)
class SqliteFacts:
    """How a SQLite file is kept: `why` the journal mode is what it is."""

    journal_mode: str
    synchronous: str
    busy_timeout_seconds: float
    why: str


@dataclass(frozen=True)
class PostgresFacts:
    """What the server says of how safe a commit is."""

    fsync: str
    synchronous_commit: str


@dataclass(frozen=True)
class DatabaseFacts:
    """What kind of database answers, in which version, and which engine delivers on it.

    `migration` is the one it has come to, empty before the first. `warnings` are for people.
    """

    kind: str
    version: str
    migration: str
    kept: SqliteFacts | PostgresFacts

    @property
    def engine(self) -> str:
        return "procrastinate" if self.kind == "postgresql" else "threads"

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(_warnings(self.kept))


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
        return DatabaseFacts(kind, _said("select sqlite_version()"), _migration(), _sqlite())
    kept = PostgresFacts(_said("show fsync"), _said("show synchronous_commit"))
    return DatabaseFacts(kind, _said("show server_version"), _migration(), kept)


def _sqlite() -> SqliteFacts:
    safe_from = ".".join(map(str, WAL_IS_SAFE_FROM))
    mode = _said("pragma journal_mode").upper()
    why = (f"from SQLite {safe_from} on a write-ahead log is safe with several connections" if mode == "WAL" else
           f"before SQLite {safe_from} a write-ahead log can be corrupted by several connections")
    return SqliteFacts(mode, SYNCHRONOUS[int(_said("pragma synchronous"))], int(_said("pragma busy_timeout")) / 1000,
                       why)


def _warnings(kept: SqliteFacts | PostgresFacts) -> Iterator[str]:
    if isinstance(kept, SqliteFacts):
        if kept.synchronous not in ("FULL", "EXTRA"):
            yield f"synchronous is {kept.synchronous}: a power cut can lose what was acknowledged"
        return
    if kept.fsync != "on":
        yield "fsync is off on the server: a crash or a power cut can lose what was acknowledged, or the whole database"
    if kept.synchronous_commit == "off":
        yield "synchronous_commit is off: a crash of the server can lose what was acknowledged"


def _said(question: str) -> str:
    return str(db.session.scalar(text(question)))


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


def oldest_unread() -> datetime | None:
    """Since when (aware UTC) the webhook that waits longest for its ticket to be read waits; None when none does."""
    found: datetime | None = db.session.scalar(select(func.min(Event.received_at)).where(Event.state == TO_READ))
    return found


def hook_figures() -> list[HookFigures]:
    """Every connection, by name."""
    rows = db.session.execute(
        select(Connection.name, Connection.paused_at.is_not(None), Connection.oversized_hooks)
        .order_by(Connection.name))
    return [HookFigures(*row) for row in rows]
