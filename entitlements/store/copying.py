"""Copying one database into another, table by table: what differs is written, what is gone is deleted.

Each portion is a transaction of its own in the target, so that a copy that was broken off is gone on with. A mark in
the target says that it is being filled, and afterwards what it was filled with: as long as nobody has used it, it may
be filled again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, insert, select, text, tuple_, update
from sqlalchemy.engine import Connection, Engine, Row
from sqlalchemy.exc import DataError, IntegrityError

from entitlements.errors import Conflict
from entitlements.store.database import in_slices
from entitlements.store.raw import (
    COPY_MARK,
    Digest,
    Key,
    count_rows,
    digest_of,
    key_of,
    portions,
    raw_tables,
    rows_between,
)
from entitlements.store.tables import Fact

ROWS_AT_ONCE = 1000
BEGUN = "begun"
COPY_LOCK = 4_610_031_205
"""The number of the advisory lock on PostgreSQL that whoever fills a database holds; any number of our own."""


@dataclass(frozen=True)
class Progress:
    """How far a table is: `done` of `total` rows."""

    table: str
    done: int
    total: int


@dataclass(frozen=True)
class Copied:
    """A table as it is in both databases now, and how many rows had to be written and deleted for that."""

    table: str
    rows: int
    digest: str
    written: int
    deleted: int


@dataclass
class _Table:
    """A table on its way: what the source has, and what the target has too much."""

    table: Table
    digest: Digest
    written: int
    gone: list[Key]


@dataclass(frozen=True)
class Copy:
    """One copy: from an open connection that sees one state of the source, into the target."""

    source: Connection
    target: Engine
    tell: Callable[[Progress], None]
    rows_at_once: int = ROWS_AT_ONCE

    def run(self) -> list[Copied]:
        """Make the target equal to the source. Raises Conflict when a row cannot be written there, or differs in the
        end."""
        try:
            found = self._write()
        except IntegrityError:  # what is there stands in the way of what is to come: begin from nothing
            self._empty()
            found = self._write()
        with self.target.begin() as connection:
            _set_sequences(connection)
        return [self._compared(each) for each in found]

    def _write(self) -> list[_Table]:
        found = [self._write_table(table) for table in raw_tables()]
        for each in reversed(found):
            with self.target.begin() as connection:
                _delete(connection, each.table, each.gone)
        return found

    def _write_table(self, table: Table) -> _Table:
        done, total = _Table(table, Digest(), 0, []), count_rows(self.source, table)
        last = None
        for portion in portions(self.source, table, self.rows_at_once):
            last = portion.last
            done.digest.add(portion.rows)
            with self.target.begin() as connection:
                there = rows_between(connection, table, portion.after, last)
                if list(map(tuple, there)) != list(map(tuple, portion.rows)):
                    self._write_rows(connection, done, portion.rows, there)
            self.tell(Progress(table.name, done.digest.rows, total))
        with self.target.connect() as connection:
            done.gone += [key_of(table, row) for row in rows_between(connection, table, last, None)]
        return done

    def _write_rows(self, connection: Connection, done: _Table, rows: Sequence[Row[Any]],
                    there: Sequence[Row[Any]]) -> None:
        known = {key_of(done.table, row): tuple(row) for row in there}
        wanted = {key_of(done.table, row): row for row in rows}
        new = [dict(row._mapping) for key, row in wanted.items() if key not in known]
        changed = {key: row for key, row in wanted.items() if key in known and known[key] != tuple(row)}
        done.gone += [key for key in known if key not in wanted]
        done.written += len(new) + len(changed)
        try:
            if new:
                connection.execute(insert(done.table), new)
            for key, row in changed.items():
                connection.execute(update(done.table).where(_is(done.table, key)).values(dict(row._mapping)))
        except (DataError, ValueError) as error:
            cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise Conflict(f"{done.table.name}, between {rows[0][0]} and {rows[-1][0]}: the target refuses a row: "
                           f"{cause}") from error

    def _empty(self) -> None:
        with self.target.begin() as connection:
            for table in reversed(raw_tables()):
                connection.execute(delete(table).where(table.columns.name != COPY_MARK)
                                   if table.name == Fact.__tablename__ else delete(table))

    def _compared(self, each: _Table) -> Copied:
        with self.target.connect() as connection:
            there = digest_of(connection, each.table, self.rows_at_once)
        if (there.rows, str(there)) != (each.digest.rows, str(each.digest)):
            raise Conflict(f"{each.table.name}: {each.digest.rows} rows in the source, {there.rows} in the target, and "
                           "they are not the same; run it again")
        return Copied(each.table.name, there.rows, str(there), each.written, len(each.gone))


def _is(table: Table, key: Key) -> Any:
    return tuple_(*table.primary_key.columns) == key


def _delete(connection: Connection, table: Table, keys: Sequence[Key]) -> None:
    for some in in_slices(keys):
        connection.execute(delete(table).where(tuple_(*table.primary_key.columns).in_(some)))


def _set_sequences(connection: Connection) -> None:
    """On PostgreSQL numbers of new rows come from sequences, which know nothing of rows that were written with one."""
    if connection.dialect.name != "postgresql":
        return
    for table in raw_tables():
        column = table.autoincrement_column
        if column is not None:
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                                    f"coalesce(max({column.name}), 1), max({column.name}) IS NOT NULL) "
                                    f"FROM {table.name}"))


# What may be filled


def mark_begun(target: Engine, source_name: str, *, overwrite: bool = False) -> None:
    """Say in the target that it is being filled from that source. Raises Conflict where that would destroy something.

    An empty target may be filled, a copy of this source that was broken off too, and one that is as it was left.
    """
    with target.begin() as connection:
        found = connection.scalar(select(Fact.value).where(Fact.name == COPY_MARK))
        if not overwrite:
            _refuse_others(connection, found, _name_digest(source_name))
        _set_mark(connection, f"{_name_digest(source_name)} {BEGUN}")


def _refuse_others(connection: Connection, mark: str | None, name: str) -> None:
    if mark is None:
        full = [table.name for table in raw_tables() if count_rows(connection, table)]
        if full:
            raise Conflict(f"the target holds data of its own ({', '.join(full[:3])}, ...); name an empty database")
        return
    source, _, state = mark.partition(" ")
    if source != name:
        raise Conflict("the target holds a copy of another database; name an empty one")
    if state not in (BEGUN, _state_of(connection)):
        raise Conflict("the target has been used since it was filled, and what happened there would be lost; to make "
                       "it a copy of the source again all the same, say --overwrite")


def mark_complete(target: Engine, source_name: str, copied: Sequence[Copied]) -> None:
    """Say in the target that it is complete, and what it is like."""
    with target.begin() as connection:
        _set_mark(connection, f"{_name_digest(source_name)} {_state(each.digest for each in copied)}")


def _set_mark(connection: Connection, value: str) -> None:
    connection.execute(delete(Fact).where(Fact.name == COPY_MARK))
    connection.execute(insert(Fact).values(name=COPY_MARK, value=value))


def _name_digest(source_name: str) -> str:
    return hashlib.sha256(source_name.encode()).hexdigest()[:16]


def _state_of(connection: Connection) -> str:
    return _state(str(digest_of(connection, table, ROWS_AT_ONCE)) for table in raw_tables())


def _state(digests: Iterable[str]) -> str:
    """Stands for all tables, in their order."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:32]


# What is copied


@contextmanager
def one_state_of(engine: Engine, *, alone: bool) -> Iterator[Connection]:
    """A connection that sees one state of the database for as long as it is open. `alone`: nobody else writes meanwhile
    (on SQLite the caller holds the writers' turn for that)."""
    connection = engine.connect()
    try:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            if alone:  # before the first question, since that is what is seen from then on
                connection.execute(text(f"LOCK TABLE {', '.join(each.name for each in raw_tables())} IN SHARE MODE"))
        yield connection
    finally:
        connection.rollback()
        connection.close()


@contextmanager
def filling(target: Engine) -> Iterator[None]:
    """Only one fills a database at a time. Raises Conflict for a second one."""
    if target.dialect.name != "postgresql":
        yield
        return
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text(f"SELECT pg_try_advisory_lock({COPY_LOCK})")):
            raise Conflict("somebody else is filling the target at this moment")
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock({COPY_LOCK})"))
