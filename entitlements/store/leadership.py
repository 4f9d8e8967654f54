"""Which of several workers leads. The lock goes with the process or the connection that holds it, so that a leader
that was killed is followed by another at once."""

from __future__ import annotations

import fcntl
import logging
from io import TextIOWrapper
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)
LEADER_LOCK = 4_610_031_204
"""The number of the advisory lock on PostgreSQL that the leader holds; any number of our own."""


class FileLeadership:
    """On one machine: a lock on a file beside the database."""

    def __init__(self, path: Path):
        self._path = path
        self._file: TextIOWrapper | None = None

    def holds(self) -> bool:
        if self._file is not None:
            return True
        file = self._path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def resign(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class AdvisoryLeadership:
    """On many machines: an advisory lock of PostgreSQL, held by a connection of its own."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._connection: Connection | None = None

    def holds(self) -> bool:
        """Raises SQLAlchemy's errors when the database does not answer."""
        if self._connection is not None and self._is_alive(self._connection):
            return True
        self._connection = None
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text(f"SELECT pg_try_advisory_lock({LEADER_LOCK})")):
            self._connection = connection
            return True
        connection.close()
        return False

    def resign(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # closed for good: in the pool it would go on holding the lock
            self._connection.close()
            self._connection = None

    @staticmethod
    def _is_alive(connection: Connection) -> bool:
        try:
            connection.scalar(text("SELECT 1"))
        except SQLAlchemyError:
            log.warning("the leader has lost its connection to the database")
            connection.invalidate()
            connection.close()
            return False
        return True


class SoleLeadership:
    """For a database in memory, which no other process can reach."""

    def holds(self) -> bool:
        return True

    def resign(self) -> None:
        """There is nobody else."""


def leadership_for(engine: Engine) -> FileLeadership | AdvisoryLeadership | SoleLeadership:
    """What fits the database. Made anew for each worker."""
    if engine.dialect.name != "sqlite":
        return AdvisoryLeadership(engine)
    path = engine.url.database
    return FileLeadership(Path(f"{Path(path).resolve()}.leader")) if path and path != ":memory:" else SoleLeadership()
