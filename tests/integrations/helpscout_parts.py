"""Short ways to the account, the bench and the API in the tests of Help Scout."""

from __future__ import annotations

from integrations.helpscout.api import HelpScoutApi
from tests.integrations.stories import Connected
from tests.standins.helpscout import HelpScoutBench
from tests.standins.helpscout_desk import HelpScoutDesk


def bench_of(at_work: Connected) -> HelpScoutBench:
    assert isinstance(at_work.bench, HelpScoutBench)
    return at_work.bench


def desk_of(at_work: Connected) -> HelpScoutDesk:
    return bench_of(at_work).desk


def api_of(at_work: Connected) -> HelpScoutApi:
    return at_work.helpdesk.api  # type: ignore[attr-defined, no-any-return]
