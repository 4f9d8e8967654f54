"""The REST API in front of a real database, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.api.desk import Desk


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    """A furnished Desk on an empty SQLite database of its own."""
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_desk(postgres_url: str) -> Iterator[Desk]:
    """The same on PostgreSQL, which is stricter about what a text and a number may be."""
    yield from _opened(postgres_url)


def _opened(url: str) -> Iterator[Desk]:
    desk = Desk(url)
    with desk.app.app_context():
        desk.furnish()
    yield desk
    desk.close()
