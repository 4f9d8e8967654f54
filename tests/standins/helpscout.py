"""A Help Scout account that is not there: what its people do, what it sends, and the bench of the stories."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from integrations.helpscout.events import WANTED
from integrations.signing import sign
from tests.standins.bench import CUSTOMER, ORGANIZATION, State
from tests.standins.helpscout_api import APP, APP_SECRET, application
from tests.standins.helpscout_desk import AGENT, US, HelpScoutDesk
from tests.standins.serving import Serving

SECRET, TOKEN = "mZ9XbGHodX", f"{APP}:{APP_SECRET}"
SETTINGS = {"route_group": "mailbox:Second Level", "triage_group": "mailbox:Triage", "queue_group": "mailbox:Night",
            "renewals_group": "Renewals", "outcome_field": "Deskgate outcome"}
REFERENCE = "deskgate_ref_"
ORGANIZATIONS = {ORGANIZATION: 31}
HOOK = {"id": 10, "url": "https://deskgate.example/hooks/desk", "state": "enabled", "events": list(WANTED),
        "payloadVersion": "V2", "notification": False, "secret": SECRET, "label": "Deskgate"}


class HelpScoutBench:
    """One account, and a webhook that tells of what the guide prescribes."""

    kind = "helpscout"

    def __init__(self, clock: Clock):
        self.desk = HelpScoutDesk(clock, webhooks=[dict(HOOK)])
        self.serving = Serving(application(self.desk))
        self._customers = {CUSTOMER: self.desk.add_customer(CUSTOMER, ORGANIZATIONS[ORGANIZATION])}

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
        return SETTINGS

    # --- People -------------------------------------------------------------------------------------------------------

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        """Help Scout knows no severity."""
        customer = self._customers.get(email) or self.desk.add_customer(email)
        self._customers[email] = customer
        row = self.desk.create(AGENT if by_agent else customer, 85, customer, kind="phone" if by_agent else "email",
                               source="web" if by_agent else "email")
        return str(row["id"])

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        customer = self.desk.conversations[int(ticket_id)]["primaryCustomer"]["id"]
        self.desk.write(customer, int(ticket_id), "customer", words)

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self.desk.write(AGENT, int(ticket_id), "message", words)

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self.desk.write(AGENT, int(ticket_id), "note", words)

    def agent_takes(self, ticket_id: str) -> None:
        self.desk.assign(AGENT, int(ticket_id), AGENT)

    def agent_closes(self, ticket_id: str) -> None:
        self.desk.set_status(AGENT, int(ticket_id), "closed")

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It burns again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        self.desk.tag(AGENT, int(ticket_id), [*self.desk.conversations[int(ticket_id)]["tags"], tag])

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        """Nothing to set."""

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        """Help Scout keeps no account of time."""
        return False

    def merges(self, ticket_id: str, into: str) -> bool:
        self.desk.merge(AGENT, int(ticket_id), int(into))
        return True

    def deletes(self, ticket_id: str) -> None:
        self.desk.delete(AGENT, int(ticket_id))

    def meanwhile(self, ticket_id: str) -> None:
        self.desk.after_next_look[int(ticket_id)] = lambda: self.agent_tags(ticket_id, "smells-of-smoke")

    # --- Webhooks -----------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._sent(ours=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._sent(ours=True)

    def _sent(self, *, ours: bool) -> list[Inbound]:
        mine = [each for each in self.desk.happened if (each.by == US) is ours]
        self.desk.happened = [each for each in self.desk.happened if (each.by == US) is not ours]
        subscribed = self.desk.webhooks[0]["events"]
        return [self.sent(each.event, each.body) for each in mine if each.event in subscribed]

    def sent(self, event: str, body: object) -> Inbound:
        """A webhook as Help Scout sends it."""
        raw = json.dumps(body).encode()
        return Inbound("POST", "/hooks/desk", {
            **sign("helpscout", SECRET, raw, self.desk.clock.now()), "X-HelpScout-Event": event,
            "Content-Type": "application/json; charset=utf-8"}, raw, self.desk.clock.now())

    # --- How it ended -------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        """The tag by which Deskgate knows a conversation of its own is left out: it differs from one to another."""
        if int(ticket_id) not in self.desk.conversations:
            return State("closed", exists=False)
        row = self.desk.alive(int(ticket_id))
        ours = [each for each in self.desk.threads_of(row["id"]) if each["createdBy"]["id"] == US]
        owner = row["assignee"] or {}
        return State(
            standing=self._standing(row), group=self._group(row),
            tags=frozenset(tag for tag in row["tags"] if not tag.startswith(REFERENCE)),
            assignee=str(owner.get("id", "")) if owner.get("type") == "user" else "",
            fields={each["name"]: each["text"] for each in self.desk.shown(row)["customFields"]},
            until=_instant(row["snooze"]["snoozedUntil"]) if row["snooze"] else None,
            told=tuple(each["body"] for each in ours if each["type"] == "message"),
            notes=tuple(each["body"] for each in ours if each["type"] == "note"),
            first_reply_at=_instant(row["first_reply_at"]))

    def _group(self, row: Mapping[str, Any]) -> str:
        """The way the settings name it."""
        name = self.desk.mailboxes[row["mailboxId"]]
        return next((told for told in SETTINGS.values() if told.removeprefix("mailbox:") == name), f"mailbox:{name}")

    def _standing(self, row: Mapping[str, Any]) -> str:
        """Waiting for us or for the customer looks alike; the tag tells them apart."""
        if row["status"] in ("closed", "spam"):
            return "closed"
        if not row["snooze"] and row["status"] != "pending":
            return "open"
        return "held" if "deskgate_queued" in row["tags"] else "waiting"


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
