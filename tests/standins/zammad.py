"""A Zammad that is not there: what its people do, the webhooks that its triggers send, and the bench of the stories."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from tests.standins.bench import CUSTOMER, ORGANIZATION, State
from tests.standins.serving import Serving
from tests.standins.zammad_api import application
from tests.standins.zammad_desk import ZammadDesk
from tests.standins.zammad_parts import AGENT, US, iso

PRIORITIES = {"low": "1 low", "normal": "2 normal", "high": "3 high", "urgent": "3 high"}
GROUPS = {"route_group": "Service Desk", "triage_group": "Triage", "queue_group": "Waiting", "renewals_group": "Sales"}
SECRET, TOKEN = "a long random text of the admin's", "s3cr3t-t0ken-of-zammad"


class ZammadBench:
    """One Zammad. Triggers are those that the guide prescribes."""

    kind = "zammad"

    def __init__(self, clock: Clock):
        self.desk = ZammadDesk(clock, TOKEN)
        self.serving = Serving(application(self.desk))
        self._customers = {CUSTOMER: self.desk.add_customer(CUSTOMER, ORGANIZATION)}

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
        return {**GROUPS, "outcome_field": "deskgate_outcome"}

    # --- People -------------------------------------------------------------------------------------------------------

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        customer = self._customers.get(email) or self.desk.add_customer(email)
        self._customers[email] = customer
        by, kind = (AGENT, "phone") if by_agent else (customer, "email")
        ticket = self.desk.create(by, {"title": "Printer on fire", "group": "Users", "customer_id": customer,
                                       "priority": PRIORITIES[severity],
                                       "article": {"type": kind, "sender": "Customer", "body": "It burns."}})
        return str(ticket["id"])

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        ticket = self.desk.tickets[int(ticket_id)]
        state = ticket["state"] if ticket["state"] == "new" else "open"
        self.desk.update(ticket["customer_id"], ticket, {
            "state": state, "article": {"type": "email", "sender": "Customer", "body": words}})

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        ticket = self.desk.tickets[int(ticket_id)]
        self.desk.update(AGENT, ticket, {"article": {"type": "email", "sender": "Agent", "to": "it@acme.example",
                                                     "body": words}})

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self._agent(ticket_id, article={"type": "note", "internal": True, "sender": "Agent", "body": words})

    def agent_takes(self, ticket_id: str) -> None:
        self._agent(ticket_id, owner_id=AGENT)

    def agent_closes(self, ticket_id: str) -> None:
        self._agent(ticket_id, state="closed")

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It burns again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        self.desk.tag(int(ticket_id), tag)

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        self._agent(ticket_id, priority=PRIORITIES[severity])

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        self._agent(ticket_id, article={"type": "note", "internal": True, "sender": "Agent", "body": "Cooled it.",
                                        "time_unit": str(seconds / 60)})
        return True

    def agent_waits(self, ticket_id: str, until: datetime) -> None:
        """An agent waits for the customer, until a certain instant."""
        self._agent(ticket_id, state="pending reminder", pending_time=iso(until))

    def merges(self, ticket_id: str, into: str) -> bool:
        self.desk.merge(AGENT, int(ticket_id), int(into))
        return True

    def deletes(self, ticket_id: str) -> None:
        del self.desk.tickets[int(ticket_id)]

    def meanwhile(self, ticket_id: str) -> None:
        self.desk.after_next_look[int(ticket_id)] = lambda: self.desk.tag(int(ticket_id), "smells-of-smoke")

    def _agent(self, ticket_id: str, **fields: Any) -> None:
        self.desk.update(AGENT, self.desk.tickets[int(ticket_id)], fields)

    # --- Webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._sent(ours=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._sent(ours=True)

    def _sent(self, *, ours: bool) -> list[Inbound]:
        told = [each for each in self.desk.happened if (each.by == US) is ours]
        self.desk.happened = [each for each in self.desk.happened if each not in told]
        return [self.sent(each.trigger, each.delivery, each.payload) for each in told]

    def sent(self, trigger: str, delivery: str, payload: Mapping[str, Any]) -> Inbound:
        """A webhook as Zammad sends it."""
        body = json.dumps(payload).encode()
        return Inbound("POST", "/hooks/desk", {
            "Content-Type": "application/json; charset=utf-8", "User-Agent": "Zammad User Agent",
            "X-Zammad-Trigger": trigger, "X-Zammad-Delivery": delivery,
            "X-Hub-Signature": "sha1=" + hmac.digest(SECRET.encode(), body, "sha1").hex()},
            body, self.desk.clock.now())

    # --- How it ended -------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        ticket = self.desk.tickets.get(int(ticket_id))
        if ticket is None:
            return State("closed", exists=False)
        ours = [row for row in self.desk.articles_of(ticket["id"])
                if row["created_by_id"] == US and row["sender"] != "Customer"]
        return State(
            standing=self.standing(ticket), group=ticket["group"], tags=frozenset(self.desk.tags[ticket["id"]]),
            assignee="" if ticket["owner_id"] == 1 else str(ticket["owner_id"]),
            fields={name: ticket[name] or "" for name in self.desk.attribute_types},
            until=_instant(ticket["pending_time"]),
            told=tuple(row["body"] for row in ours if not row["internal"]),
            notes=tuple(row["body"] for row in ours if row["internal"]),
            first_reply_at=_instant(ticket["first_response_at"]))

    def standing(self, ticket: Mapping[str, Any]) -> str:
        """Waiting for us or for the customer looks the same in Zammad; the tag tells them apart."""
        if ticket["state"] in ("closed", "merged"):
            return "closed"
        if not ticket["state"].startswith("pending"):
            return "open"
        return "held" if "deskgate_queued" in self.desk.tags[ticket["id"]] else "waiting"


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
