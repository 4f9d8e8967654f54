"""Connections: adding, finding, switching. Functions that write are called inside a transaction."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select

from entitlements.errors import ConfigError, NotFound
from entitlements.helpdesk import ConnectionConfig
from entitlements.rules.circuit import CLOSED, Circuit
from entitlements.store.database import db
from entitlements.store.tables import Connection, Event

NAME = re.compile(r"(?=.{1,60}$)[A-Za-z0-9_-]*[A-Za-z0-9][A-Za-z0-9_-]*")
"""It stands in the addresses of webhooks, which not every helpdesk takes with other letters."""
RESERVED = frozenset({"new", "import", "export"})
MODES = ("observe", "advise", "enforce")
STARTS_ENFORCED = frozenset({"sandbox", "standard"})
SANDBOX = "sandbox"


def find_connection(name: str) -> Connection | None:
    return db.session.scalar(select(Connection).where(Connection.name == name))


def get_connection(name: str) -> Connection:
    """Raises NotFound."""
    row = find_connection(name)
    if row is None:
        raise NotFound(f"there is no connection named {name!r}")
    return row


def lock_connection(name: str) -> Connection:
    """The same, fresh and locked until the transaction ends, so that of two changes at once none is lost. Raises
    NotFound."""
    row = db.session.scalar(select(Connection).where(Connection.name == name).with_for_update(key_share=True)
                            .execution_options(populate_existing=True))
    return row or get_connection(name)


def all_connections() -> list[Connection]:
    return list(db.session.scalars(select(Connection).order_by(Connection.name)))


def find_event(connection_id: int, key: str) -> Event | None:
    """The webhook that is stored under this key, if it came before."""
    return db.session.scalar(select(Event).where(Event.connection_id == connection_id, Event.event_key == key))


def config_of(row: Connection, now: datetime | None = None) -> ConnectionConfig:
    """The connection as its adapter needs it, secrets opened; as of `now` without those whose time is over."""
    secrets = tuple(row.secrets.split("\n")) if row.secrets else ()
    if now is not None and row.old_secrets_until is not None and row.old_secrets_until <= now:
        secrets = secrets[:1]
    return ConnectionConfig(name=row.name, kind=row.kind, url=row.url, token=row.token, settings=dict(row.settings),
                            secrets=secrets, acting_as=row.acting_as)


def forget_old_secrets(now: datetime) -> None:
    """Drop the secrets from before a rotation whose time is over."""
    for row in db.session.scalars(select(Connection).where(Connection.old_secrets_until <= now)):
        row.secrets, row.old_secrets_until = row.secrets.partition("\n")[0], None


def add_connection(config: ConnectionConfig, now: datetime, mode: str = "") -> Connection:
    """Add a connection, switched on as of `now`. Real helpdesks start in `observe`. Raises ConfigError."""
    if not NAME.fullmatch(config.name):
        raise ConfigError("a connection's name is made of letters, digits, - and _, 60 at most", field="name")
    if config.name.lower() in RESERVED:
        raise ConfigError(f"a connection cannot be named {config.name!r}: that is a page of its own", field="name")
    if find_connection(config.name):
        raise ConfigError(f"there is a connection named {config.name!r} already", field="name")
    chosen = mode or ("enforce" if config.kind in STARTS_ENFORCED else "observe")
    row = Connection(name=config.name, kind=config.kind, url=config.url, secrets="\n".join(config.secrets),
                     token=config.token, settings=dict(config.settings), mode=_checked(chosen),
                     admit_from=_this_second(now), looked_at=_this_second(now))
    db.session.add(row)
    db.session.flush()
    return row


def _this_second(now: datetime) -> datetime:
    """Helpdesks tell times in whole seconds: what was made in this one is not older than the connection."""
    return now.replace(microsecond=0)


def _checked(mode: str) -> str:
    if mode not in MODES:
        raise ConfigError(f"mode must be one of {', '.join(MODES)}, not {mode!r}", field="mode")
    return mode


def set_mode(row: Connection, mode: str, now: datetime) -> None:
    """Switch the mode. Leaving `observe` moves `admit_from`: what is older stays untouched."""
    if row.mode == "observe" and mode != "observe":
        row.admit_from = _this_second(now)
    row.mode = _checked(mode)


def set_reply_trouble(row: Connection, trouble: str) -> None:
    """Remember why a reply could not be used; with nothing, that all is well."""
    if row.reply_trouble != trouble[:300]:
        row.reply_trouble = trouble[:300]


def pause(row: Connection, reason: str, now: datetime) -> None:
    """Stop all writes to the helpdesk; what is owed waits."""
    row.paused_at, row.pause_reason = now, reason[:300]


def pause_refused(row: Connection, why: str, now: datetime) -> None:
    """Pause it because the helpdesk takes its credentials no more: each further call might lock the account."""
    _pause_itself(row, f"the helpdesk refuses our credentials: {why}", now)


def pause_broken(row: Connection, why: str, now: datetime) -> None:
    """Pause it because nothing can be sent the way it is set up."""
    _pause_itself(row, f"the connection cannot work: {why}", now)


def _pause_itself(row: Connection, reason: str, now: datetime) -> None:
    """A person who has paused it already knows better why."""
    if row.paused_at is None:
        pause(row, reason, now)


def resume(row: Connection) -> None:
    """Let it go on, and forget what was thought of the helpdesk before."""
    row.paused_at, row.pause_reason, row.calm_until = None, "", None
    set_circuit(row, CLOSED)


def circuit_of(row: Connection) -> Circuit:
    """The circuit breaker of a connection."""
    return Circuit(row.failures, row.broken_since, row.probe_at)


def set_circuit(row: Connection, circuit: Circuit) -> None:
    row.failures, row.broken_since, row.probe_at = circuit.failures, circuit.broken_since, circuit.probe_at


def takes_deliveries(row: Connection) -> bool:
    """True when there is somewhere to write to: an address, or the sandbox's own inbox."""
    return bool(row.url) or row.kind == SANDBOX


def listeners() -> list[Connection]:
    """The connections that want to hear of every decision, whichever connection it belongs to."""
    return [row for row in all_connections() if row.is_listen_only and row.url]


def takes_tickets(row: Connection) -> bool:
    """True when a ticket that Deskgate took in can be created there."""
    return takes_deliveries(row) and not row.is_listen_only


def default_connection(wanted: str = "") -> Connection | None:
    """Where tickets go that name no connection: the configured one, else the oldest real one, else a sandbox.

    A helpdesk that is only observed is not written to unless somebody names it.
    """
    rows = sorted(filter(takes_tickets, all_connections()), key=lambda row: row.id)
    configured = [row for row in rows if row.name == wanted]
    real = [row for row in rows if row.kind != SANDBOX and row.mode != "observe"]
    sandboxes = [row for row in rows if row.kind == SANDBOX]
    return next(iter([*configured, *real, *sandboxes]), None)
