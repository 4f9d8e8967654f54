"""An engine that gives a worker the same batch again, while the worker is still at it: nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from entitlements.engine.protocol import Run
from entitlements.engine.worker import Worker, new_name
from entitlements.helpdesk import Delivery, Receipt
from entitlements.steps.claims import SILENT_FOR, Batch
from entitlements.store import tables
from entitlements.store.leadership import Leadership
from tests.steps.house import OPS, House


class Collecting:
    """An engine of many workers that keeps what it is handed for the test to run."""

    shared, capacity = True, 4

    def __init__(self) -> None:
        self.handed: list[Batch] = []

    def start(self, run: Run) -> None:
        """The test runs it."""

    def hand_over(self, batches: Sequence[Batch]) -> None:
        self.handed += batches

    def begin(self) -> None:
        """The test does that too."""

    def stop(self) -> None:
        """Nothing runs by itself."""


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    house = House(sqlite_url)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


def test_a_batch_that_comes_again_while_it_is_being_made_is_made_once(house: House) -> None:
    engine, name = Collecting(), new_name()
    worker = Worker(house.deskgate, house.app.app_context, engine,
                    Leadership(name, house.deskgate.clock.now, SILENT_FOR), name=name)
    house.created("7", OPS)
    worker.beat()
    worker.round()
    [batch] = engine.handed
    apply, calls = house.helpdesk.apply, []

    def again_meanwhile(delivery: Delivery) -> Receipt:
        calls.append(delivery.id)
        if len(calls) == 1:
            worker.make(batch)
        return apply(delivery)

    house.helpdesk.apply = again_meanwhile  # type: ignore[method-assign]
    worker.make(batch)
    assert len(calls) == 1
    assert [row.state for row in house.rows(tables.Delivery)] == ["done"]
