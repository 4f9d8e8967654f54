"""A Request Tracker that is not there, its people, and the scrip that tells Deskgate of what they do.

The scrip is played in Python here; that the Perl of the guide says the same is a test of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from entitlements.clock import Clock
from entitlements.helpdesk import Inbound
from integrations.signatures import sign_standard
from tests.standins.bench import CUSTOMER, ORGANIZATION, State
from tests.standins.request_tracker_app import TrackerApp
from tests.standins.request_tracker_state import (
    NOBODY,
    OUR_TOKEN,
    SYSTEM,
    US,
    CustomField,
    Queue,
    Ticket,
    Tracker,
    Txn,
    spelled,
)
from tests.standins.serving import Serving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AGENT = "alex"
TAGS = "Deskgate tags"
FIELDS = ("Deskgate outcome", "Deskgate license", "Deskgate release", "Deskgate notice", "Product", "Contract")
TOLD_FIELDS = (TAGS, "Deskgate outcome", "Product", "Contract")
PRIORITIES = {"low": 10, "normal": 50, "high": 80, "urgent": 101}
STANDINGS = {"new": "open", "open": "open", "resolved": "closed", "rejected": "closed", "deleted": "closed"}
MARK = re.compile(r"(?:^|\n)Ref\. (dg-[0-9]{1,18})\s*$")
SUBJECT_MARK = re.compile(r"Ref\. (dg-[0-9]{1,18})\)?\s*$")


class RequestTrackerBench:
    """Customers of Acme, one agent, and a queue for each stage."""

    kind = "request_tracker"
    token = OUR_TOKEN
    secret = SECRET

    def __init__(self, clock: Clock):
        self.tracker = Tracker(clock)
        self.tracker.queues = [Queue(number, name) for number, name in
                               enumerate(("General", "Support", "Triage", "Waiting", "Renewals"), 1)]
        self.tracker.fields = [CustomField(1, TAGS, is_list=True),
                               *(CustomField(number, name) for number, name in enumerate(FIELDS, 2))]
        self.tracker.requester(CUSTOMER, ORGANIZATION)
        self.front = TrackerApp(self.tracker)
        self.serving = Serving(self.front.app)
        self.serving.go_by(clock)

    @property
    def url(self) -> str:
        return self.serving.url

    def settings(self) -> Mapping[str, str]:
        return {"route_group": "Support", "triage_group": "Triage", "queue_group": "Waiting",
                "renewals_group": "Renewals", "tags_field": TAGS, "outcome_field": "Deskgate outcome",
                "notice": "tag", "notice_field": "Deskgate notice"}

    # --- People -------------------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: str) -> Ticket:
        found = self.tracker.load(int(ticket_id))
        assert found is not None
        return found

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        self.tracker.requester(email)
        ticket = self.tracker.create(AGENT if by_agent else email, {
            "Queue": "General", "Subject": "VPN down", "Content": "Cannot connect.", "Requestor": [email],
            "Priority": PRIORITIES[severity]})
        return str(ticket.id)

    def writes(self, ticket_id: str, who: str, words: str, how: str = "correspond", **more: Any) -> Txn:
        subject = more.pop("subject", "Re: VPN down")
        _, txn = self.tracker.write(self.ticket(ticket_id), who, how,
                                    {"Content": words, "ContentType": "text/plain", "Subject": subject, **more})
        return txn

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None:
        self.writes(ticket_id, self.ticket(ticket_id).requestors[0], words)

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None:
        self.writes(ticket_id, AGENT, words)

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None:
        self.writes(ticket_id, AGENT, words, "comment")

    def does(self, ticket_id: str, content: Mapping[str, Any], who: str = AGENT) -> None:
        self.tracker.update(self.ticket(ticket_id), who, content)

    def agent_takes(self, ticket_id: str) -> None:
        self.does(ticket_id, {"Owner": AGENT})

    def agent_closes(self, ticket_id: str) -> None:
        self.does(ticket_id, {"Status": "resolved"})

    def customer_reopens(self, ticket_id: str) -> None:
        self.customer_writes(ticket_id, "It is broken again.")

    def agent_tags(self, ticket_id: str, tag: str) -> None:
        present = self.ticket(ticket_id).values.get(TAGS, [])
        self.does(ticket_id, {"CustomFields": {TAGS: [*present, tag]}})

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None:
        self.does(ticket_id, {"Priority": PRIORITIES[severity]})

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        self.writes(ticket_id, AGENT, "Looked at it.", "comment", TimeTaken=seconds // 60)
        return True

    def merges(self, ticket_id: str, into: str) -> bool:
        self.tracker.merge(self.ticket(ticket_id), self.ticket(into), AGENT)
        return True

    def deletes(self, ticket_id: str) -> None:
        self.does(ticket_id, {"Status": "deleted"})

    def meanwhile(self, ticket_id: str) -> None:
        self.tracker.meanwhile[int(ticket_id)] = lambda: self.agent_tags(ticket_id, "vip")

    # --- What is told -------------------------------------------------------------------------------------------------

    def webhooks(self) -> Sequence[Inbound]:
        return self._told(by_us=False)

    def echoes(self) -> Sequence[Inbound]:
        return self._told(by_us=True)

    def _told(self, *, by_us: bool) -> list[Inbound]:
        mine = [batch for batch in self.tracker.batches if (self._actor(batch[0]) == US) is by_us]
        self.tracker.batches = [batch for batch in self.tracker.batches if batch not in mine]
        return [self.hook(batch) for batch in mine]

    def hook(self, batch: list[Txn]) -> Inbound:
        """What the scrip sends of one update."""
        rows = [self._row(txn) for txn in batch]
        now = self.tracker.now()
        body = json.dumps({"type": "ticket.created" if batch[0].type == "Create" else "ticket.updated",
                           "timestamp": spelled(now), "data": self._data(batch, rows)}, sort_keys=True).encode()
        return self.signed(f"{batch[0].id}-{batch[0].type}", body)

    def signed(self, number: str, body: bytes) -> Inbound:
        now = self.tracker.now()
        headers = {"Content-Type": "application/json", **sign_standard(SECRET, number, now, body)}
        return Inbound("POST", "/hooks/desk", headers, body, now)

    def _actor(self, txn: Txn) -> str:
        """What Request Tracker does by itself, somebody made it do."""
        before = [each for each in self.tracker.txns
                  if each.ticket == txn.ticket and each.id < txn.id and each.creator != SYSTEM]
        is_near = bool(before) and (txn.created - before[-1].created).total_seconds() <= 10
        return before[-1].creator if txn.creator == SYSTEM and is_near else txn.creator

    def _row(self, txn: Txn) -> dict[str, Any]:
        ticket, who = self.tracker.tickets[txn.ticket], self.tracker.users[self._actor(txn)]
        words = txn.type in ("Create", "Correspond", "Comment")
        found = (MARK.search(txn.content) or SUBJECT_MARK.search(txn.data)) if words else None
        return {"id": txn.id, "type": txn.type, "field": txn.field, "old": txn.old[:200], "new": txn.new[:200],
                "minutes": txn.minutes, "creator": who.name, "creator_id": who.id, "privileged": who.is_staff,
                "by_requestor": who.name in ticket.requestors, "created": spelled(txn.created),
                "marker": found[1] if found else ""}

    def _data(self, batch: list[Txn], rows: list[dict[str, Any]]) -> dict[str, Any]:
        whole = self.ticket(str(batch[0].ticket))
        people = [self.tracker.users[name] for name in whole.requestors]
        return {"ticket_id": batch[0].ticket, "effective_id": whole.id, "transaction_id": batch[0].id,
                "transactions": rows, "queue": whole.queue.name, "status": whole.status, "priority": whole.priority,
                "owner": whole.owner, "requestors": [user.email for user in people],
                "organization": people[0].organization if people else "", "time_worked": whole.minutes,
                "custom_fields": {name: whole.values.get(name, []) for name in TOLD_FIELDS}, "channel": "",
                "auto_submitted": False, "created": spelled(whole.created), "last_updated": spelled(whole.updated)}

    # --- How it stands ------------------------------------------------------------------------------------------------

    def state(self, ticket_id: str) -> State:
        """An answer by anybody with the requestors counts as the first for RT's own SLA, ours too."""
        ticket = self.tracker.tickets[int(ticket_id)]
        tags = frozenset(ticket.values.get(TAGS, []))
        stalled = "held" if "deskgate_queued" in tags else "waiting"
        txns = [txn for txn in self.tracker.txns if txn.ticket == ticket.id]
        answers = [txn for txn in txns if txn.type == "Correspond" and txn.creator not in ticket.requestors]
        return State(
            standing=STANDINGS.get(ticket.status, stalled), group=ticket.queue.name, tags=tags,
            assignee="" if ticket.owner == NOBODY else ticket.owner,
            fields={name: ", ".join(values) for name, values in ticket.values.items() if name != TAGS and values},
            told=tuple(txn.content for txn in answers),
            notes=tuple(txn.content for txn in txns if txn.type == "Comment"),
            first_reply_at=answers[0].created if answers else None, exists=ticket.status != "deleted")
