"""The database itself: the column types of our own, transactions, and the locks that span them.

On SQLite writers take turns through a file lock, held from the first statement to the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Executable, LargeBinary, func, make_url, select, text
from sqlalchemy.engine import CursorResult, Dialect
from sqlalchemy.exc import (
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
    TimeoutError,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from entitlements.store.connecting import engine_options, prepare, writing

UNAVAILABLE = (OperationalError, InterfaceError, InternalError, PendingRollbackError, TimeoutError)
"""The database does not answer, is locked, full or damaged, or broke off: nothing was stored for sure, and trying again
later may help."""
TAKEN = IntegrityError
"""Another transaction has stored the same unique thing first."""
TROUBLE = SQLAlchemyError
"""Anything that a database can complain of."""
SLICE = 500
TERMS_LOCK = 4_610_031_203
"""The number of the advisory lock on PostgreSQL that stands for all terms; any number of our own."""


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


def init_database(app: Flask) -> None:
    """Bind the database to the application and set its engine up."""
    options = engine_options(make_url(app.config["SQLALCHEMY_DATABASE_URI"]))
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {**options, **app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})}
    db.init_app(app)
    with app.app_context():
        app.extensions["deskgate_turn"] = prepare(db.engine)


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
    if writing.is_on and db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SELECT {lock}({TERMS_LOCK})"))


def take_turn(what: str, key: str) -> bool:
    """Wait until no other writing transaction has the same turn, and have it until this one ends. Returns False where
    there is nobody to wait for: outside of one, and on SQLite, where only one writes at a time anyhow."""
    if not writing.is_on or db.engine.dialect.name != "postgresql":
        return False
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what), func.hashtext(key))))
    return True


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

    What was read before in the same session is forgotten, so that nothing stale is decided upon. Raises one of
    UNAVAILABLE when others have been writing for too long.
    """
    if writing.is_on:
        raise RuntimeError("a transaction is open already")
    db.session.rollback()
    with turn():
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


@contextmanager
def turn() -> Iterator[None]:
    """Keep all other writers of a SQLite file out: what begins in this thread meanwhile begins as a writer."""
    with current_app.extensions["deskgate_turn"]():
        before, writing.is_on = writing.is_on, True
        try:
            yield
        finally:
            writing.is_on = before
