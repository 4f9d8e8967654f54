"""A database in trouble: never a false success, 503 with Retry-After, and all is well as soon as the trouble is over.

`python -m tests.soak.store_trouble` does the same for longer and tells the figures.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from entitlements.store import connecting, db, tables
from entitlements.store.database import UNAVAILABLE, transaction
from entitlements.store.turn import Unavailable
from tests.trouble.senders import Senders, senders
from tests.trouble.troubles import (
    HOLD_DATABASE,
    HOLD_TURN,
    cut_connections,
    damaged,
    full,
    held,
    path_of,
    small_disk,
)

PATIENCE = 1  # second; the real ones are five
HEALED_WITHIN = 5
ANSWERED_WITHIN = 6


@pytest.fixture
def impatient(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Senders]:
    """Senders to SQLite, where nobody waits long."""
    monkeypatch.setattr(connecting, "BUSY_SECONDS", PATIENCE)
    with senders(sqlite_url) as found:
        found.app.extensions["deskgate_turn"].patience = PATIENCE
        yield found


@pytest.mark.parametrize("program", [HOLD_DATABASE, HOLD_TURN], ids=["database", "turn"])
def test_a_database_that_another_program_holds_refuses_and_heals(impatient: Senders, sqlite_url: str,
                                                                 program: str) -> None:
    with impatient.at_work():
        with held(sqlite_url, program):
            began = time.monotonic()
            time.sleep(4)
            ended = time.monotonic()
        assert impatient.wait_for_work() < HEALED_WITHIN
    assert impatient.taken(since=began, until=ended) == []
    assert max(each.seconds for each in impatient.sent) < ANSWERED_WITHIN
    assert impatient.statuses()[503] > 4
    impatient.check()


def test_pages_and_reads_tell_of_a_held_database_too(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.2)
    with senders(sqlite_url) as found, held(sqlite_url):
        client = found.app.test_client()
        client.set_cookie("deskgate_session", "anything")
        page = client.get("/")
        assert (page.status_code, page.mimetype, page.headers["Retry-After"]) == (503, "text/html", "5")
        assert "The database does not answer" in page.get_data(as_text=True)
        for path in ("/api/v1/tickets", "/readyz", "/metrics"):
            answer = client.get(path, headers=found.headers)
            assert (answer.status_code, bool(answer.headers["Retry-After"])) == (503, True), path
        done = found.app.test_cli_runner().invoke(args=["gateway", "connection", "list"])
        assert (done.exit_code, done.output.count("\n"), "locked" in done.output) == (1, 1, True)


def test_a_command_says_in_one_line_that_the_database_is_busy(sqlite_url: str) -> None:
    with senders(sqlite_url) as found, held(sqlite_url, HOLD_TURN):
        found.app.extensions["deskgate_turn"].patience = 0.2
        done = found.app.test_cli_runner().invoke(args=["gateway", "connection", "pause", "ours"])
        assert (done.exit_code, done.output) == (
            1, "Error: the database is busy: others have been writing for too long\n")


def test_a_full_disk_refuses_and_heals_and_can_be_read(tmp_path: Path, sqlite_url: str) -> None:
    try:
        disk = small_disk(tmp_path / "disk", 4)
        folder = disk.__enter__()
    except OSError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no disk to fill: {error}")
    try:
        url = f"sqlite:///{folder / 'deskgate.sqlite3'}"
        path_of(url).write_bytes(path_of(sqlite_url).read_bytes())
        with senders(url) as found:
            with found.at_work():
                with full(folder):
                    began = time.monotonic()
                    time.sleep(2)
                    ended = time.monotonic()
                    assert found.app.test_client().get("/readyz").status_code == 200
                assert found.wait_for_work() < HEALED_WITHIN
            assert found.taken(since=began + 0.5, until=ended) == []
            assert found.statuses()[503] > 4
            found.check()
    finally:
        disk.__exit__(None, None, None)


def test_a_damaged_file_is_unavailable(impatient: Senders, sqlite_url: str) -> None:
    with impatient.at_work():
        pass
    with impatient.app.app_context():
        db.engine.dispose()
    with damaged(sqlite_url):
        client = impatient.app.test_client()
        assert impatient.send(client, "hook-damaged").status == impatient.send(client, "call-damaged").status == 503
        client.set_cookie("deskgate_session", "anything")
        assert client.get("/").status_code == 503
    impatient.check()


def test_connections_cut_under_load_lose_and_double_nothing(postgres_url: str) -> None:
    with senders(postgres_url) as found:
        with found.at_work():
            assert cut_connections(postgres_url, 20, random.Random(20)) >= 20
            assert found.wait_for_work() < HEALED_WITHIN
        assert found.statuses()[503] > 0
        found.check()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_transaction_that_the_database_has_given_up_is_never_committed(
        kind: str, request: pytest.FixtureRequest) -> None:
    """What is swallowed inside a transaction must not make its commit a false success."""
    with senders(request.getfixturevalue(f"{kind}_url")) as found, found.app.app_context():
        with pytest.raises(UNAVAILABLE):
            _go_on_after_a_fault(kind)
        assert db.session.get(tables.Fact, "kept") is None


def _go_on_after_a_fault(kind: str) -> None:
    with transaction():
        db.session.add(tables.Fact(name="kept", value="?"))
        db.session.flush()
        if kind == "sqlite":
            db.session.connection().connection.dbapi_connection.execute("ROLLBACK")  # as a full disk makes it do
        else:
            with pytest.raises(db.exc.ProgrammingError):
                db.session.execute(text("select no_such_thing"))


def test_a_commit_of_unknown_outcome_is_refused_and_its_repeat_gets_the_first_answer(postgres_url: str) -> None:
    with senders(postgres_url) as found:
        client = found.app.test_client()
        with found.app.app_context():
            engine = db.engine

        def cut_off(connection: object) -> None:  # the server has committed, and its word does not arrive
            connection.connection.dbapi_connection.commit()  # type: ignore[attr-defined]
            raise OperationalError("commit", {}, Exception("server closed the connection unexpectedly"))

        event.listen(engine, "commit", cut_off)
        assert found.send(client, "hook-1").status == 503
        event.remove(engine, "commit", cut_off)
        found.check()


@pytest.mark.parametrize("error", [sqlite3.OperationalError("locked"), sqlite3.InternalError("odd"),
                                   sqlite3.InterfaceError("gone"), sqlite3.DatabaseError("disk image is malformed")])
def test_whatever_the_database_complains_of_is_unavailable(sqlite_url: str, error: Exception) -> None:
    with senders(sqlite_url) as found, found.app.app_context():

        def complain(*_: object) -> None:
            raise error

        event.listen(db.engine, "before_cursor_execute", complain)
        with pytest.raises(UNAVAILABLE):
            db.session.execute(text("select 1"))
        event.remove(db.engine, "before_cursor_execute", complain)


def test_what_is_there_already_is_not_unavailable(sqlite_url: str) -> None:
    with senders(sqlite_url) as found, found.app.app_context():
        with pytest.raises(db.exc.IntegrityError) as told, transaction():
            db.session.execute(text("insert into facts (name, value) values ('a', '1'), ('a', '2')"))
        assert not isinstance(told.value, UNAVAILABLE)
        assert issubclass(Unavailable, UNAVAILABLE)
