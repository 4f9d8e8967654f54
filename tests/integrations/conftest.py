"""What the tests of the adapters share: a clock, the HTTP client, and the real desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from entitlements.clock import SystemClock
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.http import HttpClient
from integrations.tools import Tools
from tests.desk import Desk, Receiver
from tests.desk.fixture import desk, desk_python  # noqa: F401  fixtures are found by name
from tests.fakes import FakeClock
from tests.integrations.office import chatting  # noqa: F401  fixtures are found by name
from tests.integrations.parts import ListInbox
from tests.integrations.real_desk import adapter
from tests.integrations.stories import desk_at_work  # noqa: F401  fixtures are found by name
from tests.integrations.stub_desk import StubDesk
from tests.integrations.tracker import tracking  # noqa: F401  fixtures are found by name
from tests.integrations.zendesk_parts import desk_zendesk  # noqa: F401  fixtures are found by name


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


@pytest.fixture
def stub() -> Iterator[StubDesk]:
    """The REST API of a django-helpdesk that is not there."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield StubDesk(mock)


@pytest.fixture
def receiver(desk: Desk) -> Iterator[Receiver]:  # noqa: F811  the fixture
    """What the real desk sends to a webhook address from now on."""
    listening = Receiver().start()
    desk.set_hooks([listening.url])
    yield listening
    desk.set_hooks()
    listening.stop()


@pytest.fixture
def real_tools() -> Iterator[Tools]:
    """With the machine's own time, which the real desk goes by too."""
    client = HttpClient(allow_loopback=True, clock=SystemClock())
    yield Tools(client, SystemClock())
    client.close()


@pytest.fixture
def helpdesk(desk: Desk, real_tools: Tools) -> DjangoHelpdesk:  # noqa: F811  the fixture
    """The adapter of the real desk."""
    return adapter(desk, real_tools)
