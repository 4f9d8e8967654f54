"""Several workers on one database: one leads, another takes over, all deliver where the engine is shared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timezone

import pytest
from sqlalchemy import text

from entitlements.helpdesk import Delivery, Receipt
from entitlements.steps.claims import SILENT_FOR
from entitlements.steps.dispatch import Dispatcher
from entitlements.steps.tidy import beat
from entitlements.store import db, tables
from entitlements.store.database import transaction
from entitlements.store.leadership import Leadership
from tests.engine.test_worker import engine_of, wait_until, working
from tests.steps.house import OPS, House


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[House]:
    house = House(postgres_url)
    house.clock.at = datetime.now(timezone.utc)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    house = House(request.getfixturevalue(f"{request.param}_url"))
    with house.app.app_context():
        yield house
    house.close()


class Gathering:
    """Holds every delivery until so many are on their way at once."""

    def __init__(self, house: House, size: int):
        self.barrier, self.apply = threading.Barrier(size), house.helpdesk.apply
        house.helpdesk.apply = self.meet  # type: ignore[method-assign]

    def meet(self, delivery: Delivery) -> Receipt:
        self.barrier.wait(20)
        return self.apply(delivery)


def leadership(house: House, worker: str) -> Leadership:
    beat(worker, house.clock.now(), 4)
    return Leadership(worker, house.clock.now, SILENT_FOR)


def test_one_of_two_leads_and_the_other_follows_when_it_resigns(house: House):
    first, second = leadership(house, "first"), leadership(house, "second")
    assert [first.holds(), second.holds(), first.holds()] == [True, False, True]
    first.resign()
    assert [second.holds(), first.holds()] == [True, False]


def test_a_leader_that_falls_silent_is_followed_and_leads_no_more_when_it_wakes_up(house: House):
    first, second = leadership(house, "first"), leadership(house, "second")
    assert first.holds()
    house.clock.go_on(seconds=SILENT_FOR.total_seconds() + 1)
    beat("second", house.clock.now(), 4)
    assert second.holds()
    beat("first", house.clock.now(), 4)
    assert [first.holds(), second.holds()] == [False, True]


def test_all_workers_deliver_what_the_one_that_leads_hands_over(on_postgres: House):
    for number in range(8):
        on_postgres.created(str(number), OPS)
    Gathering(on_postgres, 8)  # more than one worker makes at once
    with ExitStack() as both:
        workers = [both.enter_context(working(on_postgres)) for _ in range(2)]
        wait_until(lambda: len(on_postgres.helpdesk.applied) == 8, 30)
        wait_until(lambda: {row.state for row in on_postgres.rows(tables.Delivery)} == {"done"})
    makers = {row.claimed_by for row in on_postgres.rows(tables.Delivery)}
    assert makers == {worker.name for worker in workers}


def test_losing_everything_the_engine_knows_loses_nothing(on_postgres: House):
    on_postgres.created("1", OPS)
    beat("gone with its jobs", datetime.now(timezone.utc), 4)
    assert Dispatcher(on_postgres.deskgate).dispatch(engine_of(on_postgres)) == 1
    with transaction():
        assert db.session.execute(text("DELETE FROM procrastinate_jobs")).rowcount == 1
    with working(on_postgres):
        wait_until(lambda: on_postgres.helpdesk.actions() == ["route"], SILENT_FOR.total_seconds() + 15)


def test_a_hand_over_that_is_rolled_back_leaves_no_job_and_no_claim(on_postgres: House):
    class Failing:
        def hand_over(self, batches: list) -> None:
            engine_of(on_postgres).hand_over(batches)
            raise RuntimeError("killed before the commit")

        def begin(self) -> None:
            raise AssertionError("nothing was handed over")

    on_postgres.created("1", OPS)
    beat("alive", on_postgres.clock.now(), 4)
    with pytest.raises(RuntimeError):
        Dispatcher(on_postgres.deskgate).dispatch(Failing())
    assert db.session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
    assert [(row.state, row.generation) for row in on_postgres.rows(tables.Delivery)] == [("waiting", 0)]


def test_a_worker_that_only_stands_by_counts_for_nothing(sqlite_url: str):
    house = House(sqlite_url)
    house.clock.at = datetime.now(timezone.utc)
    with house.app.app_context():
        house.furnish()
        with working(house) as leader:
            wait_until(lambda: [row.capacity for row in house.rows(tables.Worker)] == [4])
            with working(house) as standby:
                wait_until(lambda: len(house.rows(tables.Worker)) == 2)
                assert {row.id: row.capacity for row in house.rows(tables.Worker)} == {leader.name: 4, standby.name: 0}
                leader.stop()
                house.created("1", OPS)
                wait_until(lambda: house.helpdesk.actions() == ["route"])
    house.close()
