"""A Chatwoot connected in a usual way, for the tests of what is particular to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from entitlements.helpdesk import Event
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.stories import Connected, connected
from tests.standins.chatwoot import ChatwootBench
from tests.standins.chatwoot_state import Office, Talk


@dataclass
class Chatting(Connected):
    """What is connected, with the stand-in as what it is."""

    bench: ChatwootBench

    @property
    def office(self) -> Office:
        return self.bench.office

    def talk(self, ticket_id: str) -> Talk:
        return self.bench.talk(ticket_id)

    def front_hides(self, ticket_id: str) -> None:
        """Our account is no collaborator of its inbox."""
        self.bench.front.hidden_from_us.add(int(ticket_id))

    def wrong(self) -> dict[str, str]:
        return {finding.what: finding.detail for finding in self.helpdesk.check() if not finding.ok}

    def parsed(self, payload: dict[str, Any]) -> list[Event]:
        return list(self.helpdesk.parse(self.bench.hook(payload)))


@pytest.fixture
def chatting(tools: Tools, clock: FakeClock) -> Iterator[Chatting]:
    bench = ChatwootBench(clock)
    with bench.serving:
        desk = connected(bench, tools, clock)
        yield Chatting(bench, desk.config, tools, clock)
