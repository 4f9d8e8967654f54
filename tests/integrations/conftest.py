"""What the tests of the adapters share: a clock, the HTTP client, and the real desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.http import HttpClient
from integrations.tools import Tools
from tests.desk.fixture import desk, desk_python  # noqa: F401  fixtures are found by name
from tests.fakes import FakeClock
from tests.integrations.parts import ListInbox


@pytest.fixture
def clock() -> FakeClock:
    """A Monday morning."""
    return FakeClock("2026-03-09 10:00")


@pytest.fixture
def http(clock: FakeClock) -> Iterator[HttpClient]:
    client = HttpClient(allow_loopback=True, clock=clock)
    yield client
    client.close()


@pytest.fixture
def tools(http: HttpClient, clock: FakeClock) -> Tools:
    return Tools(http, clock, ListInbox())
