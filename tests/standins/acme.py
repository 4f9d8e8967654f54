"""What people do in an Acme Desk that is not there, the webhooks it sends, and the bench of the stories."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from tests.source_tree import ROOT
from tests.standins.acme_desk import AGENT, CUSTOMER_ID, US, AcmeDesk, application, instant
from tests.standins.bench import CUSTOMER, State
from tests.standins.serving import Serving

DESCRIPTION = (ROOT / "docs/helpdesks/generic/acme.toml").read_text(encoding="utf-8")
PRIORITIES = {"low": "P4", "normal": "P3", "high": "P2", "urgent": "P1"}
STANDINGS = {"new": "open", "open": "open", "waiting_on_customer": "waiting", "on_hold": "held", "solved": "closed",
             "merged": "closed"}
SECRET, KEY = "a-secret-of-the-webhook", "k3y-of-acme"
TEAMS = {"route_group": "Support", "triage_group": "Triage", "queue_group": "Later", "renewals_group": "Renewals"}
NAMES = {3: "Support", 4: "Triage", 5: "Later", 6: "Renewals"}


class AcmeBench:
    """One Acme Desk, connected by its description."""

    kind = "generic"

    def __init__(self, clock: Clock):
        self.desk = AcmeDesk(clock, KEY)
        self.serving = Serving(application(self.desk))

    @property
    def url(self) -> str:
        return f"{self.serving.url}/api/v2"

    @property
    def token(self) -> str:
        return KEY

    @property
    def secret(self) -> str:
        return SECRET

    def settings(self) -> Mapping[str, str]:
        return {**TEAMS, "outcome_field": "entitlement", "description": DESCRIPTION}

    # --- People -------------------------------------------------------------------------------------------------------

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        company = 12 if email == CUSTOMER else None
        by = AGENT if by_agent else CUSTOMER_ID
        return str(self.desk.open(by, email, company, priority=PRIORITIES[severity])["id"])

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        ticket = self._ticket(ticket_id)
        if ticket["status"] in ("solved", "waiting_on_customer"):
            self.desk.change(CUSTOMER_ID, ticket, "ticket.reopened", status="open")
        self.desk.comment(CUSTOMER_ID, ticket, words, internal=False)

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self.desk.comment(AGENT, self._ticket(ticket_id), words, internal=False)

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self.desk.comment(AGENT, self._ticket(ticket_id), words, internal=True)

    def agent_takes(self, ticket_id: str) -> None:
        self._agent(ticket_id, assignee_id=AGENT)

    def agent_closes(self, ticket_id: str) -> None:
        self.desk.change(AGENT, self._ticket(ticket_id), "ticket.solved", status="solved")

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It burns again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        self._agent(ticket_id, tags=[*self._ticket(ticket_id)["tags"], tag])

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        self._agent(ticket_id, priority=PRIORITIES[severity])

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        ticket = self._ticket(ticket_id)
        entry = {"id": self.desk.number(), "minutes": seconds // 60, "created_at": self.desk.now()}
        ticket["time_entries"].append(entry)
        ticket["updated_at"] = self.desk.now()
        self.desk.tell("time.logged", AGENT, ticket, time=entry)
        return True

    def merges(self, ticket_id: str, into: str) -> bool:
        self.desk.change(AGENT, self._ticket(ticket_id), "ticket.merged", status="merged")
        return True

    def deletes(self, ticket_id: str) -> None:
        self.desk.tell("ticket.deleted", AGENT, self.desk.tickets.pop(int(ticket_id)))

    def meanwhile(self, ticket_id: str) -> None:
        self.desk.after_next_look[int(ticket_id)] = lambda: self.agent_tags(ticket_id, "smells-of-smoke")

    def _ticket(self, ticket_id: str) -> dict[str, Any]:
        return self.desk.tickets[int(ticket_id)]

    def _agent(self, ticket_id: str, **fields: Any) -> None:
        self.desk.change(AGENT, self._ticket(ticket_id), **fields)

    # --- Webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._sent(ours=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._sent(ours=True)

    def _sent(self, *, ours: bool) -> list[Inbound]:
        told = [each for each in self.desk.happened if (each[0] == US) is ours]
        self.desk.happened = [each for each in self.desk.happened if each not in told]
        return [self.sent(payload) for _, payload in told]

    def sent(self, payload: Mapping[str, Any]) -> Inbound:
        """A webhook as this helpdesk sends it."""
        now = self.desk.clock.now()
        body, stamp = json.dumps(payload).encode(), str(int(now.timestamp()))
        mac = hmac.digest(SECRET.encode(), f"{stamp}.".encode() + body, "sha256").hex()
        headers = {"Content-Type": "application/json", "X-Acme-Timestamp": stamp, "X-Acme-Signature": f"sha256={mac}"}
        return Inbound("POST", "/hooks/desk", headers, body, now)

    # --- How it ended -------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        ticket = self.desk.tickets.get(int(ticket_id))
        if ticket is None:
            return State("closed", exists=False)
        ours = [each for each in ticket["comments"] if each["author"]["id"] == US]
        answers = [each for each in ticket["comments"] if each["author"]["id"] == AGENT and not each["internal"]]
        return State(
            standing=STANDINGS[ticket["status"]], group=NAMES.get(ticket["team_id"], ""),
            tags=frozenset(ticket["tags"]), assignee=str(ticket["assignee_id"] or ""), fields=dict(ticket["custom"]),
            until=instant(ticket["wake_at"]) if ticket["wake_at"] else None,
            told=tuple(each["body"] for each in ours if not each["internal"]),
            notes=tuple(each["body"] for each in ours if each["internal"]),
            first_reply_at=_at(answers[0]) if answers else None)


def _at(comment: Mapping[str, Any]) -> datetime:
    return instant(comment["created_at"])
