"""What a Zendesk account keeps: tickets and their audits, and which changes it refuses, as its API reference says."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from entitlements.clock import Clock
from integrations.wire import written
from tests.standins.zendesk.parts import (
    ACME,
    ADMIN,
    AGENT,
    BIG,
    CHANGED,
    CUSTOMER_ID,
    GROUPS,
    MUST_FIELD,
    ONLY_AT_FIRST,
    ONLY_FOR_MANY,
    OUTCOME_FIELD,
    PRIORITIES,
    PRODUCT_FIELD,
    STAFF,
    STATUSES,
    TIME_FIELD,
    WRITABLE,
    Refused,
    a_field,
    a_user,
    invalid,
    plain,
    value_of,
)


@dataclass(frozen=True)
class _Who:
    actor: int
    via: str
    metadata: object
    is_first: bool


@dataclass
class Account:
    """One account. `said` is what its webhooks would tell: who did it, what, and the ticket right after it."""

    clock: Clock
    has_hold: bool = True
    may_delete: bool = True
    must_be_filled: bool = False
    per_minute: int | None = None
    trigger: Callable[[dict[str, Any], dict[str, Any]], None] | None = None  # run in each update, on its audit too
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    audits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    first_replies: dict[int, datetime] = field(default_factory=dict)
    said: list[tuple[int, str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    updates: list[datetime] = field(default_factory=list)
    last_number: int = 35_000

    def __post_init__(self) -> None:
        self.users = {
            ADMIN: a_user(ADMIN, "deskgate@desk.example", "admin"), AGENT: a_user(AGENT, "agent@desk.example", "agent"),
            CUSTOMER_ID: a_user(CUSTOMER_ID, "it@acme.example", "end-user", ACME)}
        self.organizations = {ACME: {"id": ACME, "name": "Acme", "external_id": "crm-7", "domain_names": []}}
        self.fields = {
            OUTCOME_FIELD: a_field(OUTCOME_FIELD, "Deskgate outcome", "text"),
            PRODUCT_FIELD: a_field(PRODUCT_FIELD, "Product", "tagger"),
            TIME_FIELD: a_field(TIME_FIELD, "Total time spent (sec)", "integer"),
            MUST_FIELD: a_field(MUST_FIELD, "Cause", "text")}
        self.custom_statuses = [
            {"id": 900100, "agent_label": "Waiting for hours", "end_user_label": "Queued", "active": True,
             "status_category": "hold", "default": False},
            {"id": 900101, "agent_label": "Old", "end_user_label": "Old", "active": False, "status_category": "hold",
             "default": False}]

    def number(self) -> int:
        self.last_number += 1
        return self.last_number

    # --- What can be done to a ticket ---------------------------------------------------------------------------------

    def open(self, told: Mapping[str, Any], actor: int, via: str) -> dict[str, Any]:
        self._require_known(told, WRITABLE)
        comment = told.get("comment") or ({"body": told["description"]} if told.get("description") else None)
        if comment is None:
            raise invalid("Description: cannot be blank", "description")
        requester = self._requester(told, actor)
        now, number = written(self.clock.now()), self.number()
        self.tickets[number] = {
            "id": number, "subject": told.get("subject", ""), "status": "new", "priority": None, "type": None,
            "requester_id": requester, "submitter_id": actor, "assignee_id": None, "group_id": GROUPS["Everybody"],
            "organization_id": self.users[requester]["organization_id"], "external_id": None, "tags": [],
            "via": {"channel": via}, "custom_fields": [{"id": each, "value": None} for each in self.fields],
            "created_at": now, "updated_at": now, "is_public": True, "description": plain(comment),
            "custom_status_id": None, "brand_id": 123, "ticket_form_id": 456,
            "generated_timestamp": int(self.clock.now().timestamp())}
        self.audits[number] = []
        rest = {name: value for name, value in told.items() if name not in ONLY_AT_FIRST | {"comment"}}
        self.update(number, {**rest, "comment": comment}, actor, via=via, is_first=True)
        return self.tickets[number]

    def update(self, number: int, told: Mapping[str, Any], actor: int, *, via: str = "api", is_first: bool = False,
               for_many: bool = False) -> dict[str, Any]:
        """One audit, whatever changes. Raises Refused, and then nothing has changed."""
        ticket = self.ticket(number)
        self._require_known(told, WRITABLE - ONLY_AT_FIRST | (ONLY_FOR_MANY if for_many else set()))
        self._require_unchanged(ticket, told)
        if ticket["status"] == "closed":
            raise invalid("Status: closed prevents ticket update", "status")
        wanted = self._wanted(ticket, told, actor)
        comment = self._comment(told["comment"], actor) if told.get("comment") is not None else None
        changes = {name: value for name, value in wanted.items() if ticket.get(name) != value}
        fields = self._field_changes(ticket, told)
        if comment is None and not changes and not fields:
            return {}
        return self._carry_out(ticket, changes, fields, comment, _Who(actor, via, told.get("metadata"), is_first))

    def ticket(self, number: int) -> dict[str, Any]:
        if self.tickets.get(number, {"status": "deleted"})["status"] == "deleted":
            raise Refused(404, "RecordNotFound", "Not found")
        return self.tickets[number]

    def delete(self, number: int, actor: int) -> None:
        ticket = self.ticket(number)
        ticket["status"] = "deleted"
        self.touch(ticket)
        self.tell(actor, "soft_deleted", ticket, {})

    def touch(self, ticket: dict[str, Any]) -> None:
        now = self.clock.now()
        ticket["updated_at"], ticket["generated_timestamp"] = written(now), int(now.timestamp())

    def tell(self, actor: int, what: str, ticket: Mapping[str, Any], event: dict[str, Any]) -> None:
        self.said.append((actor, what, {**ticket, "actor_id": actor}, event))

    # --- What is refused ----------------------------------------------------------------------------------------------

    def _require_known(self, told: Mapping[str, Any], known: set[str]) -> None:
        if unknown := set(told) - known:
            raise invalid(f"{sorted(unknown)[0]}: is not a property that can be set here", sorted(unknown)[0])

    def _require_unchanged(self, ticket: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        if "safe_update" not in told:
            return
        if told["safe_update"] not in (True, "true") or not isinstance(told.get("updated_stamp"), str):
            raise invalid("updated_stamp: is required for a safe update", "updated_stamp")
        if told["updated_stamp"] != ticket["updated_at"]:
            raise Refused(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data")

    def require_room(self) -> None:
        """Raises Refused when the limit on updates is used up."""
        now = self.clock.now()
        self.updates = [at for at in self.updates if at > now - timedelta(minutes=1)]
        if self.per_minute is not None and len(self.updates) >= self.per_minute:
            raise Refused(429, "TooManyRequests", "Number of allowed API requests per minute exceeded")
        self.updates.append(now)

    def _wanted(self, ticket: Mapping[str, Any], told: Mapping[str, Any], actor: int) -> dict[str, Any]:
        wanted = {name: told[name] for name in ("subject", "external_id", "priority", "group_id", "assignee_id",
                                                "requester_id", "organization_id", "type") if name in told}
        if wanted.get("priority") not in PRIORITIES:
            raise invalid(f"Priority: {wanted['priority']} is not a valid priority", "priority")
        if "group_id" in wanted and wanted["group_id"] not in GROUPS.values():
            raise invalid("Group: is invalid", "group")
        if wanted.get("assignee_id") and self.users.get(wanted["assignee_id"], {}).get("role") not in STAFF:
            raise invalid("Assignee: is invalid", "assignee")
        return wanted | self._tags(ticket, told) | self._status(ticket, told, actor)

    def _tags(self, ticket: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        for name in ("tags", *ONLY_FOR_MANY):
            if not isinstance(told.get(name, []), list) or not all(
                    isinstance(tag, str) and tag and not re.search(r"\s", tag) for tag in told.get(name, [])):
                raise invalid(f"{name}: is not a list of tags", "tags")
        tags = set(told.get("tags", ticket["tags"])) | set(told.get("additional_tags", []))
        tags -= set(told.get("remove_tags", []))
        return {"tags": sorted(tag.lower() for tag in tags)}

    def _status(self, ticket: Mapping[str, Any], told: Mapping[str, Any], actor: int) -> dict[str, Any]:
        status, custom = told.get("status"), told.get("custom_status_id")
        if custom is not None:
            row = next((each for each in self.custom_statuses if each["id"] == custom and each["active"]), None)
            if row is None:
                raise invalid("Custom status: is invalid", "custom_status_id")
            status = row["status_category"]
        if status is None:
            taken = told.get("assignee_id") and ticket["status"] == "new"
            return {"status": "open"} if taken or self._opens(ticket, told, actor) else {}
        if status not in STATUSES or (status == "hold" and not self.has_hold):
            raise invalid(f"Status: {status} is not a valid status", "status")
        if status == "solved" and self.must_be_filled and not value_of(ticket, MUST_FIELD):
            raise invalid("Cause: cannot be blank", str(MUST_FIELD))
        return {"status": status, "custom_status_id": custom}

    def _opens(self, ticket: Mapping[str, Any], told: Mapping[str, Any], actor: int) -> bool:
        """A customer's word opens what is not open."""
        return bool(told.get("comment")) and self.users[actor]["role"] not in STAFF and ticket["status"] in (
            "pending", "hold", "solved")

    def _comment(self, told: object, actor: int) -> dict[str, Any]:
        if not isinstance(told, dict) or set(told) - {"body", "html_body", "public", "author_id"}:
            raise invalid("Comment: is invalid", "comment")
        if not plain(told).strip() or not isinstance(told.get("public", True), bool):
            raise invalid("Comment: cannot be blank", "comment")
        return dict(told)

    def _field_changes(self, ticket: Mapping[str, Any], told: Mapping[str, Any]) -> dict[int, Any]:
        listed, found = told.get("custom_fields", []), {}
        if not isinstance(listed, list):
            return {}  # the other form is ignored without a word
        for each in listed:
            number, value = each.get("id"), each.get("value")
            if not isinstance(number, int) or number not in self.fields:
                raise invalid(f"Custom field {number} does not exist", "custom_fields")
            if self.fields[number]["type"] == "integer" and not re.fullmatch(r"\d*", str(value or "")):
                raise invalid("must be a number", str(number))
            value = str(value) if value not in (None, "") else None
            if value_of(ticket, number) != value:
                found[number] = value
        return found

    def _requester(self, told: Mapping[str, Any], actor: int) -> int:
        asked = told.get("requester")
        if asked is None:
            return int(told.get("requester_id", actor))
        if not isinstance(asked, dict) or "@" not in str(asked.get("email")) or not asked.get("name"):
            raise invalid("Requester: Name: is too short (minimum is 1 characters)", "requester")
        return self.user_of(asked["email"])

    def user_of(self, email: str) -> int:
        """The user with an address; an end user of no organization is made where there is none."""
        for number, user in self.users.items():
            if user["email"] == email.lower():
                return number
        number = BIG + self.number()
        self.users[number] = a_user(number, email.lower(), "end-user")
        return number

    # --- Carrying a change out ----------------------------------------------------------------------------------------

    def _carry_out(self, ticket: dict[str, Any], changes: dict[str, Any], fields: dict[int, Any],
                   comment: dict[str, Any] | None, who: _Who) -> dict[str, Any]:
        audit: dict[str, Any] = {
            "id": self.number(), "ticket_id": ticket["id"], "created_at": written(self.clock.now()),
            "author_id": who.actor, "via": {"channel": who.via},
            "metadata": {"system": {"client": "-"}, "custom": dict(who.metadata or {})}, "events": []}
        happened = [self._say(ticket, audit, comment, who)] if comment is not None else []
        for name, value in [*changes.items(), *((str(number), value) for number, value in fields.items())]:
            before = value_of(ticket, int(name)) if name.isdecimal() else ticket.get(name)
            audit["events"].append({"id": self.number(), "type": "Create" if who.is_first else "Change",
                                    "field_name": name, "value": value,
                                    **({} if who.is_first else {"previous_value": before})})
            happened += self._happened(name, before, value)
            self._set(ticket, name, value)
        if self.trigger is not None:
            self.trigger(ticket, audit)
        self.touch(ticket)
        self.audits[ticket["id"]].append(audit)
        for what, event in [("created", {})] if who.is_first else happened:
            self.tell(who.actor, what, ticket, event)
        return audit

    def _say(self, ticket: dict[str, Any], audit: dict[str, Any], comment: dict[str, Any],
             who: _Who) -> tuple[str, dict[str, Any]]:
        author = comment.get("author_id") or who.actor
        user = self.users[author]
        public = comment.get("public", True) or user["role"] not in STAFF
        event = {"id": self.number(), "type": "Comment", "author_id": author, "public": public, "body": plain(comment),
                 "html_body": comment.get("html_body") or f"<p>{html.escape(comment['body'])}</p>"}
        event["body"] = event["body"].replace("{{ticket.id}}", str(ticket["id"]))  # placeholders are filled in
        audit["events"].append(event)
        if public and user["role"] in STAFF and author != ticket["requester_id"] and not who.is_first:
            self.first_replies.setdefault(ticket["id"], self.clock.now())
        return "comment_added", {"comment": {
            "id": str(event["id"]), "body": event["body"], "is_public": public,
            "author": {"id": str(author), "is_staff": user["role"] in STAFF, "name": user["name"]}}}

    def _happened(self, name: str, before: Any, value: Any) -> list[tuple[str, dict[str, Any]]]:
        if name.isdecimal():
            known = self.fields[int(name)]
            return [("custom_field_changed", {
                "custom_field": {"id": name, "title": known["title"], "type": known["type"]},
                "current": {"value": value}, "previous": {"value": before}})]
        if name == "tags":
            return [("tags_changed", {"tags_added": sorted(set(value) - set(before)),
                                      "tags_removed": sorted(set(before) - set(value))})]
        what, upper = CHANGED.get(name), name in ("status", "priority")
        current, previous = ((str(each).upper() if upper and each else each and str(each)) for each in (value, before))
        return [(what, {"current": current, "previous": previous})] if what else []

    def _set(self, ticket: dict[str, Any], name: str, value: Any) -> None:
        if name.isdecimal():
            next(each for each in ticket["custom_fields"] if each["id"] == int(name))["value"] = value
        else:
            ticket[name] = value
