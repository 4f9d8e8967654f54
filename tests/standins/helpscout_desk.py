"""What a Help Scout account keeps, and what becomes of it when somebody changes something, as its documents have it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from entitlements.clock import Clock

US, AGENT = 256, 257
MAILBOXES = {85: "Support", 86: "Second Level", 87: "Triage", 88: "Night", 89: "Renewals"}
TEAMS = {500: "Firefighters"}
STATUSES = {"active", "pending", "closed", "spam"}
OUTCOME, PRODUCT, URGENCY = "Deskgate outcome", "Product", "Urgency"
TYPES = {OUTCOME: "SINGLE_LINE", PRODUCT: "DROPDOWN", URGENCY: "DROPDOWN"}
OPTIONS = {11: "VPN", 12: "Mail", 21: "Low", 22: "Urgent"}
MOST_THREADS = 100


class Refused(Exception):
    """An answer that is not a success: its status, what it says, and which field is wrong."""

    def __init__(self, status: int, message: str = "", path: str = "", headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.message, self.path, self.headers = status, message, path, headers or {}


def invalid(path: str, message: str) -> Refused:
    return Refused(400, message, path)


@dataclass(frozen=True)
class Happened:
    """A webhook's event and body, and whose change led to it."""

    by: int
    event: str
    body: Mapping[str, Any]


@dataclass
class HelpScoutDesk:
    """One account, with a user for Deskgate and another one, mailboxes that both may see, and a team."""

    clock: Clock
    conversations: dict[int, dict[str, Any]] = field(default_factory=dict)
    threads: list[dict[str, Any]] = field(default_factory=list)
    customers: dict[int, dict[str, Any]] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)
    merged: dict[int, int] = field(default_factory=dict)
    after_next_look: dict[int, Callable[[], None]] = field(default_factory=dict)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    mailboxes: dict[int, str] = field(default_factory=lambda: dict(MAILBOXES))
    teams: dict[int, str] = field(default_factory=lambda: dict(TEAMS))
    types: dict[str, str] = field(default_factory=lambda: dict(TYPES))
    without_fields: set[int] = field(default_factory=set)
    may_delete: bool = True
    is_invited: bool = True
    units_left: int = 100_000
    tokens: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.users = {US: "deskgate@support.example", AGENT: "agent@support.example"}

    def add_customer(self, email: str, organization: int | None = None) -> int:
        number = 238604 + len(self.customers)
        self.customers[number] = {"id": number, "firstName": email.partition("@")[0], "organizationId": organization,
                                  "_embedded": {"emails": [{"id": 1, "value": email, "type": "work"}]}}
        return number

    def email(self, customer: int) -> str:
        return str(self.customers[customer]["_embedded"]["emails"][0]["value"])

    def field_id(self, mailbox: int, name: str) -> int:
        """Each mailbox numbers its fields its own way."""
        return mailbox * 100 + list(self.types).index(name)

    # --- Changes ------------------------------------------------------------------------------------------------------

    def create(self, by: int, mailbox: int, customer: int, *, kind: str = "email", source: str = "email",
               tags: tuple[str, ...] = (), words: str = "It burns.") -> dict[str, Any]:
        number, now = 1001 + len(self.conversations), self.now()
        maker = {"id": customer, "type": "customer", "email": self.email(customer)}
        row: dict[str, Any] = {
            "id": number, "number": 15000 + number, "type": kind, "folderId": 493, "status": "active",
            "state": "published", "subject": "Printer on fire", "mailboxId": mailbox, "assignee": None,
            "createdBy": self._user(by) if by == AGENT else maker, "createdAt": now, "userUpdatedAt": now,
            "closedBy": 0, "closedAt": None, "customerWaitingSince": {"time": now, "friendly": "now"},
            "source": {"type": source, "via": "user" if by == AGENT else "customer"}, "tags": list(tags), "cc": [],
            "bcc": [], "primaryCustomer": {"id": customer, "type": "customer", "email": self.email(customer)},
            "customFields": {}, "snooze": None, "modifiedAt": now, "first_reply_at": None}
        self.conversations[number] = row
        self._thread(row, "phone" if kind == "phone" else "customer", by if by == AGENT else customer, words)
        self._tell(by, "convo.created", row)
        return row

    def write(self, by: int, number: int, kind: str, words: str, status: str = "") -> dict[str, Any]:
        """A customer's thread, a reply or a note."""
        row = self.alive(number)
        if len(self.threads_of(number)) >= MOST_THREADS:
            raise Refused(412, "Conversation has reached its maximum number of threads")
        thread = self._thread(row, kind, by, words)
        before = row["status"]
        if kind == "customer":
            row["status"], row["customerWaitingSince"] = "active", {"time": self.now(), "friendly": "now"}
            if row["snooze"] and row["snooze"]["unsnoozeOnCustomerReply"]:
                row["snooze"] = None
        elif kind == "message":
            row["status"] = status or "active"
            row["first_reply_at"] = row["first_reply_at"] or self.now()
            if status in ("", "active"):
                row["snooze"] = None
        self._touch(by, row)
        self._tell(by, {"customer": "convo.customer.reply.created", "message": "convo.agent.reply.created",
                        "note": "convo.note.created"}[kind], row)
        if kind == "message" and row["status"] == "closed" != before:
            self._close(by, row)
            self._tell(by, "convo.status", row)
        return thread

    def set_status(self, by: int, number: int, status: str) -> None:
        row = self.alive(number)
        row["status"] = status
        if status == "closed":
            self._close(by, row)
        self._change(by, row, "convo.status")

    def assign(self, by: int, number: int, to: int | None) -> None:
        row = self.alive(number)
        if to is not None and to not in self.users and to not in self.teams:
            raise invalid("value", "Assignee not found")
        row["assignee"] = None if to is None else (
            {"id": to, "type": "team", "first": self.teams[to]} if to in self.teams else self._user(to))
        self._change(by, row, "convo.assigned")

    def move(self, by: int, number: int, mailbox: int) -> None:
        """To another mailbox, whose fields are others: those of the old one are lost."""
        row = self.alive(number)
        if mailbox not in self.mailboxes:
            raise invalid("value", "Mailbox not found")
        if mailbox != row["mailboxId"]:
            row["mailboxId"], row["customFields"] = mailbox, {}
        self._change(by, row, "convo.moved")

    def tag(self, by: int, number: int, tags: list[str]) -> None:
        """These and no others."""
        row = self.alive(number)
        row["tags"] = sorted(set(tags))
        self._touch(by, row)
        self._tell(by, "convo.tags", row)

    def fill_in(self, by: int, number: int, values: Mapping[int, str]) -> None:
        """These and no others."""
        row = self.alive(number)
        known = {} if row["mailboxId"] in self.without_fields else {
            self.field_id(row["mailboxId"], name): kind for name, kind in self.types.items()}
        for each, value in values.items():
            if each not in known:
                raise invalid("fields", f"Custom field {each} does not exist in this mailbox")
            if known[each] == "DROPDOWN" and int(value) not in OPTIONS:
                raise invalid("fields", f"{value} is no option")
        row["customFields"] = dict(values)
        self._touch(by, row)
        self._tell(by, "convo.custom-fields", row)

    def snooze(self, by: int, number: int, until: str, on_reply: bool) -> None:
        row = self.alive(number)
        if datetime.fromisoformat(until) <= self.clock.now():
            raise invalid("snoozedUntil", "must be in the future")
        row["snooze"] = {"snoozedBy": by, "snoozedUntil": until, "unsnoozeOnCustomerReply": on_reply}
        self._touch(by, row)

    def unsnooze(self, by: int, number: int) -> None:
        row = self.alive(number)
        row["snooze"], row["status"] = None, "active" if row["status"] == "pending" else row["status"]
        self._touch(by, row)

    def delete(self, by: int, number: int) -> None:
        del self.conversations[number]
        self.happened.append(Happened(by, "convo.deleted", {"id": number}))

    def merge(self, by: int, number: int, into: int) -> None:
        """The old one leads to the new one from now on. The documents do not say which of the two is told of."""
        row = self.conversations.pop(number)
        self.merged[number] = into
        for thread in self.threads_of(number):
            thread["conversation"] = into
        self._touch(by, self.conversations[into])
        self.happened.append(Happened(by, "convo.merged", {**self.shown(row), "status": "closed"}))

    def alive(self, number: int) -> dict[str, Any]:
        """A conversation as it is by now: one whose hour has come is not snoozed any more."""
        row = self.conversations.get(number)
        if row is None:
            raise Refused(404, "Not Found")
        if row["snooze"] and datetime.fromisoformat(row["snooze"]["snoozedUntil"]) <= self.clock.now():
            row["snooze"] = None
        return row

    # --- How it is told -----------------------------------------------------------------------------------------------

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A conversation as the API tells it; when it was changed last is not told, nor what its first reply was."""
        found = {name: copy.deepcopy(value) for name, value in row.items()
                 if name not in ("modifiedAt", "first_reply_at", "snooze")}
        found["tags"] = [{"id": 9000 + place, "color": "#929499", "tag": tag} for place, tag in enumerate(row["tags"])]
        names = {self.field_id(row["mailboxId"], name): name for name in self.types}
        found["customFields"] = [
            {"id": number, "name": names[number], "value": value,
             "text": OPTIONS[int(value)] if self.types[names[number]] == "DROPDOWN" else value}
            for number, value in row["customFields"].items()]
        found["threads"] = len(self.threads_of(row["id"]))
        found["_links"] = {"self": {"href": f"https://api.helpscout.net/v2/conversations/{row['id']}"}}
        return {**found, **({"snooze": dict(row["snooze"])} if row["snooze"] else {})}

    def whole(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """With its threads, the newest first."""
        threads = [{name: value for name, value in each.items() if name != "conversation"}
                   for each in reversed(self.threads_of(row["id"]))]
        return {**self.shown(row), "_embedded": {"threads": copy.deepcopy(threads)}}

    def threads_of(self, number: int) -> list[dict[str, Any]]:
        return [each for each in self.threads if each["conversation"] == number]

    def now(self) -> str:
        return self.clock.now().astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    # --- How ----------------------------------------------------------------------------------------------------------

    def _close(self, by: int, row: dict[str, Any]) -> None:
        row["closedAt"], row["closedBy"], row["snooze"] = self.now(), by, None

    def _change(self, by: int, row: dict[str, Any], event: str) -> None:
        self._thread(row, "lineitem", by, "")
        self._touch(by, row)
        self._tell(by, event, row)

    def _touch(self, by: int, row: dict[str, Any]) -> None:
        row["modifiedAt"] = self.now()
        if by in self.users:
            row["userUpdatedAt"] = self.now()

    def _thread(self, row: Mapping[str, Any], kind: str, by: int, words: str) -> dict[str, Any]:
        maker = self._user(by) if by in self.users else {"id": by, "type": "customer", "email": self.email(by)}
        thread = {"id": 7000 + len(self.threads), "conversation": row["id"], "type": kind, "status": row["status"],
                  "state": "published", "action": {"type": "default", "associatedEntities": {}}, "body": words,
                  "source": {"type": "email", "via": "user" if by in self.users else "customer"}, "createdBy": maker,
                  "customer": dict(row["primaryCustomer"]), "assignedTo": None, "createdAt": self.now(), "to": [],
                  "cc": [], "bcc": []}
        self.threads.append(thread)
        return thread

    def _user(self, number: int) -> dict[str, Any]:
        return {"id": number, "type": "user", "first": "A", "last": "User", "email": self.users[number]}

    def _tell(self, by: int, event: str, row: Mapping[str, Any]) -> None:
        self.happened.append(Happened(by, event, self.whole(row)))
