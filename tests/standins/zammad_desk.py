"""What a Zammad keeps, and what becomes of it when somebody changes something, as its own source has it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entitlements.clock import Clock
from tests.standins.zammad_parts import (
    AGENT,
    ATTRIBUTES,
    ENDED,
    NOBODY,
    NOT_SET_BACK,
    PRIORITIES,
    SENDERS,
    STATES,
    TYPES,
    US,
    Refused,
    a_user,
    iso,
    named,
    wants_receipt,
)


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
    may_work: bool = True
    new_tags: bool = True
    tells_roles: bool = False
    times_are_kept: bool = True
    receipts: list[int] = field(default_factory=list)
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
        self.users = {NOBODY: a_user(NOBODY, "-", ""), US: a_user(US, "deskgate@support.example"),
                      AGENT: a_user(AGENT, "agent@support.example")}

    def add_customer(self, email: str, organization: str = "") -> int:
        """A customer with an account, of an organization if one is named."""
        number, home = len(self.users) + 10, None
        if organization:
            home = len(self.organizations) + 1
            self.organizations[home] = {"id": home, "name": organization, "domain": email.partition("@")[2],
                                        "contract_no": "C-100", "shared": True, "vip": False, "note": ""}
        self.users[number] = {**a_user(number, email), "organization_id": home}
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
        self._set(ticket, told, is_new=True)
        if ticket["group"] is None:
            raise Refused(422, "The required value 'group_id' is missing.")
        written = self._article(by, ticket, article) if article else None
        self.tickets[number] = ticket
        self.tags[number] = [tag for tag in str(told.get("tags") or "").split(",")
                             if tag and (self.new_tags or tag in self.known_tags())]
        self._send(by, ["deskgate: created"], ticket, written)
        if written and wants_receipt(written):
            self.receipts.append(number)
        return ticket

    def update(self, by: int, ticket: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        """All of it or nothing, as in one transaction."""
        changed = copy.deepcopy(ticket)
        self._set(changed, told)
        written = self._article(by, changed, dict(told["article"])) if told.get("article") else None
        ticket.update(changed, updated_by_id=by)
        self._touch(ticket)
        self._after_update(by, ticket, written)
        return ticket

    def write(self, by: int, ticket: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        """An article alone."""
        written = self._article(by, ticket, dict(told))
        self._touch(ticket)
        ticket["updated_by_id"] = by
        self._after_update(by, ticket, written)
        return written

    def known_tags(self) -> set[str]:
        return {tag for tags in self.tags.values() for tag in tags}

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
        ticket = self.tickets[number]
        written = self._article(by, ticket, {"type": "note", "sender": "Agent", "internal": False, "body": "merged"})
        ticket.update(state="merged", owner_id=NOBODY, updated_by_id=by)
        self._touch(ticket)
        self._after_update(by, ticket, written)
        self._after_update(by, self.tickets[into], None)

    def _set(self, ticket: dict[str, Any], told: Mapping[str, Any], *, is_new: bool = False) -> None:
        """What a ticket has no attribute for is passed over in silence."""
        if not is_new and told.get("state") in NOT_SET_BACK - {ticket["state"]}:
            raise Refused(422, f"Invalid value '{list(STATES).index(told['state']) + 1}' for field 'state_id'!")
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
            self._set_time(ticket, datetime.fromisoformat(str(until)).replace(second=0, microsecond=0))
        if ticket["pending_time"] is None:
            raise Refused(422, "Missing required value for field 'pending_time'!")

    def _set_time(self, ticket: dict[str, Any], until: datetime) -> None:
        """Seconds are not kept, and no time is taken that is past."""
        if iso(until) != ticket["pending_time"] and until < self.clock.now():
            raise Refused(422, "Pending till does not allow past dates.")
        ticket["pending_time"] = iso(until)

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
        article |= {"accounted_time": int(float(str(units or 0))), "time_unit": str(units) if units else None}
        if units:
            self.times.append({"id": len(self.times) + 7, "ticket_id": article["ticket_id"],
                               "ticket_article_id": article["id"], "time_unit": str(units), "created_by_id": by,
                               "created_at": article["created_at"], "updated_at": article["updated_at"]})

    def _touch(self, ticket: dict[str, Any]) -> None:
        ticket["updated_at"] = iso(self.clock.now())

    # --- Triggers -----------------------------------------------------------------------------------------------------

    def _after_update(self, by: int, ticket: dict[str, Any], written: Mapping[str, Any] | None) -> None:
        """The triggers of the guide, in the order of their names. One that sets tags is the last to have changed the
        ticket; webhooks are sent when all is done, and tell how it stands by then."""
        number, is_over, names = ticket["id"], ticket["state"] in ("closed", "merged"), []
        ended = {ENDED, "deskgate_closed"} & {*self.tags[number]}
        if ticket["state"] == "closed" and not ended:
            names.append("deskgate: closed")
            self.tag(number, ENDED)
        if not is_over and ended:
            names.append("deskgate: reopened")
            self.tags[number] = [tag for tag in self.tags[number] if tag not in (ENDED, "deskgate_closed")]
        if names:
            ticket["updated_by_id"] = NOBODY
        self._send(by, [*names, "deskgate: updated"], ticket, written)

    def _send(self, by: int, triggers: Sequence[str], ticket: Mapping[str, Any],
              article: Mapping[str, Any] | None) -> None:
        for name in triggers:
            delivery = f"b7b6a0d0-0d5a-4f3c-9b5e-{len(self.happened):012d}"
            self.happened.append(Happened(by, name, delivery, copy.deepcopy(self.payload(ticket, article))))

    def payload(self, ticket: Mapping[str, Any], article: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The default payload of a webhook: names beside numbers, and whole records of people, group and priority."""
        home = self.organizations.get(ticket["organization_id"] or 0)
        people = {name: self.users[ticket[f"{name}_id"]] for name in ("owner", "customer", "created_by", "updated_by")}
        return {"ticket": {**self.expanded(ticket), **people, "organization": home or {},
                           "group": self.groups[self.group_id(ticket)], "priority": named(ticket["priority"])},
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
