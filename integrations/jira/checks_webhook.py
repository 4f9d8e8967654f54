"""`connection check` for Jira, the other side: is our webhook there, switched on, signed and told of everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from entitlements.helpdesk import ConnectionConfig, Finding
from integrations.jira.api import JiraApi
from integrations.jira.settings import JiraSettings

EVENTS = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "worklog_created",
          "worklog_updated", "worklog_deleted")
WHAT = "webhook"


def webhook_findings(config: ConnectionConfig, settings: JiraSettings, api: JiraApi) -> Iterator[Finding]:
    """What Jira tells of our webhook, which it tells administrators alone."""
    if settings.by_automation:
        yield Finding(WHAT, True, "a rule of Jira Automation sends it; whether the rule is on, Jira tells nobody")
        return
    answer = api.ask("GET", ("rest", "webhooks", "1.0", "webhook"))
    listed = answer.json() if answer.is_success else None
    if not isinstance(listed, list):
        yield Finding(WHAT, True, "our account does not administer Jira, so it cannot be seen; a test event shows it")
        return
    ours = [each for each in listed if isinstance(each, dict) and _leads_here(each, config.name)]
    if not ours:
        yield Finding(WHAT, False, f"none leads to .../hooks/{config.name}; make one in System, WebHooks")
    for each in ours:
        yield _webhook(each)


def _leads_here(webhook: Mapping[str, Any], name: str) -> bool:
    path = str(webhook.get("url") or "").partition("?")[0].rstrip("/")
    return path.endswith(f"/hooks/{name}") or f"/hooks/{name}/" in path


def _webhook(told: Mapping[str, Any]) -> Finding:
    events, name = told.get("events"), told.get("name") or "ours"
    missing = [event for event in EVENTS if isinstance(events, list) and event not in events]
    if told.get("enabled") is False:
        return Finding(WHAT, False, f"{name} is switched off; enable it in System, WebHooks")
    if told.get("isSigned") is False:
        return Finding(WHAT, False, f"{name} is not signed, so it is refused; enter the connection's secret there")
    if told.get("excludeBody") is True:
        return Finding(WHAT, False, f"{name} is sent without its body; untick Exclude body there")
    if missing:
        return Finding(WHAT, False, f"{name} does not tell of {', '.join(missing)}; tick these there")
    return Finding(WHAT, True, f"{name} leads here, is on and signed")
