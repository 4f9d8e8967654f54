"""The pages in front of a real database, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.pages.visitor import Pages


@pytest.fixture
def pages(sqlite_url: str) -> Iterator[Pages]:
    """A furnished Deskgate on an empty SQLite database of its own."""
    pages = Pages(sqlite_url)
    with pages.app.app_context():
        pages.furnish()
        yield pages
    pages.close()
