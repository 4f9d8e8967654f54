"""A bench of Jira: what people do there, the webhooks it sends, and how a ticket ended."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from tests.standins.bench import CUSTOMER, ORGANIZATION, State
from tests.standins.jira_api import application
from tests.standins.jira_site import (
    AGENT,
    HOLD,
    NOTICE,
    OPEN,
    OUTCOME,
    RELEASE,
    RESOLVED,
    STATUSES,
    TEAM,
    US,
    WAITING,
    Happened,
    Issue,
    JiraSite,
)
from tests.standins.serving import Serving

SECRET, TOKEN = "It's a Secret to Everybody", "deskgate@acme.example:ATATT3xFfGF0-s3cr3t=4E"
LEVELS = {"low": "4", "normal": "3", "high": "2", "urgent": "1"}
GROUPS = {"route_group": "Service Desk", "triage_group": "Triage", "queue_group": "Waiting", "renewals_group": "Sales"}


class JiraBench:
    """One site with one service project, whose groups are the options of a select list."""

    kind = "jira"

    def __init__(self, clock: Clock):
        self.site = JiraSite(clock)
        self.serving = Serving(application(self.site, TOKEN))
        self._customers = {CUSTOMER: self.site.add_customer(CUSTOMER, "146")}
        self._sent = 0
        assert ORGANIZATION

    @property
    def url(self) -> str:
        return self.serving.url

    @property
    def token(self) -> str:
        return TOKEN

    @property
    def secret(self) -> str:
        return SECRET

    def settings(self) -> Mapping[str, str]:
        return {**GROUPS, "group_field": "Support team", "queue_status": "On hold", "project": "SUP",
                "outcome_field": "Deskgate outcome", "service_desk": "1", "request_type": "25"}

    # --- People -------------------------------------------------------------------------------------------------------

    def issue(self, ticket_id: str) -> Issue:
        return self.site.issues[ticket_id]

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        customer = self._customers.get(email) or self.site.add_customer(email)
        self._customers[email] = customer
        issue = self.site.create(AGENT if by_agent else customer, {"summary": "Printer on fire",
                                                                   "priority": LEVELS[severity]}, "It burns.", customer)
        return issue["id"]

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        issue = self.issue(ticket_id)
        self.site.comment(issue["fields"]["reporter"], issue, words)

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self.site.comment(AGENT, self.issue(ticket_id), words)

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self.site.comment(AGENT, self.issue(ticket_id), words, public=False)

    def agent_takes(self, ticket_id: str) -> None:
        self.site.edit(AGENT, self.issue(ticket_id), {"assignee": AGENT})

    def agent_waits(self, ticket_id: str) -> None:
        self.site.move(AGENT, self.issue(ticket_id), WAITING)

    def agent_closes(self, ticket_id: str) -> None:
        self.site.move(AGENT, self.issue(ticket_id), RESOLVED)

    def customer_reopens(self, ticket_id: str) -> None:
        issue = self.issue(ticket_id)
        self.customer_writes(ticket_id, "It burns again.")
        self.site.move(issue["fields"]["reporter"], issue, OPEN)

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        issue = self.issue(ticket_id)
        self.site.edit(AGENT, issue, {"labels": [*issue["fields"]["labels"], tag]})

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        self.site.edit(AGENT, self.issue(ticket_id), {"priority": LEVELS[severity]})

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        self.site.log(AGENT, self.issue(ticket_id), seconds)
        return True

    def merges(self, ticket_id: str, into: str) -> bool:
        """Jira tells of no merge: it closes one ticket and links the two."""
        return False

    def deletes(self, ticket_id: str) -> None:
        self.site.delete(AGENT, self.issue(ticket_id))

    def meanwhile(self, ticket_id: str) -> None:
        self.site.after_next_look[ticket_id] = lambda: self.agent_tags(ticket_id, "smells-of-smoke")

    # --- Webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._told(ours=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._told(ours=True)

    def _told(self, *, ours: bool) -> list[Inbound]:
        told = [each for each in self.site.happened if (each.by == US) is ours]
        self.site.happened = [each for each in self.site.happened if (each.by == US) is not ours]
        return [self.sent(each) for each in told]

    def sent(self, happened: Happened, *, retry: int = 0) -> Inbound:
        """A webhook as Jira sends it; header names arrive in lower case."""
        body = json.dumps(happened.body).encode()
        self._sent += 1
        headers = {"content-type": "application/json; charset=UTF-8", "user-agent": "Atlassian Webhook HTTP Client",
                   "x-atlassian-webhook-identifier": f"3f2b{self._sent}", "x-atlassian-webhook-flow": "Primary",
                   "x-hub-signature": "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()}
        again = {"x-atlassian-webhook-retry": str(retry)} if retry else {}
        return Inbound("POST", "/hooks/desk", {**headers, **again}, body, self.site.clock.now())

    # --- How it ended -------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        issue = self.site.issues.get(ticket_id)
        if issue is None:
            return State("closed", exists=False)
        fields, ours = issue["fields"], [each for each in issue["comments"] if each["author"] == US]
        first: datetime | None = issue["first_reply_at"]
        return State(
            standing=self.standing(fields["status"]), group=fields[TEAM] or "", tags=frozenset(fields["labels"]),
            assignee=fields["assignee"] or "",
            fields={name: str(fields[name] or "") for name in (OUTCOME, RELEASE, NOTICE)},
            told=tuple(each["words"] for each in ours if each["public"]),
            notes=tuple(each["words"] for each in ours if not each["public"]), first_reply_at=first)

    @staticmethod
    def standing(status: str) -> str:
        if STATUSES[status][1] == "done":
            return "closed"
        return {HOLD: "held", WAITING: "waiting"}.get(status, "open")
