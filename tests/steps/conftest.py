"""The steps on a real database, with a clock that tests set and a helpdesk that remembers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.steps.house import House


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """Acme with business hours in Paris, Globex round the clock, and one connection, on each kind of database."""
    house = House(request.getfixturevalue(f"{request.param}_url"))
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()
