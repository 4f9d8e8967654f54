"""Rows as the database has them, secrets still sealed: read in portions by key, the same on every kind of database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, MetaData, Select, String, Table, func, select, tuple_
from sqlalchemy.engine import Connection, Row

from entitlements.store import tables
from entitlements.store.database import Sealed, db

COPY_MARK = "copy"
"""The fact that a database is filled as a copy of another. It is no part of what is copied."""
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Portion:
    """Rows in the order of their keys: all there are after `after`, up to the last of them."""

    after: Key | None
    rows: Sequence[Row[Any]]
    last: Key


@cache
def raw_tables() -> tuple[Table, ...]:
    """All tables, those first that others point at. What is sealed is bytes in them."""
    raw = MetaData()
    found = [table.to_metadata(raw) for table in db.metadata.sorted_tables]
    for table in found:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                column.type = LargeBinary()
    return tuple(found)


def key_of(table: Table, row: Row[Any]) -> Key:
    return tuple(row[table.columns.values().index(column)] for column in table.primary_key.columns)


def _key(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    """The columns of the key, such that all databases put them in the same order."""
    is_postgres = connection.dialect.name == "postgresql"
    return [column.collate("C") if is_postgres and isinstance(column.type, String) else column
            for column in table.primary_key.columns]


def _rows(table: Table) -> Select[Any]:
    query = select(table)
    return query.where(table.columns.name != COPY_MARK) if table.name == tables.Fact.__tablename__ else query


def count_rows(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(_rows(table).subquery())) or 0)


def portions(connection: Connection, table: Table, size: int) -> Iterator[Portion]:
    """The rows of a table, `size` at a time."""
    key, after = _key(connection, table), None
    while True:
        query = _rows(table).order_by(*key).limit(size)
        if after is not None:
            query = query.where(tuple_(*key) > after)
        found = connection.execute(query).all()
        if not found:
            return
        last = key_of(table, found[-1])
        yield Portion(after, found, last)
        after = last


def rows_between(connection: Connection, table: Table, after: Key | None, last: Key | None) -> Sequence[Row[Any]]:
    """The rows whose keys come after the one and not after the other, in order; None stands for no bound."""
    key = _key(connection, table)
    query = _rows(table).order_by(*key)
    if after is not None:
        query = query.where(tuple_(*key) > after)
    if last is not None:
        query = query.where(tuple_(*key) <= last)
    return connection.execute(query).all()


class Digest:
    """Stands for the rows of a table, in order: equal digests, equal rows."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, rows: Sequence[Row[Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            self._hash.update(repr(tuple(row)).encode("utf-8", "backslashreplace"))

    def __str__(self) -> str:
        return self._hash.hexdigest()


def digest_of(connection: Connection, table: Table, size: int) -> Digest:
    """Reads the whole table."""
    digest = Digest()
    for portion in portions(connection, table, size):
        digest.add(portion.rows)
    return digest
