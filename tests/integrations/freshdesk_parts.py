"""Short ways to the account, the bench and the API in the tests of Freshdesk."""

from __future__ import annotations

from integrations.freshdesk.api import FreshdeskApi
from tests.integrations.stories import Connected
from tests.standins.freshdesk import FreshdeskBench
from tests.standins.freshdesk_desk import FreshdeskDesk


def bench_of(at_work: Connected) -> FreshdeskBench:
    assert isinstance(at_work.bench, FreshdeskBench)
    return at_work.bench


def desk_of(at_work: Connected) -> FreshdeskDesk:
    return bench_of(at_work).desk


def api_of(at_work: Connected) -> FreshdeskApi:
    return at_work.helpdesk.api  # type: ignore[attr-defined, no-any-return]
