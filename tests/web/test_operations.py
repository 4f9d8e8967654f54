"""Alive, ready, and how it is doing: what those who run Deskgate ask it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from click import ClickException
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from entitlements.cli.speaking import require_migrated
from entitlements.store import db, tables
from entitlements.store.condition import DatabaseFacts, PostgresFacts, SqliteFacts
from entitlements.store.connecting import sqlite_journal_mode
from entitlements.store.connections import find_connection, pause
from entitlements.store.database import transaction
from tests.web.api.desk import Desk, problem


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(request.getfixturevalue(f"{request.param}_url"))
    with desk.app.app_context():
        desk.furnish()
    yield desk
    desk.close()


def beat(desk: Desk, name: str = "w1", capacity: int = 0) -> None:
    """A worker says that it is alive."""
    with desk.app.app_context(), transaction():
        db.session.merge(tables.Worker(id=name, started_at=desk.clock.now(), seen_at=desk.clock.now(),
                                       capacity=capacity))


def figures(desk: Desk) -> dict[tuple[str, ...], float]:
    """Every sample of /metrics, by its name and the values of its labels."""
    response = desk.get("/metrics")
    assert response.status_code == 200
    return {(sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(response.get_data(as_text=True)) for sample in family.samples}


def test_a_running_process_is_healthy_whatever_its_database_does(desk: Desk) -> None:
    desk.app.extensions.pop("sqlalchemy")
    response = desk.client.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_a_migrated_database_is_ready_without_a_worker_and_shows_one(desk: Desk) -> None:
    told = desk.client.get("/readyz").get_json()
    assert (told["status"], told["migration"]["current"]) == ("ready", True)
    assert told["time_zones"] == {"pytz": version("pytz")}
    assert told["worker"] == {"alive": False, "seen_at": None}
    beat(desk)
    desk.clock.go_on(seconds=5)
    assert desk.client.get("/readyz").get_json()["worker"] == {"alive": True, "seen_at": "2026-03-09T09:00:00Z"}
    desk.clock.go_on(minutes=5)
    response = desk.client.get("/readyz")
    assert (response.status_code, response.get_json()["worker"]["alive"]) == (200, False)


def test_readiness_names_the_database(desk: Desk) -> None:
    told = desk.client.get("/readyz").get_json()
    database, engine = told["database"], told["engine"]
    if database["kind"] == "sqlite":
        assert (database["version"], database["journal_mode"]) == (sqlite3.sqlite_version, sqlite_journal_mode())
        assert (database["synchronous"], database["busy_timeout_seconds"], engine) == ("FULL", 5, "threads")
        assert "3.51.3" in database["why"]
        assert database["warnings"] == []
    else:
        assert (database["kind"], database["answers"], engine) == ("postgresql", True, "procrastinate")
        assert int(database["version"].partition(".")[0]) >= 15
        assert database["synchronous_commit"] == "on"


def test_a_server_that_does_not_sync_is_warned_of() -> None:
    facts = DatabaseFacts("postgresql", "18.0", "0003", PostgresFacts(fsync="off", synchronous_commit="off"))
    assert ["fsync is off" in facts.warnings[0], "synchronous_commit is off" in facts.warnings[1]] == [True, True]
    assert "NORMAL" in DatabaseFacts("sqlite", "3", "0003", SqliteFacts("WAL", "NORMAL", 5, "")).warnings[0]


def test_a_database_that_a_later_version_has_migrated_is_served(desk: Desk) -> None:
    at_migration(desk, "9999")
    told = desk.client.get("/readyz")
    assert (told.status_code, told.get_json()["status"]) == (200, "ready")
    assert (told.get_json()["migration"]["current"], told.get_json()["migration"]["newer"]) == (False, True)
    assert desk.app.test_cli_runner().invoke(args=["gateway", "connection", "list"]).exit_code == 0


def test_a_database_that_is_behind_is_not_served(desk: Desk) -> None:
    at_migration(desk, "0002")
    told = desk.client.get("/readyz")
    assert (told.status_code, told.get_json()["status"]) == (503, "not migrated")
    assert told.get_json()["migration"]["newer"] is False
    with desk.app.app_context(), pytest.raises(ClickException, match="not migrated"):
        require_migrated()


def at_migration(desk: Desk, number: str) -> None:
    with desk.app.app_context(), transaction():
        db.session.execute(text("update alembic_version set version_num = :number"), {"number": number})


@pytest.mark.parametrize("statement", ["update alembic_version set version_num = '0000'", "drop table alembic_version"])
def test_an_unmigrated_database_is_not_ready(desk: Desk, statement: str) -> None:
    with desk.app.app_context(), transaction():
        db.session.execute(text(statement))
    response = desk.client.get("/readyz")
    assert (response.status_code, response.get_json()["migration"]["current"]) == (503, False)
    assert response.headers["Retry-After"]


def test_a_database_that_cannot_be_reached_is_not_ready(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk.app.app_context():
        db.session.remove()
        db.engine.dispose()
        monkeypatch.setattr(db.engine.dialect, "connect", _unreachable)
    response = desk.client.get("/readyz")
    assert (response.status_code, response.get_json()["database"]["answers"]) == (503, False)


def _unreachable(*_: object, **__: object) -> None:
    raise db.exc.OperationalError("connect", {}, OSError("connection refused"))


def test_metrics_need_their_scope(desk: Desk) -> None:
    problem(desk.client.get("/metrics"), 401, "unauthorized")
    with desk.app.app_context():
        token = desk.new_token("shop", ["tickets:read"])
    problem(desk.get("/metrics", token=token), 403, "missing-scope")


def test_metrics_count_what_is_there(desk: Desk) -> None:
    desk.submit()
    desk.clock.set("2026-03-09 20:00")
    desk.submit()
    desk.submit()
    found = figures(desk)
    assert found["deskgate_tickets", "queued"] == 2
    assert found["deskgate_tickets", "withdrawn"] == 0
    assert found["deskgate_deliveries", "waiting"] == 3
    assert found["deskgate_decisions_total", "queue", "outside_hours"] == 2
    assert found["deskgate_decisions_total", "route", "within_hours"] == 1
    assert found["deskgate_oldest_due_delivery_seconds",] == 11 * 3600
    assert found["deskgate_events", "parked"] == 0
    assert found["deskgate_worker_alive",] == 0
    assert ("deskgate_worker_age_seconds",) not in found


def test_metrics_tell_how_long_the_oldest_webhook_waits_for_its_ticket_to_be_read(desk: Desk) -> None:
    assert figures(desk)["deskgate_oldest_unread_event_seconds",] == 0
    with desk.app.app_context(), transaction():
        db.session.add(tables.Event(connection=find_connection("desk"), event_key="1", digest="1", state="to_read",
                                    received_at=desk.clock.now(), due_at=desk.clock.now(), about="7"))
    desk.clock.go_on(seconds=7)
    found = figures(desk)
    assert (found["deskgate_oldest_unread_event_seconds",], found["deskgate_events", "to_read"]) == (7, 1)


def test_metrics_show_pauses_oversized_hooks_and_the_worker(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        connection = find_connection("desk")
        pause(connection, "maintenance", desk.clock.now())
        connection.oversized_hooks = 3
    beat(desk)
    desk.clock.go_on(seconds=4)
    found = figures(desk)
    assert found["deskgate_connection_paused", "desk"] == 1
    assert found["deskgate_oversized_hooks_total", "desk"] == 3
    assert (found["deskgate_worker_alive",], found["deskgate_worker_age_seconds",]) == (1, 4)


def test_metrics_show_how_helpdesks_fare(desk: Desk) -> None:
    found = figures(desk)
    assert (found["deskgate_connection_circuit_open", "desk"], found["deskgate_connection_pace", "desk"]) == (0, 1)
    with desk.app.app_context(), transaction():
        connection = find_connection("desk")
        connection.broken_since, connection.pace = desk.clock.now(), 0.4
        connection.looked_at = desk.clock.now()
    desk.clock.go_on(minutes=2)
    found = figures(desk)
    assert (found["deskgate_connection_circuit_open", "desk"], found["deskgate_connection_pace", "desk"]) == (1, 0.4)
    assert found["deskgate_connection_last_look_age_seconds", "desk"] == 120


def test_metrics_count_the_workers_that_are_alive_and_what_is_behind(desk: Desk) -> None:
    desk.clock.set("2026-03-09 20:00")
    desk.submit()
    beat(desk, "w1", 8)
    desk.clock.go_on(hours=12)
    beat(desk, "w2", 8)
    beat(desk, "w3", 4)
    found = figures(desk)
    assert (found["deskgate_workers_alive",], found["deskgate_workers_capacity",]) == (2, 12)
    assert found["deskgate_releases_behind",] == 1
