"""A site of Jira Service Management that is not there: its people, fields, workflow and issues, and what happens to
them. Everything that happens makes the webhooks that an administrator's webhook would get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from entitlements.clock import Clock

US, AGENT, RULES = "712020:0f-deskgate", "712020:7a-agent", "557058:f58131cb-automation"
ORGANIZATIONS, REQUEST_TYPE, PARTICIPANTS, OUTCOME, TEAM, RELEASE, NOTICE, POINTS = (
    f"customfield_{number}" for number in (10002, 10010, 10034, 10050, 10051, 10052, 10053, 10054))
TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
FIELDS: dict[str, tuple[str, str]] = {
    ORGANIZATIONS: ("Organizations", "com.atlassian.servicedesk:sd-customer-organizations"),
    PARTICIPANTS: ("Request participants", "com.atlassian.servicedesk:sd-request-participants"),
    REQUEST_TYPE: ("Request Type", "com.atlassian.servicedesk:vp-origin"),
    OUTCOME: ("Deskgate outcome", TYPES + "textfield"), TEAM: ("Support team", TYPES + "select"),
    RELEASE: ("Deskgate release", TYPES + "datetime"), NOTICE: ("Deskgate notice", TYPES + "textarea"),
    POINTS: ("Story points", TYPES + "float")}
TEAMS = ("Service Desk", "Triage", "Waiting", "Sales")
STATUSES = {"10001": ("Waiting for support", "indeterminate"), "10002": ("Waiting for customer", "indeterminate"),
            "10003": ("On hold", "indeterminate"), "10004": ("Resolved", "done"), "10005": ("Canceled", "done")}
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low"}
RESOLUTIONS = ("Done", "Won't Do")
OPEN, WAITING, HOLD, RESOLVED, CANCELED = STATUSES
Issue = dict[str, Any]


@dataclass
class Happened:
    """Something that is told by a webhook: who did it, and the body."""

    by: str
    body: dict[str, Any]


@dataclass
class JiraSite:
    """The state of a site. What is set to be wrong about it is in `wrong`: names of troubles that the API plays."""

    clock: Clock
    wrong: set[str] = field(default_factory=set)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)
    hooks: list[dict[str, Any]] = field(default_factory=list)
    after_next_look: dict[str, Callable[[], None]] = field(default_factory=dict)
    labels_only_on: bool = True
    hides_addresses: bool = False
    comments_tell_issue: bool = True
    page: int = 100
    zone: str = "America/New_York"
    organizations: dict[str, list[str]] = field(default_factory=dict)
    last: int = 10000

    def __post_init__(self) -> None:
        for account, kind, name, email in (
                (US, "atlassian", "Deskgate", "deskgate@acme.example"),
                (AGENT, "atlassian", "An agent", "agent@acme.example"),
                (RULES, "app", "Automation for Jira", "")):
            self.accounts[account] = {"accountId": account, "accountType": kind, "displayName": name, "active": True,
                                      "emailAddress": email, "timeZone": self.zone}

        self.hooks.append({"name": "Deskgate", "url": "https://deskgate.example/hooks/desk", "enabled": True,
                           "isSigned": True, "excludeBody": False, "events": [
            "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "worklog_created",
            "worklog_updated", "worklog_deleted"]})

    def number(self) -> str:
        self.last += 1
        return str(self.last)

    def add_customer(self, email: str, *organizations: str) -> str:
        account = f"qm:a713c8ea-1075-4e30-9d96-891a7d181739:{self.number()}"
        self.accounts[account] = {"accountId": account, "accountType": "customer", "displayName": email, "active": True,
                                  "emailAddress": email, "timeZone": self.zone}
        self.organizations[account] = list(organizations)
        return account

    def find(self, id_or_key: str) -> Issue | None:
        found = self.issues.get(id_or_key)
        return found or next((each for each in self.issues.values() if each["key"] == id_or_key), None)

    # --- What people and we do ----------------------------------------------------------------------------------------

    def create(self, by: str, fields: Mapping[str, Any], description: str, reporter: str = "") -> Issue:
        """A new issue; `description` in plain words."""
        number, at, reporter = self.number(), self.clock.now(), reporter or by
        issue: Issue = {"id": number, "key": f"SUP-{number}", "comments": [], "worklogs": [], "history": [],
                        "first_reply_at": None, "changes": 0, "fields": {
            "summary": "", "labels": [], "components": [], "assignee": None, "priority": "3", "resolution": None,
            "status": OPEN, "timespent": None, **dict.fromkeys(FIELDS),
            ORGANIZATIONS: self.organizations.get(reporter, []),
            **fields, "description": description, "created": at, "updated": at, "reporter": reporter, "creator": by}}
        self.issues[number] = issue
        self.tell(by, "jira:issue_created", issue, issue_event_type_name="issue_created")
        return issue

    def edit(self, by: str, issue: Issue, changes: Mapping[str, Any]) -> None:
        """Set fields; whatever differs is one change, and told once."""
        items = [{"field": name, "fieldId": name, "fieldtype": "custom" if name in FIELDS else "jira",
                  "from": _item(issue["fields"][name]), "fromString": self._named(name, issue["fields"][name]),
                  "to": _item(value), "toString": self._named(name, value)}
                 for name, value in changes.items() if issue["fields"][name] != value]
        if not items:
            return
        issue["fields"].update(changes)
        issue["changes"] += 1
        issue["history"].append({"id": f"{issue['id']}{issue['changes']:03}", "author": by, "items": items})
        self._touch(issue)
        self.tell(by, "jira:issue_updated", issue, issue_event_type_name="issue_generic",
                  changelog={"id": f"{issue['id']}{issue['changes']:03}", "items": items})

    def move(self, by: str, issue: Issue, status: str, resolution: str | None = None) -> None:
        """Follow the workflow: to be done sets a resolution, to be open again takes it back."""
        done = STATUSES[status][1] == "done"
        self.edit(by, issue, {"status": status, "resolution": (resolution or "Done") if done else None})

    def comment(self, by: str, issue: Issue, words: str, *, public: bool = True,
                properties: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        at = self.clock.now()
        comment = {"id": self.number(), "author": by, "words": words, "public": public, "created": at, "updated": at,
                   "properties": properties or []}
        issue["comments"].append(comment)
        is_agent = self.accounts[by]["accountType"] == "atlassian" and by != issue["fields"]["reporter"]
        if public and is_agent and issue["first_reply_at"] is None:
            issue["first_reply_at"] = at
        self._touch(issue)
        self.tell(by, "comment_created", issue if self.comments_tell_issue else None,
                  comment=self.told_comment(issue, comment, "2"))
        return comment

    def log(self, by: str, issue: Issue, seconds: int, worklog_id: str = "") -> dict[str, Any]:
        """Log time, or correct what was logged: nothing deletes it."""
        at = self.clock.now()
        known = next((each for each in issue["worklogs"] if each["id"] == worklog_id), None)
        worklog = known or {"id": self.number(), "author": by, "created": at}
        name = "worklog_deleted" if known and not seconds else "worklog_updated" if known else "worklog_created"
        if seconds:
            worklog |= {"timeSpentSeconds": seconds, "updated": at}
        issue["worklogs"] = [each for each in issue["worklogs"] if each is not known] + ([worklog] if seconds else [])
        issue["fields"]["timespent"] = sum(each["timeSpentSeconds"] for each in issue["worklogs"]) or None
        self._touch(issue)
        self.tell(by, name, None, worklog=self.told_worklog(issue, worklog))
        return worklog

    def delete(self, by: str, issue: Issue) -> None:
        self.issues.pop(issue["id"])
        self.tell(by, "jira:issue_deleted", issue)

    def _touch(self, issue: Issue) -> None:
        issue["fields"]["updated"] = self.clock.now()

    def _named(self, name: str, value: Any) -> str | None:
        if name == "status":
            return STATUSES[value][0]
        return PRIORITIES[value] if name == "priority" else _item(value)

    # --- How it is told -----------------------------------------------------------------------------------------------

    def tell(self, by: str, name: str, issue: Issue | None, **more: Any) -> None:
        told = {"issue": self.told(issue, "2")} if issue else {}
        user = {} if name.startswith(("worklog", "comment")) else {"user": self.person(by)}
        self.happened.append(Happened(by, {"timestamp": int(self.clock.now().timestamp() * 1000),
                                           "webhookEvent": name, **user, **told, **more}))

    def person(self, account: str | None, *, address: bool = False) -> dict[str, Any] | None:
        if account is None:
            return None
        told = {name: value for name, value in self.accounts[account].items() if name != "emailAddress"}
        shown = address or (not self.hides_addresses and self.accounts[account]["emailAddress"])
        return {**told, "emailAddress": self.accounts[account]["emailAddress"]} if shown else told

    def told(self, issue: Issue, version: str) -> dict[str, Any]:
        fields = issue["fields"]
        status = fields["status"]
        return {"id": issue["id"], "key": issue["key"],
                "self": f"https://acme.example/rest/api/{version}/issue/{issue['id']}", "fields": {
            **fields, "created": iso(fields["created"]), "updated": iso(fields["updated"]),
            "description": words_as(fields["description"], version), NOTICE: fields[NOTICE],
            "status": status_as(status), "priority": {"id": fields["priority"], "name": PRIORITIES[fields["priority"]]},
            "resolution": {"name": fields["resolution"]} if fields["resolution"] else None,
            "components": [{"id": "1", "name": name} for name in fields["components"]],
            "assignee": self.person(fields["assignee"]), "reporter": self.person(fields["reporter"]),
            "creator": self.person(fields["creator"]),
            "project": {"id": "10000", "key": "SUP", "projectTypeKey": "service_desk"},
            ORGANIZATIONS: [organization(each) for each in fields[ORGANIZATIONS]],
            PARTICIPANTS: [self.person(each) for each in fields[PARTICIPANTS] or ()],
            TEAM: {"id": f"1020{TEAMS.index(fields[TEAM])}", "value": fields[TEAM]} if fields[TEAM] else None}}

    def told_comment(self, issue: Issue, comment: Mapping[str, Any], version: str) -> dict[str, Any]:
        return {"id": comment["id"], "author": self.person(comment["author"]),
                "self": f"https://acme.example/rest/api/{version}/issue/{issue['id']}/comment/{comment['id']}",
                "body": words_as(comment["words"], version), "created": iso(comment["created"]),
                "updated": iso(comment["updated"]), "jsdPublic": comment["public"]}

    def told_worklog(self, issue: Issue, worklog: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": worklog["id"], "issueId": issue["id"], "author": self.person(worklog["author"]),
                "timeSpent": f"{worklog['timeSpentSeconds'] // 60}m", "timeSpentSeconds": worklog["timeSpentSeconds"],
                "created": iso(worklog["created"]), "updated": iso(worklog["updated"]),
                "started": iso(worklog["created"])}


def organization(number: str) -> dict[str, Any]:
    return {"id": number, "name": f"Organization {number}",
            "_links": {"self": f"https://acme.example/rest/servicedeskapi/organization/{number}"}}


def status_as(status: str) -> dict[str, Any]:
    name, category = STATUSES[status]
    return {"id": status, "name": name, "statusCategory": {"key": category, "name": category}}


def words_as(words: str, version: str) -> object:
    """Words as one version of the API shows them."""
    if version == "2" or not words:
        return words
    return {"type": "doc", "version": 1, "content": [
        {"type": "paragraph", "content": [part for number, line in enumerate(block.split("\n")) for part in
                                          ([{"type": "hardBreak"}] if number else [])
                                          + ([{"type": "text", "text": line}] if line else [])]}
        for block in words.split("\n\n")]}


def iso(at: datetime) -> str:
    """An instant the way Jira writes it."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _item(value: Any) -> str | None:
    return None if value is None else " ".join(value) if isinstance(value, list) else str(value)
