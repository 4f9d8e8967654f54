"""Payloads of Jira as its documentation shows them, and a Jira at work: what the tests of its adapter share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from entitlements.helpdesk import Event, Inbound
from integrations.desk.adapter import DeskAdapter
from integrations.jira import Jira
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import a_config, a_webhook
from tests.integrations.stories import Connected, connected
from tests.standins.jira import JiraBench
from tests.standins.jira_site import US, JiraSite

AT = 1773050400123
STAFF = {"accountId": "712020:agent", "accountType": "atlassian"}
ASKER = {"accountId": "qm:customer", "accountType": "customer", "emailAddress": "customer@acme.example"}
DONE = {"id": "9", "name": "Erledigt", "statusCategory": {"key": "done"}}
OPEN = {"id": "1", "name": "In Arbeit", "statusCategory": {"key": "indeterminate"}}


def jira_at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    """A Jira as a usual connection has it."""
    bench = JiraBench(clock)
    bench.serving.go_by(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def a_jira(tools: Tools, **settings: str) -> Jira:
    """One that has asked Jira for nothing yet."""
    return Jira(a_config("jira", settings, acting_as=US), tools)


def site(at_work: Connected) -> JiraSite:
    assert isinstance(at_work.bench, JiraBench)
    return at_work.bench.site


def issue(**fields: Any) -> dict[str, Any]:
    usual = {"status": {"id": "1", "name": "Waiting for support", "statusCategory": {"key": "indeterminate"}},
             "labels": [], "reporter": ASKER, "creator": ASKER, "created": "2026-03-09T09:00:00.000+0000",
             "updated": "2026-03-09T10:00:00.123+0000", "priority": {"id": "3", "name": "Medium"},
             "project": {"key": "SUP", "projectTypeKey": "service_desk"}}
    return {"id": "10101", "key": "SUP-42", "fields": {**usual, **fields}}


def sent(name: str = "jira:issue_updated", **more: Any) -> Inbound:
    usual = {"issue": issue()} if name.startswith("jira:") else {}
    return a_webhook(json.dumps({"timestamp": AT, "webhookEvent": name, **usual, **more}).encode())


def only(jira: Jira | DeskAdapter, inbound: Inbound) -> Event:
    (event,) = jira.parse(inbound)
    return event


def change(before: str, now: dict[str, Any], *, resolution: tuple[str | None, str | None] = (None, None)) -> Inbound:
    items = [{"field": "status", "fieldId": "status", "from": "7", "fromString": before, "to": now["id"]}]
    if resolution != (None, None):
        items.append({"field": "resolution", "fieldId": "resolution", "from": resolution[0], "to": resolution[1]})
    return sent(issue=issue(status=now), user=STAFF, changelog={"id": "10124", "items": items})


def comment(author: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "10200", "author": author, "body": "Hello", "created": "2026-03-09T10:00:00.000+0000",
            "updated": "2026-03-09T10:00:00.000+0000", "jsdPublic": True,
            "self": "https://acme.atlassian.net/rest/api/2/issue/10101/comment/10200", **more}


def organization(number: str) -> dict[str, Any]:
    return {"id": number, "name": "Acme",
            "_links": {"self": f"https://a.example/rest/servicedeskapi/organization/{number}"}}
