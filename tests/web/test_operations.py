"""Alive, ready, and how it is doing: what those who run Deskgate ask it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from entitlements.store import db, tables
from entitlements.store.connections import find_connection, pause
from entitlements.store.database import sqlite_journal_mode, transaction
from tests.web.api.desk import Desk, problem


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(request.getfixturevalue(f"{request.param}_url"))
    with desk.app.app_context():
        desk.furnish()
    yield desk
    desk.close()


def beat(desk: Desk) -> None:
    """A worker says that it is alive."""
    with desk.app.app_context(), transaction():
        db.session.merge(tables.Worker(id="w1", started_at=desk.clock.now(), seen_at=desk.clock.now()))


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
    told = desk.client.get("/readyz").get_json()["database"]
    if told["kind"] == "sqlite":
        assert (told["version"], told["journal_mode"]) == (sqlite3.sqlite_version, sqlite_journal_mode())
    else:
        assert (told["kind"], told["answers"]) == ("postgresql", True)
        assert int(told["version"].partition(".")[0]) >= 15


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
