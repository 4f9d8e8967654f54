"""`gateway move`: from either kind of database to the other, killed in the middle, run again, and refused."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from entitlements.cli import database as commands
from entitlements.store import db, tables
from entitlements.store.database import transaction
from entitlements.store.turn import Unavailable
from tests.day_of_work import KEY, counts, goes_on, opened, run, worked_in
from tests.gateway import ROOT
from tests.steps.house import House

KINDS = ("sqlite", "postgres")


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """A database with a day of work in it."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    worked_in(found).close()
    return found


@pytest.fixture
def sqlite_full(sqlite_url: str) -> str:
    worked_in(sqlite_url).close()
    return sqlite_url


def both_ways(test: Callable) -> Callable:
    """From each kind of database to the other."""
    return pytest.mark.parametrize(("url", "bare_url"), [("sqlite", "postgres"), ("postgres", "sqlite")],
                                   indirect=True)(test)


@both_ways
def test_all_is_there_and_deskgate_goes_on_from_it(url: str, bare_url: str) -> None:
    told = run(url, "move", "--to", bare_url)
    lines = dict(line.split(": ", 1) for line in told.stdout.splitlines())
    assert lines["tickets"].startswith("4 rows, ")
    assert lines["tickets"].endswith("; 4 written, 0 deleted")
    assert "tickets: 4 of 4" in told.stderr
    assert "are the same in source and target" in told.stderr
    assert counts(bare_url) == counts(url)
    goes_on(bare_url)


@both_ways
def test_a_second_time_only_what_differs_is_written(url: str, bare_url: str) -> None:
    run(url, "move", "--to", bare_url)
    again = run(url, "move", "--to", bare_url).stdout.splitlines()
    assert all(line.endswith("; 0 written, 0 deleted") for line in again)
    with opened(url) as house:
        house.created("12")
        with transaction():
            db.session.execute(text("update customers set zone = 'UTC' where name = 'Acme'"))
            db.session.execute(text("delete from notices"))
    told = dict(line.split(": ", 1) for line in run(url, "move", "--to", bare_url).stdout.splitlines())
    assert told["tickets"].endswith("; 1 written, 0 deleted")
    assert told["customers"].endswith("; 1 written, 0 deleted")
    assert "0 written, 1 deleted" in told["notices"] or "1 written, 1 deleted" in told["notices"]
    assert counts(bare_url) == counts(url)


@pytest.mark.parametrize("bare_url", KINDS, indirect=True)
def test_rows_that_stand_in_each_others_way_are_copied_all_the_same(sqlite_full: str,
                                                                    bare_url: str) -> None:
    run(sqlite_full, "move", "--to", bare_url)
    with opened(sqlite_full), transaction():
        for name, number in (("?", 1), ("Acme", 2), ("Globex", 1)):
            db.session.execute(text("update customers set name = :name where id = :number"),
                               {"name": name, "number": number})
    run(sqlite_full, "move", "--to", bare_url)
    with opened(bare_url):
        names = db.session.execute(text("select name from customers order by id")).scalars().all()
    assert names == ["Globex", "Acme"]


@pytest.mark.parametrize("bare_url", KINDS, indirect=True)
def test_killed_in_the_middle_it_is_gone_on_with(sqlite_full: str, bare_url: str) -> None:
    with opened(sqlite_full), transaction():
        db.session.execute(tables.AuditEntry.__table__.insert(), [
            {"at": tables_time(), "actor": "test", "action": "note", "subject": str(number), "reason": "",
             "values": {}} for number in range(3000)])
    killed = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "gateway", "move", "--to", bare_url,
         "--rows-at-once", "3"], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env={**os.environ, "DATABASE_URL": sqlite_full, "SECRET_KEY": KEY})
    assert killed.stderr is not None
    while "Making" not in (line := killed.stderr.readline()):
        assert line, "it ended without copying anything"
    wait_for_rows(bare_url, "audit_entries")
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=20)
    assert killed.returncode == -signal.SIGKILL
    copied = counts(bare_url)["audit_entries"]
    assert 0 < copied < 3000
    told = dict(line.split(": ", 1) for line in run(sqlite_full, "move", "--to", bare_url).stdout.splitlines())
    assert told["audit_entries"].startswith("3000 rows")
    assert told["audit_entries"].endswith(f"; {3000 - copied} written, 0 deleted")
    assert counts(bare_url) == counts(sqlite_full)
    goes_on(bare_url)


@pytest.mark.parametrize("bare_url", KINDS, indirect=True)
def test_a_target_that_holds_anything_else_is_left_alone(sqlite_full: str, bare_url: str,
                                                         tmp_path: Path) -> None:
    run(sqlite_full, "move", "--to", bare_url)
    with opened(bare_url) as house:
        house.created("99")
    before = counts(bare_url)
    assert "has been used since" in run(sqlite_full, "move", "--to", bare_url, fails=True).stderr
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    run(sqlite_full, "move", "--to", other)
    assert "copy of another database" in run(other, "move", "--to", bare_url, fails=True).stderr
    assert counts(bare_url) == before
    run(sqlite_full, "move", "--to", bare_url, "--overwrite")
    assert counts(bare_url) == counts(sqlite_full)


@pytest.mark.parametrize("bare_url", ["postgres"], indirect=True)
def test_filled_from_a_backup_it_is_brought_up_to_date_from_the_database(sqlite_full: str, bare_url: str,
                                                                         tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite3"
    run(sqlite_full, "backup", str(file))
    run(sqlite_full, "move", "--from", f"sqlite:///{file}", "--to", bare_url)
    with opened(sqlite_full) as house:
        house.created("12")
    told = run(sqlite_full, "move", "--to", bare_url, "--overwrite").stdout
    assert dict(line.split(": ", 1) for line in told.splitlines())["tickets"].endswith("; 1 written, 0 deleted")
    assert counts(bare_url) == counts(sqlite_full)


def test_a_database_with_data_of_its_own_is_no_target(sqlite_full: str, postgres_url: str) -> None:
    worked_in(postgres_url).close()
    told = run(sqlite_full, "move", "--to", postgres_url, fails=True)
    assert "the target holds data of its own (" in told.stderr


def test_a_database_is_not_moved_to_itself(sqlite_full: str) -> None:
    told = run(sqlite_full, "move", "--to", sqlite_full.replace("sqlite:////", "sqlite:////./"), fails=True)
    assert "the same database" in told.stderr


def test_an_address_that_is_none_is_told(sqlite_full: str) -> None:
    assert "no other database is supported" in run(sqlite_full, "move", "--to", "mysql://x/y", fails=True).stderr


def test_what_the_target_cannot_keep_is_told_with_its_place(sqlite_full: str, postgres_url: str) -> None:
    with opened(sqlite_full), transaction():
        db.session.execute(text("update customers set zone = :long where name = 'Acme'"), {"long": "x" * 99})
    told = run(sqlite_full, "move", "--to", postgres_url, fails=True)
    assert "customers, between 1 and 2: the target refuses a row: value too long" in told.stderr


@both_ways
def test_nobody_writes_to_the_source_meanwhile(url: str, bare_url: str,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[str] = []

    def try_to_write(*_: object) -> None:
        if not refused:
            refused.append(refusal_of_a_writer(url))

    monkeypatch.setattr(commands._Teller, "__call__", try_to_write)
    run(url, "move", "--to", bare_url)
    assert refused == ["refused"]


def refusal_of_a_writer(url: str) -> str:
    if url.startswith("postgres"):
        with psycopg.connect(url, options="-c lock_timeout=200ms") as connection:
            with pytest.raises(psycopg.errors.LockNotAvailable):
                connection.execute("insert into customers (name, zone) values ('Late', '')")
            connection.rollback()
        return "refused"
    child = subprocess.run([sys.executable, "-c", TRY_TO_WRITE, url], cwd=ROOT, capture_output=True, text=True,
                           timeout=60, check=False)
    return child.stdout.strip() or child.stderr


TRY_TO_WRITE = f"""
import sys
from entitlements.store.database import transaction
from entitlements.store.turn import {Unavailable.__name__}
from tests.databases import bare_app
app = bare_app(sys.argv[1])
app.extensions["deskgate_turn"].patience = 0.2
with app.app_context():
    try:
        with transaction():
            print("written")
    except Unavailable:
        print("refused")
"""


def tables_time() -> object:
    return House("sqlite://").clock.now()


def wait_for_rows(url: str, table: str) -> None:
    for _ in range(2000):
        try:
            if url.startswith("sqlite"):
                with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
                    found = connection.execute(f"select count(*) from {table}").fetchone()[0]
            else:
                with psycopg.connect(url) as connection:
                    found = connection.execute(f"select count(*) from {table}").fetchone()[0]
        except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
            found = 0
        if found > 30:
            return
    raise AssertionError("nothing was copied")

