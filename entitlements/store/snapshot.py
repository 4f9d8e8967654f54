"""A snapshot of a SQLite database that others go on using, by SQLite's own online backup."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.engine import Connection

from entitlements.store.raw import count_rows, raw_tables


def counts_of(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {table.name: count_rows(connection, table) for table in raw_tables()}


def write_snapshot(source: Connection, path: Path) -> None:
    """Write what the connection sees into an empty file. In one step, since each write of others would have several
    steps begin from the first again."""
    driver = source.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    copy = sqlite3.connect(path)
    try:
        driver.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")  # the copy is one file, whatever lies beside the original
    finally:
        copy.close()
