"""`connection check` for Jira: is it there, are we let in, may we do what we must. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Finding
from integrations.desk.mapping import DeskMapping
from integrations.http import Answer
from integrations.jira.api import DESK, PLATFORM, JiraApi, said_in
from integrations.jira.checks_names import NameCheck
from integrations.jira.checks_webhook import webhook_findings
from integrations.jira.settings import JiraSettings
from integrations.jira.ticket import CUSTOMER

CLOCKS_DIFFER = timedelta(seconds=60)
MOST_PROJECTS = 20
SITE = "the address is that of the site, such as https://acme.atlassian.net"
PERMISSIONS = {
    "BROWSE_PROJECTS": "see its tickets", "EDIT_ISSUES": "set labels and fields",
    "TRANSITION_ISSUES": "change their status", "ADD_COMMENTS": "write comments",
    "SERVICEDESK_AGENT": "write as an agent, which takes a license of Jira Service Management"}
TO_CREATE = {"CREATE_ISSUES": "create tickets", "MODIFY_REPORTER": "create tickets for customers"}


def findings(config: ConnectionConfig, settings: JiraSettings, mapping: DeskMapping, api: JiraApi,
             now: datetime) -> Iterator[Finding]:
    """Every finding that can be had; what depends on being let in is left out when we are not. Raises DeliveryError."""
    return _Check(config, settings, mapping, api, now).run()


@dataclass(frozen=True)
class _Check:
    config: ConnectionConfig
    settings: JiraSettings
    mapping: DeskMapping
    api: JiraApi
    now: datetime

    def run(self) -> Iterator[Finding]:
        yield self._secret()
        server = self.api.ask("GET", (*PLATFORM, "serverInfo"))
        address = self._address(server)
        yield address
        if not address.ok:
            return
        yield from self._clock(server)
        account = self._account()
        yield account
        if account.ok:
            yield from self._let_in()

    def _let_in(self) -> Iterator[Finding]:
        keys: list[str] = []
        for finding, key in self._projects():
            yield finding
            keys += [key] if finding.ok and key else []
        for key in keys:
            yield self._permissions(key)
        yield from NameCheck(self.settings, self.mapping, self.api, tuple(keys)).findings()
        yield from self._creating(keys)
        yield from webhook_findings(self.config, self.settings, self.api)

    def _secret(self) -> Finding:
        if not any(self.config.secrets):
            return Finding("secret", False, "there is none, so every webhook is refused; set one by rotate-secret, and "
                                            "the same in the webhook of Jira")
        return Finding("secret", True, "in the webhook address" if self.settings.by_automation else
                       "there is one; it must be that of the webhook in Jira")

    def _address(self, answer: Answer) -> Finding:
        if answer.status in (401, 403):
            return Finding("token", False, f"not accepted ({answer.status}); {self._token_hint()}")
        try:
            told = answer.object() if answer.is_success else {}
        except DeliveryError:
            told = {}
        kind = told.get("deploymentType")
        if not kind:
            return Finding("address", False, f"no Jira answers there, but {answer.status}; {SITE}")
        if kind != "Cloud":
            return Finding("address", False, f"this is Jira {kind}, which signs and answers otherwise; this kind is "
                                             "for Jira Cloud")
        return Finding("address", True, f"Jira Cloud answers, as {told.get('baseUrl') or 'itself'}")

    def _clock(self, answer: Answer) -> Iterator[Finding]:
        try:
            at = parsedate_to_datetime(answer.header("Date")).replace(tzinfo=timezone.utc)
        except (ValueError, TypeError):
            return
        ahead = self.now - at
        if abs(ahead) > CLOCKS_DIFFER:
            yield Finding("clock", False, f"ours is {abs(ahead).total_seconds():.0f} s "
                          f"{'ahead of' if ahead > timedelta() else 'behind'} Jira's; set this machine's clock")
        else:
            yield Finding("clock", True, "agrees with Jira's")

    def _account(self) -> Finding:
        answer = self.api.ask("GET", (*PLATFORM, "myself"))
        if answer.status == 401:
            return Finding("token", False, f"not accepted; {self._token_hint()}")
        if answer.status == 403:
            return Finding("token", False, "its account may not use Jira: it is suspended, or has no access to Jira "
                                           "Service Management; see the account in admin.atlassian.com")
        if not answer.is_success:
            return Finding("token", False, f"GET myself answers {answer.status}: {said_in(answer)}")
        me = self.api.ask_me()
        if not me.is_active:
            return Finding("token", False, f"the account {me.name} is deactivated; take that of another agent")
        if me.type == CUSTOMER:
            return Finding("token", False, f"{me.name} is a customer's account of the portal; take that of an agent")
        return Finding("token", True, f"accepted; we act as {me.name} ({me.id})"
                       + ("" if me.zone else "; Jira does not tell its time zone, so looks go back half a day"))

    def _token_hint(self) -> str:
        if ":" not in self.config.token and "/ex/jira/" not in self.config.url:
            return "at the address of a site it must be EMAIL:API_TOKEN"
        return ("make a new one at id.atlassian.com, Security, API tokens; one with scopes works at "
                "https://api.atlassian.com/ex/jira/CLOUD_ID only")

    def _projects(self) -> Iterator[tuple[Finding, str]]:
        if not self.settings.projects:
            page = self.api.call("GET", (*PLATFORM, "project", "search"),
                                 params={"typeKey": "service_desk", "maxResults": MOST_PROJECTS}).object()
            keys = [str(each.get("key")) for each in page.get("values") or () if isinstance(each, dict)]
            yield Finding("project", bool(keys), f"not set: all service projects, {', '.join(keys)}" if keys else
                          "our account sees no service project; give it the role Service Desk Team in one"), ""
            yield from ((Finding("project", True, f"{key} is seen"), key) for key in keys)
        for key in self.settings.projects:
            yield self._project(key), key

    def _project(self, key: str) -> Finding:
        answer = self.api.ask("GET", (*PLATFORM, "project", key))
        if not answer.is_success:
            return Finding("project", False, f"there is no project {key}, or our account may not see it: add it to the "
                                             "project's people")
        told = answer.object()
        if told.get("archived"):
            return Finding("project", False, f"{key} is archived; name another project")
        if told.get("projectTypeKey") != "service_desk":
            return Finding("project", False, f"{key} is a project of type {told.get('projectTypeKey')}, which has no "
                                             "customers; name a service project")
        return Finding("project", True, f"{key} is a service project")

    def _permissions(self, key: str) -> Finding:
        creates = bool(self.settings.request_type or self.settings.issue_type)
        needed = {**PERMISSIONS, **(TO_CREATE if creates else {})}
        told = self.api.get("mypermissions", projectKey=key, permissions=",".join(needed))
        known = told.get("permissions") if isinstance(told, dict) else None
        missing = [f"{name} ({what})" for name, what in needed.items() if not _has(known, name)]
        if missing:
            return Finding("permissions", False, f"in {key} our account lacks {', '.join(missing)}; give it the role "
                                                 "Service Desk Team in the project, or mend the permission scheme")
        return Finding("permissions", True, f"all there in {key}")

    def _creating(self, keys: Sequence[str]) -> Iterator[Finding]:
        if not self.settings.request_type:
            return
        place = (*DESK, "servicedesk", self.settings.service_desk)
        desk = self.api.ask("GET", place)
        if not desk.is_success:
            yield Finding("service_desk", False, f"there is no service desk {self.settings.service_desk} for us; "
                                                 "GET /rest/servicedeskapi/servicedesk lists them")
            return
        project = str(desk.object().get("projectKey") or "")
        if project not in keys:
            yield Finding("service_desk", False, f"it is that of {project}, which is not among the projects")
        asked = self.api.ask("GET", (*place, "requesttype", self.settings.request_type, "field"))
        yield _request_type(asked, self.settings.request_type, project)


def _has(known: object, name: str) -> bool:
    told = known.get(name) if isinstance(known, dict) else None
    return isinstance(told, dict) and told.get("havePermission") is True


def _request_type(answer: Answer, number: str, project: str) -> Finding:
    if not answer.is_success:
        return Finding("request_type", False, f"{project} has no request type {number}; its number is in the address "
                                              "of its page in the project's settings")
    told = answer.object()
    rows: Sequence[Mapping[str, Any]] = [each for each in told.get("requestTypeFields") or () if isinstance(each, dict)]
    required = [str(each.get("name")) for each in rows
                if each.get("required") and each.get("fieldId") not in ("summary", "description")]
    if required:
        return Finding("request_type", False, f"it asks for {', '.join(required)} too; make that optional, or give it "
                                              "a preset value")
    if "description" not in {each.get("fieldId") for each in rows}:
        return Finding("request_type", False, "it has no description, where our marker must go; add that field")
    if told.get("canRaiseOnBehalfOf") is False:
        return Finding("request_type", False, "our account may not raise it on behalf of customers; make it an agent")
    return Finding("request_type", True, f"{number} can be raised with a summary and a description")
