"""Short ways to make what the tests of the adapters speak of, and an inbox kept in a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from entitlements.helpdesk import Action, ConnectionConfig, Delivery, Inbound, NewTicket
from entitlements.inbox import InboxMessage, InboxStatus, InboxTicket
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from tests.builders import utc
from tests.source_tree import ROOT

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DECIDED_AT = utc("2026-03-09 10:00")
PROBLEM = NewTicket("Printer on fire", "It burns.", "it@acme.example")
REASONS = {Outcome.ROUTE: Reason.WITHIN_HOURS, Outcome.QUEUE: Reason.OUTSIDE_HOURS,
           Outcome.REJECT: Reason.LICENSE_EXPIRED}
OUTCOMES = {Action.CREATE: Outcome.ROUTE, Action.ROUTE: Outcome.ROUTE, Action.RELEASE: Outcome.ROUTE,
            Action.QUEUE: Outcome.QUEUE, Action.REJECT: Outcome.REJECT, Action.WITHDRAW: Outcome.QUEUE}


REQUIRED: Mapping[str, Mapping[str, str]] = {
    "generic": {"description": (ROOT / "docs/helpdesks/generic/acme.toml").read_text(encoding="utf-8")}}
"""Settings that a kind cannot be without."""


def a_config(kind: str, settings: Mapping[str, str] | None = None, **more: object) -> ConnectionConfig:
    known = REQUIRED.get(kind, {}) if settings is None else settings
    return ConnectionConfig(**{"name": "desk", "kind": kind, "secrets": (SECRET,), "settings": known,
                               **more})  # type: ignore[arg-type]


def a_delivery(action: Action = Action.ROUTE, **more: object) -> Delivery:
    """A delivery about the helpdesk's ticket 7. The outcome follows from the action, the reason from the outcome."""
    outcome = more.pop("outcome", OUTCOMES[action])
    usual: dict[str, object] = {
        "id": 17, "ticket": "3", "ticket_id": "" if action is Action.CREATE else "7", "marker": "dg-17",
        "reason": REASONS[outcome], "severity": Severity.NORMAL,  # type: ignore[index]
        "decided_at": DECIDED_AT, "customer": "Acme", "license": "Business hours", "connection": "desk",
        "new_ticket": PROBLEM if action is Action.CREATE else None}
    return Delivery(action=action, outcome=outcome, **{**usual, **more})  # type: ignore[arg-type]


def a_webhook(body: bytes, headers: Mapping[str, str] | None = None, path_secret: str = "") -> Inbound:
    return Inbound("POST", "/hooks/desk", headers or {}, body, DECIDED_AT, path_secret)


class ListInbox:
    """The sandbox's inbox in memory."""

    def __init__(self) -> None:
        self.tickets: dict[str, InboxTicket] = {}
        self.entries: list[InboxMessage] = []
        self.changes = 0

    def find(self, ticket_id: str) -> InboxTicket | None:
        return self.tickets.get(ticket_id)

    def create(self, connection: str, ticket: InboxTicket) -> str:
        ticket_id = str(len(self.tickets) + 1)
        self.tickets[ticket_id] = replace(ticket, id=ticket_id)
        return ticket_id

    def change(self, ticket_id: str, *, group: str | None = None, status: InboxStatus | None = None,
               assignee: str | None = None, tags: tuple[str, ...] | None = None) -> None:
        told = {"group": group, "status": status, "assignee": assignee, "tags": tags}
        self.changes += 1
        self.tickets[ticket_id] = replace(
            self.tickets[ticket_id], **{name: value for name, value in told.items() if value is not None})

    def messages(self, ticket_id: str) -> Sequence[InboxMessage]:
        return [message for message in self.entries if message.ticket_id == ticket_id]

    def post(self, message: InboxMessage) -> str:
        self.entries.append(replace(message, id=str(len(self.entries) + 1)))
        return self.entries[-1].id

    def written(self, connection: str, since: datetime, after: str, limit: int) -> Sequence[InboxMessage]:
        return [message for message in self.entries if message.at >= since
                and int(message.id) > int(after or 0)][:limit]

    def find_marked(self, connection: str, marker: str) -> str | None:
        return next((message.ticket_id for message in self.entries if message.marker == marker), None)
