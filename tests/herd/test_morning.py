"""A share of the herd of `python -m tests.soak.herd`, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.herd.figures import figures_of
from tests.herd.morning import Morning, Plan
from tests.steps.house import House


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    yield from furnished(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def sqlite_house(sqlite_url: str) -> Iterator[House]:
    yield from furnished(sqlite_url)


def furnished(url: str) -> Iterator[House]:
    house = House(url)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


def test_a_herd_is_let_go_in_bulk_beside_agents_and_live_tickets(house: House):
    morning = Morning(house, Plan(tickets=120, customers=24, urgent=4, bulk=10))
    morning.fill()
    morning.look()
    morning.run(minutes=20)
    figures = figures_of(morning)
    assert (figures.released, figures.early, figures.refused_agents, figures.refused_us) == (120, 0, 0, 0)
    assert figures.urgent_within <= 60
    assert figures.live_p99 <= 10
    assert figures.all_out <= 10
    assert figures.near >= 0.99


def test_without_bulk_calls_a_herd_takes_its_time_and_customers_take_turns(sqlite_house: House):
    house = sqlite_house
    morning = Morning(house, Plan(tickets=60, customers=12, urgent=2, live=10, agents=20, per_minute=60, bulk=1,
                                  tells=False))
    morning.fill()
    morning.look()
    morning.run(minutes=20)
    figures = figures_of(morning)
    assert (figures.released, figures.early, figures.refused_agents) == (60, 0, 0)
    assert figures.live_p99 <= 10
    assert figures.near >= 0.99
    assert figures.first_of_each_within <= 120
