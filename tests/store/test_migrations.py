"""Migrations only add, so that the version before goes on serving while the next one starts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Column, MetaData, insert, inspect, text

from entitlements.store import db
from entitlements.store.database import transaction
from tests.databases import MIGRATIONS, bare_app

PROCRASTINATE = "procrastinate"
VALUES: dict[type, Any] = {int: 1, str: "x", bytes: b"x", bool: False, float: 1.0, date: date(2026, 3, 9),
                           datetime: datetime(2026, 3, 9, tzinfo=timezone.utc), object: {}}
SCRIPTS = list(reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())))
PROMISED = SCRIPTS[2:]  # from the third on; what came before was not yet served while it was migrated
STEPS = [pytest.param(kind, script, id=f"{kind}-{script.revision}") for kind in ("sqlite", "postgres")
         for script in PROMISED]
each_step = pytest.mark.parametrize(("bare_url", "script"), STEPS, indirect=["bare_url"])


@pytest.fixture
def app(bare_url: str) -> Iterator[Flask]:
    app = bare_app(bare_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def own_tables() -> MetaData:
    """The tables as they are in the database now, without those of the engine."""
    found = MetaData()
    found.reflect(db.engine, only=lambda name, _: not name.startswith((PROCRASTINATE, "alembic")))
    return found


def test_migrations_are_numbered() -> None:
    """By the number a version knows that the database is ahead of it."""
    assert [script.revision for script in SCRIPTS] == [f"{number:04}" for number in range(1, len(SCRIPTS) + 1)]
    names = [Path(script.path).name[:4] for script in SCRIPTS]
    assert names == [script.revision for script in SCRIPTS]


@each_step
def test_a_migration_takes_nothing_away_and_asks_for_nothing_new(app: Flask, script: Any) -> None:
    upgrade(revision=script.down_revision)
    before = own_tables()
    rules = {name: rules_of(name) for name in before.tables}
    upgrade(revision=script.revision)
    after = own_tables()
    for name, table in before.tables.items():
        assert rules_of(name) == rules[name], f"{name} has other rules than before"
        for column in table.columns:
            same = after.tables[name].columns[column.name]
            assert (str(same.type), same.nullable) == (str(column.type), column.nullable), f"{name}.{column.name}"
        for column in after.tables[name].columns:
            assert column.name in table.columns or column.nullable or column.server_default is not None, (
                f"{name}.{column.name} is new, and the version before does not fill it")


def rules_of(table: str) -> list[str]:
    """What the database refuses in a table: unique, check and foreign keys."""
    found = inspect(db.engine)
    return sorted(str(sorted(rule.items(), key=str)) for rule in (
        *found.get_unique_constraints(table), *found.get_check_constraints(table), *found.get_foreign_keys(table),
        *(index for index in found.get_indexes(table) if index["unique"])))


@each_step
def test_rows_of_the_version_before_can_be_written_after_a_migration(app: Flask, script: Any) -> None:
    upgrade(revision=script.down_revision)
    before = own_tables()
    upgrade(revision=script.revision)
    with db.engine.begin() as connection:
        for table in before.sorted_tables:
            connection.execute(insert(table).values({column.name: value_for(column) for column in table.columns}))
    with db.engine.connect() as connection:
        for table in before.sorted_tables:
            assert connection.scalar(text(f"select count(*) from {table.name}")) == 1


def value_for(column: Column[Any]) -> Any:
    value = VALUES[column.type.python_type]
    return value.replace(tzinfo=None) if isinstance(value, datetime) and db.engine.name == "sqlite" else value


@each_step
def test_writers_wait_a_moment_and_go_on_while_a_migration_runs(app: Flask, script: Any) -> None:
    upgrade(revision=script.down_revision)
    writer = Writer(app)
    writer.start()
    writer.wait_for(5)
    upgrade(revision=script.revision)
    writer.wait_for(writer.written + 5)
    writer.stop()
    assert writer.error is None
    assert writer.slowest < 5
    assert db.session.scalar(text("select count(*) from facts")) == writer.written


class Writer(threading.Thread):
    """The version before, which goes on writing rows and reading them."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app, self._asked = app, threading.Event()
        self.written, self.slowest = 0, 0.0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._asked.wait(0.005):
                began = time.monotonic()
                with self._app.app_context(), transaction():
                    db.session.execute(text("insert into facts (name, value) values (:name, 'x')"),
                                       {"name": str(self.written)})
                    db.session.execute(text("select count(*) from tickets")).all()
                self.written += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
        except BaseException as error:  # told by the test
            self.error = error

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + 20
        while self.written < count:
            assert self.error is None, self.error
            assert time.monotonic() < end, "the writer does not get on"
            time.sleep(0.01)

    def stop(self) -> None:
        self._asked.set()
        self.join(20)
