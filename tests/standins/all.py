"""Every stand-in there is, by the kind of helpdesk it stands in for: the stories are told about each of them."""

from __future__ import annotations

from collections.abc import Callable

from entitlements.clock import Clock
from tests.standins import acme, chatwoot, freshdesk, helpscout, jira, request_tracker, servicenow, zammad, zendesk
from tests.standins.bench import Bench

BENCHES: dict[str, Callable[[Clock], Bench]] = {
    "chatwoot": chatwoot.ChatwootBench,
    "freshdesk": freshdesk.FreshdeskBench,
    "generic": acme.AcmeBench,
    "helpscout": helpscout.HelpScoutBench,
    "jira": jira.JiraBench,
    "request_tracker": request_tracker.RequestTrackerBench,
    "servicenow": servicenow.ServiceNowBench,
    "zammad": zammad.ZammadBench,
    "zendesk": zendesk.ZendeskBench,
}

KNOWS_NO_SEVERITY: frozenset[str] = frozenset({"helpscout"})
"""Products that have no priority."""

NAMES_NO_ENTRY: frozenset[str] = frozenset({"freshdesk"})
"""Products whose webhooks do not say which reply they are about."""
