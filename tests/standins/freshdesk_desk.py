"""What a Freshdesk account keeps, and what becomes of it when somebody changes something, as its documents have it."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from entitlements.clock import Clock

US, AGENT = 43000001, 43000002
OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
STATUSES = {OPEN: "Open", PENDING: "Pending", RESOLVED: "Resolved", CLOSED: "Closed", 6: "Waiting on Customer",
            7: "Waiting on Third Party", 8: "Queued by Deskgate"}
GROUPS = {101: "Everybody", 102: "Service Desk", 103: "Triage", 104: "Night", 105: "Renewals"}
CUSTOM = {"cf_deskgate_outcome": "custom_text", "cf_product": "custom_dropdown", "cf_notice": "custom_paragraph"}
UPDATABLE = {"name", "requester_id", "email", "phone", "subject", "type", "status", "priority", "description",
             "responder_id", "custom_fields", "due_by", "email_config_id", "fr_due_by", "group_id", "product_id",
             "source", "tags", "company_id", "internal_agent_id", "internal_group_id"}
SOURCES = {1, 2, 3, 5, 6, 7, 9, 10, 11}
REPLY, NOTE = 0, 2
LONGEST_TAG = 32


class Refused(Exception):
    """An answer that is not a success: its status, and the body that Freshdesk gives it."""

    def __init__(self, status: int, body: Mapping[str, Any] | None = None):
        super().__init__(str(body))
        self.status, self.body = status, body


def invalid(name: str, message: str, code: str = "invalid_value") -> Refused:
    return Refused(400, {"description": "Validation failed",
                         "errors": [{"field": name, "message": message, "code": code}]})


@dataclass(frozen=True)
class Happened:
    """What one of the guide's rules would send, and whose change led to it."""

    by: int
    what: str
    triggered: str
    ticket: Mapping[str, Any]


@dataclass
class FreshdeskDesk:
    """One account, with an administrator's account for Deskgate, and an agent."""

    clock: Clock
    key: str
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    conversations: list[dict[str, Any]] = field(default_factory=list)
    times: list[dict[str, Any]] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    first_replies: dict[int, str] = field(default_factory=dict)
    after_next_look: dict[int, Callable[[], None]] = field(default_factory=dict)
    rules: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: {1: [], 4: []})
    admin: bool = True
    may_delete: bool = True
    keeps_times: bool = True
    suspended: bool = False
    scope: int = 1
    calls_left: int = 700
    looks: int = 0
    fields: dict[str, str] = field(default_factory=lambda: dict(CUSTOM))
    groups: dict[int, str] = field(default_factory=lambda: dict(GROUPS))
    companies: dict[int, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {US: "deskgate@support.example", AGENT: "agent@support.example"}

    def add_contact(self, email: str, company: str = "") -> int:
        number, home = 44000001 + len(self.contacts), None
        if company:
            home = 45000001 + len(self.companies)
            self.companies[home] = {"id": home, "name": company, "domains": [email.partition("@")[2]],
                                    "custom_fields": {"contract_no": "C-100"}}
        self.contacts[number] = {"id": number, "name": email.partition("@")[0], "email": email, "company_id": home,
                                 "mobile": None, "phone": None}
        return number

    # --- Tickets ------------------------------------------------------------------------------------------------------

    def create(self, by: int, told: Mapping[str, Any]) -> dict[str, Any]:
        self._validate(told, {"cc_emails", "twitter_id", "facebook_id", "unique_external_id"})
        for name in ("subject", "description", "status", "priority"):
            if not told.get(name):
                raise invalid(name, "It should be a/an String" if name != "status" else "It should be a/an Integer",
                              "missing_field")
        requester = told.get("requester_id") or self._contact(told)
        number, now = 521 + len(self.tickets), self._now()
        ticket: dict[str, Any] = {
            "id": number, "cc_emails": [], "fwd_emails": [], "reply_cc_emails": [], "fr_escalated": False,
            "spam": False, "email_config_id": None, "group_id": None, "priority": 1, "requester_id": requester,
            "responder_id": None, "source": told.get("source", 2), "status": OPEN, "subject": "", "type": None,
            "company_id": self.contacts[requester]["company_id"], "to_emails": None, "product_id": None, "due_by": now,
            "fr_due_by": now, "is_escalated": False, "created_at": now, "updated_at": now, "tags": [],
            "custom_fields": dict.fromkeys(self.fields), "attachments": [], "association_type": None}
        self._set(ticket, told)
        self.tickets[number] = ticket
        self._tell(by, "created", "{ticket_action:created}", ticket)
        return ticket

    def update(self, by: int, number: int, told: Mapping[str, Any]) -> dict[str, Any]:
        ticket = self.changeable(number)
        self._validate(told)
        before = copy.deepcopy(ticket)
        self._set(ticket, told)
        self._touch(ticket)
        changed = next((name for name in ("status", "priority", "group_id", "responder_id")
                        if ticket[name] != before[name]), "")
        if changed:
            self._tell(by, "updated", f"{{{changed}:{{from:{before[changed]},to:{ticket[changed]}}}}}", ticket)
        return ticket

    def write(self, by: int, number: int, body: str, *, private: bool, source: int) -> dict[str, Any]:
        """A reply or note. A public one of an agent is their first response, and answers are mailed."""
        ticket = self.changeable(number)
        incoming = by in self.contacts
        row = {"id": 46000001 + len(self.conversations), "body": body, "body_text": _plain(body), "incoming": incoming,
               "private": private, "user_id": by, "support_email": None, "source": source, "ticket_id": number,
               "to_emails": [], "from_email": None, "cc_emails": [], "bcc_emails": [], "attachments": [],
               "created_at": self._now(), "updated_at": self._now()}
        self.conversations.append(row)
        if not private and not incoming:
            self.first_replies.setdefault(number, self._now())
        if incoming:
            ticket["status"] = OPEN  # by the rule that every account comes with
        self._touch(ticket)
        self._tell(by, "customer_replied" if incoming else "updated",
                   "{reply_sent:sent}" if source == REPLY else f"{{note_type:{'private' if private else 'public'}}}",
                   ticket)
        return row

    def log(self, by: int, number: int, **told: Any) -> dict[str, Any]:
        """Time on a ticket, which leaves the ticket itself as it was."""
        ticket = self.tickets[number]
        row = {"id": 47000001 + len(self.times), "ticket_id": number, "company_id": ticket["company_id"],
               "agent_id": by, "billable": True, "note": None, "time_spent": "00:00", "timer_running": False,
               "executed_at": self._now(), "start_time": self._now(), "created_at": self._now(),
               "updated_at": self._now(), **told}
        self.times.append(row)
        self._tell(by, "updated", "{time_sheet_action:added}", ticket)
        return row

    def delete(self, by: int, number: int) -> None:
        ticket = self.changeable(number)
        ticket["deleted"] = True
        self._touch(ticket)
        self._tell(by, "deleted", "{ticket_action:deleted}", ticket)

    def mark_as_spam(self, by: int, number: int) -> None:
        ticket = self.changeable(number)
        ticket["spam"] = True
        self._touch(ticket)

    def changeable(self, number: int) -> dict[str, Any]:
        ticket = self.tickets.get(number)
        if ticket is None:
            raise Refused(404)
        if ticket.get("deleted") or ticket["spam"]:
            raise Refused(405, {"message": "PUT method is not allowed. It should be one of these method(s): GET"})
        return ticket

    # --- What is let in -----------------------------------------------------------------------------------------------

    def _validate(self, told: Mapping[str, Any], also: set[str] | None = None) -> None:
        """As strict as the real one: what is not known, or of another type, is refused with the whole change."""
        if not told:
            raise Refused(400, {"code": "missing_params", "message": "Please fill at least 1 field to update the item"})
        for name in told.keys() - UPDATABLE - (also or set()):
            raise invalid(name, "Unexpected/invalid field in request", "invalid_field")
        for name, known in (("status", STATUSES), ("priority", (1, 2, 3, 4)), ("source", SOURCES)):
            if name in told and (type(told[name]) is not int or told[name] not in known):
                raise invalid(name, f"It should be one of these values: '{','.join(map(str, known))}'")
        group = told.get("group_id")
        if group is not None and (type(group) is not int or group not in self.groups):
            raise invalid("group_id", "There is no group matching the given group_id")
        tags = told.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) and len(tag) <= LONGEST_TAG and "," not in tag
                                                 for tag in tags):
            raise invalid("tags", "It should only contain elements of length at most 32 without ,")
        self._validate_custom(told.get("custom_fields") or {})

    def _validate_custom(self, told: Mapping[str, Any]) -> None:
        for name, value in told.items():
            if name not in self.fields:
                raise invalid(name, "Unexpected/invalid field in request", "invalid_field")
            if value is not None and not isinstance(value, str):
                raise invalid(name, "It should be a/an String", "datatype_mismatch")

    def _contact(self, told: Mapping[str, Any]) -> int:
        email = told.get("email")
        if not isinstance(email, str) or "@" not in email:
            raise invalid("email", "It should be in the 'valid email address' format")
        known = (number for number, row in self.contacts.items() if row["email"] == email)
        return next(known, 0) or self.add_contact(email)

    def _set(self, ticket: dict[str, Any], told: Mapping[str, Any]) -> None:
        for name in UPDATABLE - {"custom_fields", "email", "name", "phone"}:
            if name in told:
                ticket[name] = copy.copy(told[name])
        ticket["custom_fields"] = {**ticket["custom_fields"], **(told.get("custom_fields") or {})}

    def _touch(self, ticket: dict[str, Any]) -> None:
        ticket["updated_at"] = self._now()

    def _now(self) -> str:
        return self.clock.now().astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _tell(self, by: int, what: str, triggered: str, ticket: Mapping[str, Any]) -> None:
        self.happened.append(Happened(by, what, triggered, copy.deepcopy(ticket)))

    def instant(self, told: str | None) -> datetime | None:
        return datetime.fromisoformat(told) if told else None


def _plain(body: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", body)).strip()
