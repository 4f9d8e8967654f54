"""The pages in front of a real database, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.pages.visitor import Pages


@pytest.fixture
def pages(sqlite_url: str) -> Iterator[Pages]:
    """A furnished Deskgate on an empty SQLite database of its own."""
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_pages(postgres_url: str) -> Iterator[Pages]:
    """The same on PostgreSQL, which reads queries more strictly."""
    yield from _opened(postgres_url)


def _opened(url: str) -> Iterator[Pages]:
    pages = Pages(url)
    with pages.app.app_context():
        pages.furnish()
        yield pages
    pages.close()
