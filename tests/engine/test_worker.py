"""The worker of one machine, on the real clock: tickets leave within a second of their time, nothing is left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from entitlements.clock import SystemClock
from entitlements.engine.postgres import PostgresEngine
from entitlements.engine.protocol import Run
from entitlements.engine.threads import ThreadEngine
from entitlements.engine.worker import Worker, new_name
from entitlements.errors import DeliveryError
from entitlements.helpdesk import EventKind
from entitlements.rules import retry
from entitlements.rules.schedule import Schedule
from entitlements.rules.zone import ZONE_DATA
from entitlements.steps import deliver
from entitlements.steps.claims import SILENT_FOR
from entitlements.steps.context import Deskgate
from entitlements.store import db, tables
from entitlements.store.changes import fact, remember
from entitlements.store.database import transaction
from entitlements.store.leadership import Leadership
from tests.steps.house import OPS, House, event


def engine_of(house: House) -> ThreadEngine | PostgresEngine:
    if db.engine.dialect.name == "sqlite":
        return ThreadEngine(4)
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return PostgresEngine(url, lambda: db.session.connection().connection.dbapi_connection, 4)


@contextmanager
def working(house: House) -> Iterator[Worker]:
    """A worker in a thread of its own, stopped at the end."""
    deskgate = Deskgate(clock=SystemClock(), policy=house.deskgate.policy, public_url="https://deskgate.example",
                        helpdesk=house.deskgate.helpdesk)
    name = new_name()
    worker = Worker(deskgate, house.app.app_context, engine_of(house), Leadership(name, deskgate.clock.now, SILENT_FOR),
                    name=name)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()


def test_a_worker_has_leave_to_write_before_its_engine_gives_it_anything(house: House):
    class Engine(ThreadEngine):
        def start(self, run: Run) -> None:
            super().start(run)
            worker.lease.permit()()
            with house.app.app_context():
                known.extend(db.session.scalars(select(tables.Worker.id)))
            worker.stop()

    known: list[str] = []
    name = new_name()
    worker = Worker(house.deskgate, house.app.app_context, Engine(1), Leadership(name, house.clock.now, SILENT_FOR),
                    name=name)
    worker.run()
    assert known == [name]


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Look again and again, ending each read: an open one would keep SQLite's writers waiting."""
    end = time.monotonic() + seconds
    while True:
        met = condition()
        db.session.rollback()
        if met:
            return
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    house = House(request.getfixturevalue(f"{request.param}_url"))
    house.clock.at = datetime.now(timezone.utc)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


def opening_at(at: datetime) -> Schedule:
    """A schedule that is closed until that second, and open for the rest of that minute at least."""
    end = at + timedelta(minutes=2)
    day = at.strftime("%a").lower()
    return Schedule.from_dict({"zone": "UTC", "weekly": {day: [[at.strftime("%H:%M:%S"), end.strftime("%H:%M:%S")]]}})


def test_a_queued_ticket_is_released_within_a_second_of_its_time_and_not_before(house: House):
    release_at = (datetime.now(timezone.utc) + timedelta(seconds=4)).replace(microsecond=0)
    house.change_terms("Acme", schedule=opening_at(release_at), starts_on=release_at.date() - timedelta(days=2),
                       ends_on=release_at.date() + timedelta(days=2))
    house.clock.at = datetime.now(timezone.utc)
    house.created()
    assert house.ticket().release_at == release_at
    db.session.rollback()
    with working(house):
        wait_until(lambda: house.helpdesk.actions() == ["queue", "release"])
    made_at = house.ticket().decision.made_at
    assert release_at <= made_at <= release_at + timedelta(seconds=1)


def test_what_a_killed_worker_had_claimed_is_taken_up_by_the_next(house: House):
    now = house.clock.at
    house.clock.at = now - timedelta(seconds=30)
    house.created("1", OPS)
    assert len(house.claims("killed")) == 1
    house.clock.at = now
    with working(house):
        wait_until(lambda: house.helpdesk.actions() == ["route"])
    assert house.helpdesk.applied[0].try_number == 2


def test_a_helpdesk_that_fails_does_not_keep_other_tickets_waiting(house: House):
    house.helpdesk.fails = [DeliveryError("no answer", kind="temporary", status=503)]
    house.created("1", OPS)
    house.created("2", OPS)
    with working(house):
        wait_until(lambda: len(house.helpdesk.applied) == 1 and len(house.rows(tables.Attempt)) == 2)


def test_a_worker_that_stops_signs_off(house: House):
    with working(house) as worker:
        wait_until(lambda: [row.id for row in house.rows(tables.Worker)] == [worker.name])
    assert house.rows(tables.Worker) == []


def test_a_round_that_fails_is_followed_by_the_next(house: House, monkeypatch):
    failures = iter([RuntimeError("database away")])

    def shaky(*_args: object) -> int:
        error = next(failures, None)
        if error:
            raise error
        return 0

    monkeypatch.setattr("entitlements.engine.worker.release_due", shaky)
    monkeypatch.setattr("entitlements.engine.worker.AFTER_TROUBLE", 0.05)
    house.created("1", OPS)
    with working(house):
        wait_until(lambda: house.helpdesk.actions() != [])


def test_a_result_that_could_not_be_written_down_does_not_block_the_ticket(house: House, monkeypatch):
    settle = deliver.done
    failures = iter([RuntimeError("the database went away")])

    def shaky(*arguments: object, **named: object) -> str:
        error = next(failures, None)
        if error:
            raise error
        return settle(*arguments, **named)

    monkeypatch.setattr(deliver, "done", shaky)
    monkeypatch.setattr(retry, "DELAYS", (0,))
    house.created("1", OPS)
    with working(house):
        wait_until(lambda: [row.state for row in house.rows(tables.Delivery)] == ["done"])
    assert [delivery.try_number for delivery in house.helpdesk.applied] == [1, 2]


def test_a_schedule_that_new_time_zone_data_cannot_read_keeps_nobody_elses_ticket_waiting(
        sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    house = House(sqlite_url)
    house.clock.at = datetime.now(timezone.utc)
    with house.app.app_context():
        house.furnish()
        with transaction():
            remember("zone_data", "2019z")
            row = db.session.scalars(db.select(tables.Schedule)).first()
            row.definition = {**row.definition, "zone": "US/Pacific-New"}
        house.created("8", identity=OPS)
        with working(house):
            wait_until(lambda: house.helpdesk.actions() == ["route"])
            wait_until(lambda: fact("zone_data") == ZONE_DATA)
        assert "cannot be read with this time-zone data" in caplog.text
    house.close()


def test_the_worker_finds_what_no_webhook_told(sqlite_url: str):
    house = House(sqlite_url)
    house.clock.at = datetime.now(timezone.utc)
    with house.app.app_context():
        house.furnish()
        house.helpdesk.finds_changes = True
        found = event(EventKind.CREATED, "77", OPS, created_at=house.clock.now())
        house.helpdesk.find_changed = lambda _since: [found]  # type: ignore[method-assign]
        with working(house):
            wait_until(lambda: house.helpdesk.actions() == ["route"])
        assert [row.source for row in house.rows(tables.Event)] == ["look"]
    house.close()
