"""`gateway check` and `backup`: on real databases of both kinds, with a day of work in them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from entitlements.cli import database as commands
from entitlements.store import db
from entitlements.store.database import transaction
from entitlements.store.invariants import INVARIANTS
from tests.day_of_work import counts, goes_on, opened, run, worked_in
from tests.trouble.troubles import damaged

KINDS = ("sqlite", "postgres")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    """A database with a day of work in it: a queued ticket, routed ones, time used, a parked webhook."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    worked_in(found).close()
    return found


@pytest.fixture
def sqlite_full(sqlite_url: str) -> str:
    worked_in(sqlite_url).close()
    return sqlite_url


class TestCheck:
    def test_a_line_for_each_invariant_and_all_is_well(self, url: str) -> None:
        told = run(url, "check")
        lines = told.stdout.splitlines()
        assert all(line.startswith("ok ") for line in lines)
        assert len(INVARIANTS) - 2 == len(lines), "two belong to the other kind of database"
        assert "Everything holds; nothing was changed." in told.stderr

    def test_what_does_not_hold_is_told_with_examples_and_fails(self, sqlite_full: str) -> None:
        with opened(sqlite_full), transaction():
            db.session.execute(text("update tickets set state = 'rejected' where state = 'routed'"))
        told = run(sqlite_full, "check", fails=True)
        broken = [line for line in told.stdout.splitlines() if not line.startswith("ok ")]
        assert "BROKEN   a ticket's state is that of its decision in force: 2: ticket 1, ticket 2 " \
               "(a ticket was moved without a decision)" in broken
        assert "of what must hold does not; nothing was changed" in told.stderr

    def test_what_only_waits_for_a_worker_is_a_warning(self, sqlite_full: str) -> None:
        with opened(sqlite_full), transaction():
            db.session.execute(text("delete from workers"))
            db.session.execute(text("update tickets set due_at = '2026-03-01 09:00:00' where state = 'queued'"))
        told = run(sqlite_full, "check")
        assert "warning  no queued ticket is overdue: 1: ticket 4" in told.stdout
        assert "no worker is at work" in told.stdout


class TestBackup:
    def test_it_is_a_whole_database_that_only_its_owner_may_read(self, url: str, tmp_path: Path) -> None:
        file = tmp_path / "backup.sqlite3"
        told = run(url, "backup", str(file))
        assert told.stdout == f"{file}\n"
        assert "opened and compared" in told.stderr
        assert "SECRETS_KEYS, else SECRET_KEY: keep those too, in another place" in told.stderr
        assert file.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in tmp_path.iterdir()] == [file.name]
        assert counts(f"sqlite:///{file}") == counts(url)
        assert "ok       the file is whole" in run(f"sqlite:///{file}", "check").stdout

    def test_nothing_is_replaced_unless_it_is_said(self, url: str, tmp_path: Path) -> None:
        file = tmp_path / "backup.sqlite3"
        file.write_text("precious")
        assert "is there already" in run(url, "backup", str(file), fails=True).stderr
        assert file.read_text() == "precious"
        run(url, "backup", str(file), "--force")
        assert file.read_bytes().startswith(b"SQLite format 3")
        assert file.stat().st_mode & 0o777 == 0o600

    def test_others_write_on_meanwhile(self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The backup is as of its beginning, whatever is written before it is done."""
        before = counts(url)
        take = commands.counts_of

        def and_then_somebody_writes(connection: object) -> dict[str, int]:
            found = take(connection)
            monkeypatch.setattr(commands, "counts_of", take)
            if connection.dialect.name == "postgresql":  # a SQLite file would make the writer wait: see the next test
                write_elsewhere(url)
            return found

        monkeypatch.setattr(commands, "counts_of", and_then_somebody_writes)
        run(url, "backup", str(tmp_path / "backup.sqlite3"))
        assert counts(f"sqlite:///{tmp_path / 'backup.sqlite3'}") == before

    def test_a_writer_waits_for_the_snapshot_and_is_not_refused(self, sqlite_full: str, tmp_path: Path) -> None:
        writer = subprocess.Popen([sys.executable, "-c", ENDLESS, sqlite_full.removeprefix("sqlite:///")],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        for number in range(3):
            run(sqlite_full, "backup", str(tmp_path / f"{number}.sqlite3"))
        told, _ = writer.communicate("stop\n", timeout=20)
        assert (writer.returncode, int(told) > 0) == (0, True)

    def test_a_damaged_database_makes_no_backup(self, sqlite_full: str, tmp_path: Path) -> None:
        with damaged(sqlite_full):
            run(sqlite_full, "backup", str(tmp_path / "backup.sqlite3"), fails=True)
        assert list(tmp_path.iterdir()) == []

    def test_what_was_broken_before_is_told_and_kept(self, sqlite_full: str, tmp_path: Path) -> None:
        with opened(sqlite_full), transaction():
            db.session.execute(text("update tickets set state = 'rejected' where state = 'routed'"))
        told = run(sqlite_full, "backup", str(tmp_path / "backup.sqlite3"))
        assert "not as it should be, in the database as well: a ticket's state" in told.stderr

    def test_a_row_that_points_at_nothing_is_told_and_the_backup_is_kept(self, sqlite_full: str,
                                                                         tmp_path: Path) -> None:
        with sqlite3.connect(sqlite_full.removeprefix("sqlite:///")) as connection:
            connection.execute("delete from customers where name = 'Globex'")  # keys are off unless asked for
        file = tmp_path / "backup.sqlite3"
        told = run(sqlite_full, "backup", str(file))
        assert "not as it should be, in the database as well: what rows point at is there" in told.stderr
        assert counts(f"sqlite:///{file}") == counts(sqlite_full)

    @pytest.mark.parametrize(("url", "bare_url"), [("sqlite", "postgres"), ("postgres", "sqlite")], indirect=True)
    def test_it_is_restored_by_moving_it(self, url: str, bare_url: str, tmp_path: Path) -> None:
        file = f"sqlite:///{tmp_path / 'backup.sqlite3'}"
        run(url, "backup", file.removeprefix("sqlite:///"))
        run(file, "move", "--to", bare_url)
        assert counts(bare_url) == counts(url)
        goes_on(bare_url)


ENDLESS = """
import select, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
print("writing", flush=True)
count = 0
while not select.select([sys.stdin], [], [], 0.002)[0] and count < 20000:
    connection.execute("insert into facts (name, value) values (?, '')", (f"fact {count}",))
    count += 1
print(count)
"""


def write_elsewhere(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("insert into facts (name, value) values ('written', 'meanwhile')")
        connection.execute("insert into customers (name, zone) values ('Late', '')")


