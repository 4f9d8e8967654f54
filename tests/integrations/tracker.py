"""A Request Tracker connected in a usual way, for the tests of what is particular to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.stories import Connected, connected
from tests.standins.request_tracker import RequestTrackerBench
from tests.standins.request_tracker_state import Tracker


@dataclass
class Tracking(Connected):
    """What is connected, with the stand-in as what it is."""

    bench: RequestTrackerBench

    @property
    def tracker(self) -> Tracker:
        return self.bench.tracker

    def wrong(self) -> dict[str, str]:
        return {finding.what: finding.detail for finding in self.helpdesk.check() if not finding.ok}


@pytest.fixture
def tracking(tools: Tools, clock: FakeClock) -> Iterator[Tracking]:
    bench = RequestTrackerBench(clock)
    with bench.serving:
        desk = connected(bench, tools, clock)
        yield Tracking(bench, desk.config, tools, clock)
