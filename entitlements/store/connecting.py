"""What every connection to the database is told before it is used, and when a commit must not pass for one.

SQLite before 3.51.3 can corrupt a write-ahead log that several connections use, so the journal is a plain one there.
`synchronous=FULL` and `synchronous_commit=on` make an acknowledged commit one that the disk has.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.exc import DatabaseError

from entitlements.errors import ConfigError
from entitlements.store.turn import NoTurn, Turn, Unavailable

BUSY_SECONDS = 5  # how long SQLite waits for a program that takes no turns, and PostgreSQL for a lock
IDLE_SECONDS = 60  # a transaction that does nothing for so long holds others up: PostgreSQL ends it
KEPT_OPEN = 20  # connections; there are as many as threads that use one at the same time
NETWORK = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
           "tcp_user_timeout": 20_000}  # a server that vanished without a word is noticed
WAL_IS_SAFE_FROM = (3, 51, 3)
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph"})
_POSTGRES = f"""
    SET lock_timeout = '{BUSY_SECONDS}s';
    SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'
"""


class Writing(threading.local):
    """Whether this thread is in a writing transaction, so that SQLite is told when the transaction begins."""

    is_on = False


writing = Writing()


def sqlite_journal_mode() -> str:
    """The journal mode that is safe with the SQLite this Python was built with."""
    return "WAL" if sqlite3.sqlite_version_info >= WAL_IS_SAFE_FROM else "TRUNCATE"


def engine_options(url: URL) -> dict[str, Any]:
    """How the pool of connections is made: each is tried before it is used, since servers restart."""
    options: dict[str, Any] = {}
    if _is_file(url) or url.get_backend_name() != "sqlite":
        options |= {"pool_size": KEPT_OPEN, "max_overflow": -1}
    if url.get_backend_name() == "postgresql":
        options |= {"pool_pre_ping": True,
                    "connect_args": {name: value for name, value in NETWORK.items() if name not in url.query}}
    return options


def prepare(engine: Engine) -> Turn | NoTurn:
    """Tell the engine's connections what to keep to. Returns the turn that writers take."""
    event.listen(engine, "handle_error", _on_error, retval=True)
    if engine.dialect.name == "sqlite":
        return _prepare_sqlite(engine)
    event.listen(engine, "connect", _on_postgres)
    event.listen(engine, "commit", _refuse_failed)
    return NoTurn()


def _prepare_sqlite(engine: Engine) -> Turn | NoTurn:
    if _is_file(engine.url):
        _refuse_network_file_system(Path(str(engine.url.database)).resolve().parent)
    event.listen(engine, "connect", _on_sqlite)
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "commit", _refuse_ended)
    return Turn(Path(f"{Path(str(engine.url.database)).resolve()}.turn")) if _is_file(engine.url) else NoTurn()


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")


def _refuse_network_file_system(folder: Path) -> None:
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return
    inside = [(point, kind) for point, kind in mounts if folder.is_relative_to(point)]
    if inside and max(inside, key=lambda mount: len(mount[0]))[1] in NETWORK_FILE_SYSTEMS:
        raise ConfigError(f"{folder} is on a network file system, where SQLite loses data; use PostgreSQL there",
                          field="DATABASE_URL")


def _on_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own: see _on_begin
    # The wait comes first, since a changed journal mode may have to wait as well.
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", f"journal_mode={sqlite_journal_mode()}", "synchronous=FULL",
                   "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.is_on else "BEGIN")


def _on_postgres(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRES)
    connection.commit()


def _refuse_ended(connection: Connection) -> None:
    """A full disk makes SQLite roll back by itself; what comes after that is no part of any transaction."""
    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]  # sqlite3's own
        raise Unavailable("the database had rolled back: nothing was stored")


def _refuse_failed(connection: Connection) -> None:
    """PostgreSQL answers the commit of a failed transaction with a rollback, and no error."""
    if connection.connection.dbapi_connection.info.transaction_status.name == "INERROR":  # type: ignore[union-attr]
        raise Unavailable("the transaction had failed: nothing was stored")


def _on_error(context: ExceptionContext) -> BaseException | None:
    """A damaged database file comes as an error of no particular kind: it is as good as one that does not answer."""
    if type(context.sqlalchemy_exception) is DatabaseError:
        return Unavailable(f"the database is damaged: {context.original_exception}")
    return None
