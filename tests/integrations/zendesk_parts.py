"""What the tests of Zendesk share: the stand-in, connected, and what a body says without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entitlements.helpdesk import Event
from integrations import build
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import a_config, a_webhook
from tests.integrations.stories import Connected, connected
from tests.standins.zendesk import ZendeskBench


@pytest.fixture
def desk_zendesk(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    """An account with one organization, as a usual connection has it."""
    bench = ZendeskBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def bench_of(desk: Connected) -> ZendeskBench:
    assert isinstance(desk.bench, ZendeskBench)
    return desk.bench


SAMPLES = sorted((Path(__file__).parent / "samples" / "zendesk").glob("*.json"))
CUSTOMERS, AGENTS, US = "20978392", "76872", "777"
LATE = "2026-03-02T11:00:00Z"


def sample(name: str) -> dict[str, Any]:
    path = next(path for path in SAMPLES if path.stem == name)
    return json.loads(path.read_text(encoding="utf-8"))["body"]


def told(tools: Tools, body: object, *, acting_as: str = US, headers: dict[str, str] | None = None,
         **settings: str) -> Event:
    """The one event of a body; text is sent as it is."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    (event,) = build(a_config("zendesk", settings, acting_as=acting_as), tools).parse(a_webhook(content, headers))
    return event
