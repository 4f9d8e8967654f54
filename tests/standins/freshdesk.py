"""A Freshdesk account that is not there: what its people do, what its rules send, and the bench of the stories."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from integrations.freshdesk.guide import content
from tests.standins.bench import CUSTOMER, ORGANIZATION, State
from tests.standins.freshdesk_api import application
from tests.standins.freshdesk_desk import AGENT, CLOSED, NOTE, OPEN, PENDING, REPLY, RESOLVED, US, FreshdeskDesk
from tests.standins.serving import Serving

PRIORITIES = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
SOURCES = {1: "Email", 2: "Portal", 3: "Phone"}
SETTINGS = {"route_group": "Service Desk", "triage_group": "Triage", "queue_group": "Night",
            "renewals_group": "Renewals", "outcome_field": "Deskgate outcome"}
SECRET, KEY = "a-part-of-the-address", "kEy0fDeskgate"
HOOK = "https://deskgate.example/hooks/desk/" + SECRET
REFERENCE = "deskgate_ref_"


class FreshdeskBench:
    """One account. Rules are those that the guide prescribes."""

    kind = "freshdesk"

    def __init__(self, clock: Clock):
        self.desk = FreshdeskDesk(clock, KEY)
        self.serving = Serving(application(self.desk))
        self._customers = {CUSTOMER: self.desk.add_contact(CUSTOMER, ORGANIZATION)}
        for number, name in ((1, "deskgate: created"), (4, "deskgate: updated")):
            self.desk.rules[number].append({"id": number, "name": name, "active": True, "actions": [
                {"field_name": "trigger_webhook", "url": HOOK}]})

    @property
    def url(self) -> str:
        return self.serving.url

    @property
    def token(self) -> str:
        return KEY

    @property
    def secret(self) -> str:
        return SECRET

    def settings(self) -> Mapping[str, str]:
        return SETTINGS

    # --- People -------------------------------------------------------------------------------------------------------

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        customer = self._customers.get(email) or self.desk.add_contact(email)
        self._customers[email] = customer
        ticket = self.desk.create(AGENT if by_agent else customer, {
            "subject": "Printer on fire", "description": "<div>It burns.</div>", "requester_id": customer,
            "priority": PRIORITIES[severity], "status": OPEN, "source": 3 if by_agent else 1, "group_id": 101})
        return str(ticket["id"])

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        requester = self.desk.tickets[int(ticket_id)]["requester_id"]
        self.desk.write(requester, int(ticket_id), f"<div>{words}</div>", private=False, source=REPLY)

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self.desk.write(AGENT, int(ticket_id), f"<div>{words}</div>", private=False, source=REPLY)

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self.desk.write(AGENT, int(ticket_id), f"<div>{words}</div>", private=True, source=NOTE)

    def agent_takes(self, ticket_id: str) -> None:
        self.agent(ticket_id, responder_id=AGENT)

    def agent_closes(self, ticket_id: str) -> None:
        self.agent(ticket_id, status=RESOLVED)

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It burns again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        ticket = self.desk.tickets[int(ticket_id)]
        self.agent(ticket_id, tags=[*ticket["tags"], tag])

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        self.agent(ticket_id, priority=PRIORITIES[severity])

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        self.desk.log(AGENT, int(ticket_id), time_spent=f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}")
        return True

    def merges(self, ticket_id: str, into: str) -> bool:
        """To the API, a ticket that was merged into another one is a closed one like any other."""
        return False

    def deletes(self, ticket_id: str) -> None:
        self.desk.delete(AGENT, int(ticket_id))

    def meanwhile(self, ticket_id: str) -> None:
        self.desk.after_next_look[int(ticket_id)] = lambda: self.agent_tags(ticket_id, "smells-of-smoke")

    def agent(self, ticket_id: str, **fields: Any) -> None:
        """An agent changes something."""
        self.desk.update(AGENT, int(ticket_id), fields)

    # --- Webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._sent(ours=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._sent(ours=True)

    def _sent(self, *, ours: bool) -> list[Inbound]:
        mine = [each for each in self.desk.happened if (each.by == US) is ours]
        self.desk.happened = [each for each in self.desk.happened if (each.by == US) is not ours]
        return [self.sent(_filled(each.what, each.triggered, each.ticket)) for each in mine]

    def sent(self, body: object, headers: Mapping[str, str] | None = None) -> Inbound:
        """A webhook as Freshdesk sends it: the secret is in the address."""
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        return Inbound("POST", "/hooks/desk", {"Content-Type": "application/json", **(headers or {})}, raw,
                       self.desk.clock.now(), path_secret="" if headers else SECRET)

    # --- How it ended -------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        """The tag by which Deskgate knows a ticket that it created is left out: it differs from ticket to ticket."""
        ticket = self.desk.tickets[int(ticket_id)]
        ours = [row for row in self.desk.conversations if row["ticket_id"] == ticket["id"] and row["user_id"] == US]
        return State(
            standing=self._standing(ticket), group=self.desk.groups[ticket["group_id"] or 101],
            tags=frozenset(tag for tag in ticket["tags"] if not tag.startswith(REFERENCE)),
            assignee=str(ticket["responder_id"] or ""),
            fields={name: value or "" for name, value in ticket["custom_fields"].items()},
            told=tuple(row["body"] for row in ours if not row["private"]),
            notes=tuple(row["body"] for row in ours if row["private"]),
            first_reply_at=self.desk.instant(self.desk.first_replies.get(ticket["id"])),
            exists=not ticket.get("deleted"))

    def _standing(self, ticket: Mapping[str, Any]) -> str:
        """Waiting for us or for the customer looks the same in Freshdesk; the tag tells them apart."""
        if ticket["status"] in (RESOLVED, CLOSED) or ticket["spam"] or ticket.get("deleted"):
            return "closed"
        if ticket["status"] not in (PENDING, 8):
            return "open" if ticket["status"] == OPEN else "waiting"
        return "held" if "deskgate_queued" in ticket["tags"] else "waiting"


def _filled(what: str, triggered: str, ticket: Mapping[str, Any]) -> str:
    """The content of a rule of the guide, with its placeholders filled in."""
    values = {"ticket.id": ticket["id"], "triggered_event": triggered, "ticket.source": SOURCES[ticket["source"]]}
    found = content(what)
    for name, value in values.items():
        found = found.replace("{{" + name + "}}", str(value))
    return found
