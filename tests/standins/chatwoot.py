"""A Chatwoot that is not there, and its people."""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from tests.standins.bench import CUSTOMER, ORGANIZATION, State
from tests.standins.chatwoot_app import OfficeApp
from tests.standins.chatwoot_state import ACCOUNT, ALEX, API_INBOX, INBOX, OUR_TOKEN, SECRET, US, Office, Talk
from tests.standins.serving import Serving

TEAMS = ("support", "triage", "waiting", "renewals")
LABELS = ("deskgate_routed", "deskgate_triage", "deskgate_queued", "deskgate_rejected", "deskgate_closed")
OUTCOME = "deskgate_outcome"
PRIORITIES = {"low": "low", "normal": "medium", "high": "high", "urgent": "urgent"}


class ChatwootBench:
    """Customers of Acme who write mail, one agent, and a team for each stage."""

    kind = "chatwoot"
    token = OUR_TOKEN
    secret = SECRET

    def __init__(self, clock: Clock):
        self.office = Office(clock)
        self.office.teams = dict(enumerate(TEAMS, 1))
        self.office.labels = list(LABELS)
        self.office.attributes = {OUTCOME: "text", "product": "list", "amount": "number"}
        self.office.contact(CUSTOMER, ORGANIZATION)
        self.front = OfficeApp(self.office)
        self.serving = Serving(self.front.app)
        self.serving.go_by(clock)
        self.signs = True

    @property
    def url(self) -> str:
        return f"{self.serving.url}/app/accounts/{ACCOUNT}"

    def settings(self) -> Mapping[str, str]:
        return {"route_group": "Support", "triage_group": "Triage", "queue_group": "Waiting",
                "renewals_group": "Renewals", "outcome_field": OUTCOME, "inbox_id": str(API_INBOX),
                "account_id": str(ACCOUNT)}

    # --- People -------------------------------------------------------------------------------------------------------

    def talk(self, ticket_id: str) -> Talk:
        return self.office.talks[int(ticket_id)]

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        contact = self.office.contact(email)
        talk = self.office.open(ALEX if by_agent else contact.id, contact, INBOX, priority=PRIORITIES[severity])
        if by_agent:
            self.office.write(talk, ALEX, "You called about the VPN.")
        else:
            self.office.write(talk, contact.id, "The VPN is down.", "incoming")
        return str(talk.id)

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        talk = self.talk(ticket_id)
        self.office.write(talk, talk.contact.id, words, "incoming")

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self.office.write(self.talk(ticket_id), ALEX, words)

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self.office.write(self.talk(ticket_id), ALEX, words, private=True)

    def agent_takes(self, ticket_id: str) -> None:
        self.office.assign(self.talk(ticket_id), ALEX, ALEX)

    def agent_closes(self, ticket_id: str) -> None:
        self.office.turn(self.talk(ticket_id), ALEX, "resolved")

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It is broken again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        talk = self.talk(ticket_id)
        self.office.label(talk, ALEX, [*talk.labels, tag])

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        self.office.prioritize(self.talk(ticket_id), ALEX, PRIORITIES[severity])

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        return False

    def merges(self, ticket_id: str, into: str) -> bool:
        return False

    def deletes(self, ticket_id: str) -> None:
        """Chatwoot tells nobody."""
        del self.office.talks[int(ticket_id)]

    def meanwhile(self, ticket_id: str) -> None:
        self.office.meanwhile[int(ticket_id)] = lambda: self.agent_tags(ticket_id, "vip")

    # --- What is told -------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._told(by_us=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._told(by_us=True)

    def _told(self, *, by_us: bool) -> list[Inbound]:
        mine = [each for each in self.office.sent if (each.by in (US, 0)) is by_us]
        self.office.sent = [each for each in self.office.sent if each not in mine]
        return [self.hook(each.payload) for each in mine]

    def hook(self, payload: Mapping[str, Any]) -> Inbound:
        """A webhook as a newer release sends it, or an older one, which has nothing to show but its address."""
        body, now = json.dumps(payload).encode(), self.office.now()
        stamp = str(int(now.timestamp()))
        signature = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
        signed = {"X-Chatwoot-Delivery": str(uuid.uuid4()), "X-Chatwoot-Timestamp": stamp,
                  "X-Chatwoot-Signature": f"sha256={signature}"}
        return Inbound("POST", "/hooks/desk", {"Content-Type": "application/json", **(signed if self.signs else {})},
                       body, now, "" if self.signs else SECRET)

    # --- How it stands ------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        talk = self.office.talks.get(int(ticket_id))
        if talk is None:
            return State(standing="closed", exists=False)
        labels = frozenset(talk.labels)
        snoozed = "held" if "deskgate_queued" in labels else "waiting"
        team = self.office.teams.get(talk.team, "")
        words = [each for each in talk.messages if each.type == 1]
        return State(
            standing={"resolved": "closed", "snoozed": snoozed}.get(talk.status, "open"), group=team.capitalize(),
            tags=labels, assignee=str(talk.assignee or ""), until=talk.snoozed_until,
            fields={key: str(each) for key, each in talk.custom.items()},
            told=tuple(each.content for each in words if not each.private),
            notes=tuple(each.content for each in words if each.private), first_reply_at=talk.first_reply_at)
