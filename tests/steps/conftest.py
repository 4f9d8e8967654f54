"""The steps on a real database, with a clock that tests set and a helpdesk that remembers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.builders import targets
from tests.steps.changing import SUNDAY, give_holidays, wait_for_monday
from tests.steps.histories import SUNDAY_NOON
from tests.steps.house import House
from tests.steps.listing import connected

PROMISED = targets("urgent 1h wall; all 2h", "urgent 4h; all 8h")


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """Acme with business hours in Paris, Globex round the clock, and one connection, on each kind of database."""
    yield from _furnished(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def small_house(sqlite_url: str) -> Iterator[House]:
    """The same on SQLite alone, for stories in which the database makes no difference."""
    yield from _furnished(sqlite_url)


@pytest.fixture
def owing(house: House) -> House:
    """One everyday ticket has arrived and its route is owed."""
    house.created()
    return house


@pytest.fixture
def queued(house: House) -> House:
    """With a ticket of Acme's that came on a Sunday, is on hold and waits for Monday, on each kind of database."""
    return wait_for_monday(house, SUNDAY)


@pytest.fixture
def waiting(small_house: House) -> House:
    """With a ticket of Acme's that waits for Monday."""
    return wait_for_monday(small_house)


@pytest.fixture
def france(waiting: House) -> House:
    """The same, and the holidays of France on Acme's schedule."""
    return give_holidays(waiting)


def _furnished(url: str) -> Iterator[House]:
    house = House(url)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


@pytest.fixture
def desk(small_house: House) -> House:
    """Acme is promised an answer within two open hours and an end within eight. It is ten on Monday in Paris."""
    small_house.change_terms("Acme", targets=PROMISED)
    return small_house


@pytest.fixture
def any_desk(house: House) -> House:
    """The same on each kind of database."""
    house.change_terms("Acme", targets=PROMISED)
    return house


@pytest.fixture
def routed(desk: House) -> House:
    """Acme's ticket 7 has just reached the agents."""
    desk.created()
    return desk


@pytest.fixture
def listing(house: House) -> House:
    """It is Sunday noon, and a helpdesk that can be asked what happened was connected a minute ago."""
    return connected(house, SUNDAY_NOON - timedelta(minutes=1))


@pytest.fixture
def small(small_house: House) -> House:
    """The same on SQLite alone."""
    return connected(small_house, SUNDAY_NOON - timedelta(minutes=1))
