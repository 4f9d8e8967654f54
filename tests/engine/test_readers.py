"""A worker that reads tickets, on the real clock: at once, several at a time, and beside a helpdesk that hangs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from entitlements.engine.worker import Worker, new_name
from entitlements.helpdesk import Event, EventKind, Limits
from entitlements.rules import retry
from entitlements.steps import reading
from entitlements.steps.claims import SILENT_FOR
from entitlements.store import tables
from entitlements.store.database import transaction
from entitlements.store.leadership import Leadership
from tests.engine.test_given_twice import Collecting
from tests.engine.test_worker import wait_until, working
from tests.steps.house import OPS, House, event
from tests.steps.unread import claimed, hears, states, there_is


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    yield from furnished(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def small(sqlite_url: str) -> Iterator[House]:
    yield from furnished(sqlite_url)


def furnished(url: str) -> Iterator[House]:
    house = House(url)
    house.clock.at = datetime.now(timezone.utc)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


def test_tickets_are_read_within_two_seconds_of_their_webhooks_and_delivered(house: House):
    with working(house) as worker:
        wait_until(lambda: [row.capacity for row in house.rows(tables.Worker)] == [4])
        house.clock.at = datetime.now(timezone.utc)
        there_is(house, identity=OPS)
        hears(house)
        wait_until(lambda: house.helpdesk.actions() == ["route"])
        assert worker.lease.permit()() is None
    ticket = house.ticket()
    assert ticket.arrived_at == house.clock.at
    assert ticket.decision.made_at - ticket.arrived_at < timedelta(seconds=2)


def test_a_burst_is_read_several_at_a_time_and_each_ticket_once(house: House):
    together, read = threading.Barrier(8), house.helpdesk.read

    def meet(ticket_id: str) -> Event:
        together.wait(20)
        return read(ticket_id)

    house.helpdesk.read = meet  # type: ignore[method-assign]
    for number in range(24):
        there_is(house, str(number), OPS)
        hears(house, ticket_id=str(number))
    with working(house):
        wait_until(lambda: set(states(house)) == {"decided"}, 30)
        wait_until(lambda: len(house.helpdesk.applied) == 24, 30)
    assert sorted(house.helpdesk.reads, key=int) == [str(number) for number in range(24)]


def test_a_helpdesk_that_hangs_keeps_no_other_waiting(small: House):
    with transaction():
        small.connect("other", mode="enforce")
    goes_on, read = threading.Event(), small.helpdesk.read

    def hangs(ticket_id: str) -> Event:
        if ticket_id.startswith("slow"):
            goes_on.wait(20)
        return read(ticket_id)

    small.helpdesk.read = hangs  # type: ignore[method-assign]
    there_is(small, "quick", OPS)
    for number in range(12):
        there_is(small, f"slow{number}", OPS)
        hears(small, ticket_id=f"slow{number}")
    with working(small):
        wait_until(lambda: sum(bool(row.claimed_by) for row in small.rows(tables.Event)) == 8)
        small.hook(event(EventKind.CREATED, "quick", incomplete=True), connection="other")
        wait_until(lambda: len(small.helpdesk.applied) == 1)
        assert small.helpdesk.reads == ["quick"]
        goes_on.set()
        wait_until(lambda: set(states(small)) == {"decided"}, 30)


def test_what_a_killed_worker_was_reading_is_read_by_the_next(house: House):
    now = house.clock.at
    house.clock.at = now - timedelta(seconds=30)
    there_is(house, identity=OPS)
    hears(house)
    assert len(claimed(house, "killed")) == 1
    house.clock.at = now
    with working(house):
        wait_until(lambda: house.helpdesk.actions() == ["route"])


def test_a_ticket_whose_events_could_not_be_settled_is_read_again(house: House, monkeypatch):
    settle, failures = reading._carry_out, iter([RuntimeError("the database went away")])

    def shaky(*arguments: object) -> None:
        error = next(failures, None)
        if error:
            raise error
        settle(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_carry_out", shaky)
    monkeypatch.setattr(retry, "DELAYS", (0,))
    there_is(house, identity=OPS)
    hears(house)
    hears(house, EventKind.UPDATED)
    with working(house):
        wait_until(lambda: states(house) == ["decided", "applied"])
    assert house.helpdesk.reads == ["7", "7"]


def test_readings_and_deliveries_take_turns_where_a_limit_leaves_little(small: House, monkeypatch):
    monkeypatch.setattr(small.helpdesk, "limits", lambda: Limits(per_minute=60, share=0.5))
    engine, name = Collecting(), new_name()
    worker = Worker(small.deskgate, small.app.app_context, engine,
                    Leadership(name, small.clock.now, SILENT_FOR), name=name)
    for number in range(20):
        there_is(small, f"unread{number}", OPS)
        hears(small, ticket_id=f"unread{number}")
        small.created(str(number), OPS)
    for _ in range(20):
        worker.beat()
        worker.round()
        while engine.handed:
            worker.make(engine.handed.pop())
        small.clock.go_on(seconds=2)  # one call more
    worker._readers.stop()
    assert 20 <= len(small.helpdesk.reads) + len(small.helpdesk.applied) <= 25
    assert min(len(small.helpdesk.reads), len(small.helpdesk.applied)) >= 9
