"""What a Zammad keeps, and what becomes of it when somebody changes something, as its own source has it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entitlements.clock import Clock

NOBODY, US, AGENT = 1, 3, 5
STATES = {"new": "new", "open": "open", "pending reminder": "pending reminder", "closed": "closed", "merged": "merged",
          "pending close": "pending action"}
PRIORITIES = ("1 low", "2 normal", "3 high")
TYPES = {"email": True, "phone": True, "web": True, "chat": True, "note": False}
"""Kinds of articles, and whether they are communication with the customer."""
SENDERS = ("Agent", "Customer", "System")
ATTRIBUTES = ("deskgate_outcome", "product")
ENDED = "was_closed"


class Refused(Exception):
    """An answer that is not a success: its status and what it says."""

    def __init__(self, status: int, error: str):
        super().__init__(error)
        self.status, self.error = status, error


@dataclass(frozen=True)
class Happened:
    """A webhook as a trigger sends it, and whose change led to it."""

    by: int
    trigger: str
    delivery: str
    payload: Mapping[str, Any]


@dataclass
class ZammadDesk:
    """One Zammad, with an agent for Deskgate, another agent, and groups in all of which both may do everything."""

    clock: Clock
    token: str
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    tags: dict[int, list[str]] = field(default_factory=dict)
    articles: list[dict[str, Any]] = field(default_factory=list)
    times: list[dict[str, Any]] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    after_next_look: dict[int, Callable[[], None]] = field(default_factory=dict)
    admin: bool = False
    times_are_kept: bool = True
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    triggers: list[dict[str, Any]] = field(default_factory=list)
    attribute_types: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ATTRIBUTES, "input"))

    def __post_init__(self) -> None:
        self.organizations: dict[int, dict[str, Any]] = {}
        names = ("Users", "Service Desk", "Triage", "Waiting", "Sales")
        self.groups = {number: {"id": number, "name": name, "active": True, "email_address_id": 1}
                       for number, name in enumerate(names, 1)}
        self.access: dict[str, list[str]] = {name: ["full"] for name in names}
        self.access_by_role: dict[str, list[str]] = {}
        self.users = {NOBODY: _user(NOBODY, "-", ""), US: _user(US, "deskgate@support.example"),
                      AGENT: _user(AGENT, "agent@support.example")}

    def add_customer(self, email: str, organization: str = "") -> int:
        """A customer with an account, of an organization if one is named."""
        number, home = len(self.users) + 10, None
        if organization:
            home = len(self.organizations) + 1
            self.organizations[home] = {"id": home, "name": organization, "domain": email.partition("@")[2],
                                        "contract_no": "C-100", "shared": True, "vip": False, "note": ""}
        self.users[number] = {**_user(number, email), "organization_id": home}
        return number

    # --- Changes ------------------------------------------------------------------------------------------------------

    def create(self, by: int, told: Mapping[str, Any]) -> dict[str, Any]:
        customer = self.customer_of(told.get("customer_id"))
        number = len(self.tags) + 81
        article = dict(told.get("article") or {})
        now = iso(self.clock.now())
        ticket: dict[str, Any] = {
            "id": number, "number": f"100{number}", "title": told.get("title") or "-", "state": "new",
            "priority": "2 normal", "owner_id": NOBODY, "customer_id": customer, "group": None, "pending_time": None,
            "organization_id": self.users[customer]["organization_id"], "first_response_at": None, "close_at": None,
            "created_by_id": by, "updated_by_id": by, "created_at": now, "updated_at": now, "article_count": 0,
            "create_article_type": article.get("type", "note"),
            "create_article_sender": article.get("sender", "Agent"), "preferences": {},
            **dict.fromkeys(self.attribute_types)}
        self._set(ticket, told)
        if ticket["group"] is None:
            raise Refused(422, "The required value 'group_id' is missing.")
        written = self._article(by, ticket, article) if article else None
        self.tickets[number] = ticket
        self.tags[number] = [tag for tag in str(told.get("tags") or "").split(",") if tag]
        self._trigger(by, "deskgate: created", ticket, written)
        return ticket

    def update(self, by: int, ticket: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        """All of it or nothing, as in one transaction."""
        changed, state = copy.deepcopy(ticket), ticket["state"]
        self._set(changed, told)
        written = self._article(by, changed, dict(told["article"])) if told.get("article") else None
        ticket.update(changed, updated_by_id=by)
        self._touch(ticket)
        self._after_update(by, ticket, state, written)
        return ticket

    def write(self, by: int, ticket: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        """An article alone."""
        state = ticket["state"]
        written = self._article(by, ticket, dict(told))
        self._touch(ticket)
        ticket["updated_by_id"] = by
        self._after_update(by, ticket, state, written)
        return written

    def tag(self, number: int, tag: str) -> None:
        """Tags wake no trigger."""
        if tag not in self.tags[number]:
            self.tags[number].append(tag)
            self._touch(self.tickets[number])

    def untag(self, number: int, tag: str) -> None:
        if tag in self.tags[number]:
            self.tags[number].remove(tag)
        self._touch(self.tickets[number])

    def merge(self, by: int, number: int, into: int) -> None:
        for article in self.articles_of(number):
            article["ticket_id"] = into
        self._touch(self.tickets[into])
        self.update(by, self.tickets[number], {
            "state": "merged", "owner_id": NOBODY,
            "article": {"type": "note", "sender": "Agent", "internal": False, "body": "merged"}})

    def _set(self, ticket: dict[str, Any], told: Mapping[str, Any]) -> None:
        """What a ticket has no attribute for is passed over in silence."""
        for name, known in (("state", STATES), ("priority", PRIORITIES), ("group", self.access)):
            if told.get(name) is not None and told[name] not in known:
                raise Refused(422, f"No lookup value found for '{name}': \"{told[name]}\"")
        if told.get("group_id") is not None:
            if told["group_id"] not in self.groups:
                raise Refused(422, f"Invalid value for param 'group_id': {told['group_id']}")
            ticket["group"] = self.groups[told["group_id"]]["name"]
        for name in ("title", "state", "priority", "group", "owner_id", *self.attribute_types):
            if told.get(name) is not None:
                ticket[name] = told[name]
        ticket["preferences"] = {**ticket["preferences"], **(told.get("preferences") or {})}
        self._set_pending(ticket, told.get("pending_time"))
        if ticket["state"] == "closed":
            ticket["close_at"] = ticket["close_at"] or iso(self.clock.now())

    def _set_pending(self, ticket: dict[str, Any], until: object) -> None:
        if not ticket["state"].startswith("pending"):
            ticket["pending_time"] = None
            return
        if until is not None:
            ticket["pending_time"] = iso(datetime.fromisoformat(str(until)))
        if ticket["pending_time"] is None:
            raise Refused(422, "Missing required value for field 'pending_time'!")

    def _article(self, by: int, ticket: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
        if told.get("body") is None:
            raise Refused(422, "Need at least an 'article body' field.")
        kind, sender = told.get("type", "note"), told.get("sender", "Agent")
        for name, value, known in (("type", kind, TYPES), ("sender", sender, SENDERS)):
            if value not in known:
                raise Refused(422, f"No lookup value found for '{name}': \"{value}\"")
        if kind == "email" and sender != "Customer":
            self._require_mail(ticket, told)
        now = iso(self.clock.now())
        article = {"id": len(self.articles) + 104, "ticket_id": ticket["id"], "type": kind, "sender": sender,
                   "internal": bool(told.get("internal", False)), "to": told.get("to"), "body": str(told["body"]),
                   "content_type": told.get("content_type", "text/plain"), "created_by_id": by, "created_at": now,
                   "updated_at": now, "preferences": dict(told.get("preferences") or {}), "attachments": []}
        self.articles.append(article)
        self._count(ticket, article)
        self._account(by, article, told.get("time_unit"))
        return article

    def _require_mail(self, ticket: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        if "@" not in str(told.get("to") or ""):
            raise Refused(422, "Sending an email without a valid recipient is not possible.")
        if not next(group for group in self.groups.values() if group["name"] == ticket["group"])["email_address_id"]:
            raise Refused(500, "Error ID wNqaFGRL: Please contact your administrator.")

    def _count(self, ticket: dict[str, Any], article: Mapping[str, Any]) -> None:
        """What Zammad's own service levels make of an article."""
        if article["sender"] != "System":
            ticket["article_count"] += 1
        if article["internal"] or article["sender"] != "Agent" or not TYPES[article["type"]]:
            return
        ticket["first_response_at"] = ticket["first_response_at"] or article["created_at"]
        if ticket["state"] == "new":
            ticket["state"] = "open"

    def _account(self, by: int, article: dict[str, Any], units: object) -> None:
        article["accounted_time"] = float(str(units)) if units else 0
        if units:
            self.times.append({"id": len(self.times) + 7, "ticket_id": article["ticket_id"],
                               "ticket_article_id": article["id"], "time_unit": str(units), "created_by_id": by,
                               "created_at": article["created_at"], "updated_at": article["updated_at"]})

    def _touch(self, ticket: dict[str, Any]) -> None:
        ticket["updated_at"] = iso(self.clock.now())

    # --- Triggers -----------------------------------------------------------------------------------------------------

    def _after_update(self, by: int, ticket: dict[str, Any], before: str, written: Mapping[str, Any] | None) -> None:
        """The triggers of the guide, in the order of their names."""
        number, state = ticket["id"], ticket["state"]
        if state != before and state == "closed":
            self._trigger(by, "deskgate: closed", ticket, written)
            self.tag(number, ENDED)
        if state != before and state in ("new", "open") and ENDED in self.tags[number]:
            self._trigger(by, "deskgate: reopened", ticket, written)
            self.tags[number] = [tag for tag in self.tags[number] if tag not in (ENDED, "deskgate_closed")]
        self._trigger(by, "deskgate: updated", ticket, written)

    def _trigger(self, by: int, name: str, ticket: Mapping[str, Any], article: Mapping[str, Any] | None) -> None:
        delivery = f"b7b6a0d0-0d5a-4f3c-9b5e-{len(self.happened):012d}"
        self.happened.append(Happened(by, name, delivery, copy.deepcopy(self.payload(ticket, article))))

    def payload(self, ticket: Mapping[str, Any], article: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The default payload of a webhook: names beside numbers, and whole records of people, group and priority."""
        home = self.organizations.get(ticket["organization_id"] or 0)
        people = {name: self.users[ticket[f"{name}_id"]] for name in ("owner", "customer", "created_by", "updated_by")}
        return {"ticket": {**self.expanded(ticket), **people, "organization": home or {},
                           "group": self.groups[self.group_id(ticket)], "priority": _named(ticket["priority"])},
                "article": dict(article) if article else {}}

    # --- Looking ------------------------------------------------------------------------------------------------------

    def expanded(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """A ticket as it is told with `expand=true`."""
        home = self.organizations.get(ticket["organization_id"] or 0)
        return {**ticket, "group_id": self.group_id(ticket), "state_id": list(STATES).index(ticket["state"]) + 1,
                "priority_id": PRIORITIES.index(ticket["priority"]) + 1, "organization": home["name"] if home else None,
                **{name: self.users[ticket[f"{name}_id"]]["login"]
                   for name in ("owner", "customer", "created_by", "updated_by")},
                "article_ids": [row["id"] for row in self.articles_of(ticket["id"])]}

    def group_id(self, ticket: Mapping[str, Any]) -> int:
        return next(number for number, group in self.groups.items() if group["name"] == ticket["group"])

    def numbered(self, access: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Rights in groups by the numbers of the groups."""
        return {str(number): access[group["name"]] for number, group in self.groups.items() if group["name"] in access}

    def articles_of(self, number: int) -> list[dict[str, Any]]:
        return [row for row in self.articles if row["ticket_id"] == number]

    def customer_of(self, told: object) -> int:
        """A customer by number, or by `guess:` and an address that may be new."""
        if isinstance(told, int) and told in self.users:
            return told
        email = str(told).removeprefix("guess:")
        if not str(told).startswith("guess:") or "@" not in email:
            raise Refused(422, f"Invalid email '{email}' of customer")
        known = (number for number, user in self.users.items() if user["email"] == email)
        return next(known, 0) or self.add_customer(email)


def _user(number: int, login: str, email: str | None = None) -> dict[str, Any]:
    return {"id": number, "login": login, "email": login if email is None else email, "organization_id": None,
            "firstname": "", "lastname": "", "active": True}


def _named(priority: str) -> dict[str, Any]:
    return {"id": PRIORITIES.index(priority) + 1, "name": priority, "active": True}


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
