"""The database itself: its settings by kind and version, the column types of our own, and the writers' turn.

SQLite before 3.51.3 can corrupt a write-ahead log that several connections use, so the journal is a plain one there.
`synchronous=FULL` makes an acknowledged commit one that the disk has. SQLite's own busy wait is unfair, so writers take
turns through a file lock, held from the first statement to the commit.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Executable, LargeBinary, event, text
from sqlalchemy.engine import Connection, CursorResult, Dialect, Engine
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from entitlements.errors import ConfigError

UNAVAILABLE = (OperationalError, InterfaceError)
"""The database does not answer, or is locked: nothing was stored, and trying again later may help."""
TAKEN = IntegrityError
"""Another transaction has stored the same unique thing first."""
TROUBLE = SQLAlchemyError
"""Anything that a database can complain of."""
SLICE = 500
TERMS_LOCK = 4_610_031_203
"""The number of the advisory lock on PostgreSQL that stands for all terms; any number of our own."""
WAL_IS_SAFE_FROM = (3, 51, 3)
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph"})


Value = TypeVar("Value")


class Base(DeclarativeBase):
    """Base of all tables."""


db = SQLAlchemy(model_class=Base)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant, whatever the database keeps of its zone. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime does not name an instant")
        value = value.astimezone(timezone.utc)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class Sealed(TypeDecorator[str]):
    """Text that is encrypted in the database, under the application's vault."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else current_app.extensions["deskgate_vault"].seal(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else current_app.extensions["deskgate_vault"].open(bytes(value))


def sqlite_journal_mode() -> str:
    """The journal mode that is safe with the SQLite this Python was built with."""
    return "WAL" if sqlite3.sqlite_version_info >= WAL_IS_SAFE_FROM else "TRUNCATE"


def init_database(app: Flask) -> None:
    """Bind the database to the application and set its engine up."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    app.extensions["deskgate_turn"] = _turn_for(engine)


def _prepare_sqlite(engine: Engine) -> None:
    path = engine.url.database
    if path and path != ":memory:":
        _refuse_network_file_system(Path(path).resolve().parent)
    mode = sqlite_journal_mode()

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own: see on_begin
        for pragma in (f"journal_mode={mode}", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.is_on else "BEGIN")


def _refuse_network_file_system(folder: Path) -> None:
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return
    inside = [(point, kind) for point, kind in mounts if folder.is_relative_to(point)]
    if inside and max(inside, key=lambda mount: len(mount[0]))[1] in NETWORK_FILE_SYSTEMS:
        raise ConfigError(f"{folder} is on a network file system, where SQLite loses data; use PostgreSQL there",
                          field="DATABASE_URL")


class _Writing(threading.local):
    is_on = False


_writing = _Writing()


class Turn:
    """Lets one writer in at a time, among all threads and processes that use the same SQLite file."""

    def __init__(self, path: Path):
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._threads, self._path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class NoTurn:
    """PostgreSQL lets many write at once."""

    @contextmanager
    def __call__(self) -> Iterator[None]:
        yield


def _turn_for(engine: Engine) -> Turn | NoTurn:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        return NoTurn()
    return Turn(Path(f"{Path(path).resolve()}.turn"))


def share_terms() -> None:
    """Decide upon terms that nobody changes until this writing transaction ends. Outside of one it does nothing."""
    _lock_terms("pg_advisory_xact_lock_shared")


def hold_terms() -> None:
    """Change schedules and licenses alone: those who decide, and others who change them, wait until the transaction
    ends. What was read before is read again, since somebody else may have changed it meanwhile."""
    _lock_terms("pg_advisory_xact_lock")
    db.session.flush()
    db.session.expire_all()


def _lock_terms(lock: str) -> None:
    # On SQLite only one transaction writes at a time anyhow.
    if _writing.is_on and db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SELECT {lock}({TERMS_LOCK})"))


def in_slices(values: Iterable[Value]) -> Iterator[list[Value]]:
    """The values, 500 at a time: a statement takes only so many."""
    found = list(values)
    for start in range(0, len(found), SLICE):
        yield found[start:start + SLICE]


def rows_changed(statement: Executable) -> int:
    """Execute an update or delete; returns how many rows it changed."""
    return cast("CursorResult[Any]", db.session.execute(statement)).rowcount


@contextmanager
def transaction() -> Iterator[None]:
    """One writing transaction: committed at the end of the block, rolled back when it raises.

    What was read before in the same session is forgotten, so that nothing stale is decided upon.
    """
    if _writing.is_on:
        raise RuntimeError("a transaction is open already")
    db.session.rollback()
    with current_app.extensions["deskgate_turn"]():
        _writing.is_on = True
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            _writing.is_on = False
