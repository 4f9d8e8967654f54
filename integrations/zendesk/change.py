"""From a change to what is sent: everything about a ticket in one guarded step, one comment in each.

Tags go into the same step as status and group although they replace the list there, since one step is one run of the
triggers and one unit of the limit, and the guard refuses it when anybody was faster. The guard counts whole seconds:
what was tagged in the very second we looked is seen in the audit of the change, and given back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from entitlements.errors import DeliveryError
from integrations.desk.plan import Change
from integrations.desk.ticket import Standing, marked
from integrations.zendesk.api import ZendeskApi
from integrations.zendesk.kind import HOLD, OPEN, PENDING, SOLVED, STATUSES
from integrations.zendesk.ticket import OURS, ZendeskTicket

USUAL_STATUS: Mapping[Standing | None, str] = {Standing.OPEN: OPEN, Standing.CLOSED: SOLVED}
PLACEHOLDER = re.compile(r"\{(?=[{%])")
NUMBER = re.compile(r"[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Names:
    """The numbers behind the names of groups, fields and statuses. Raises DeliveryError of kind `setting` for a name
    that there is not, or twice."""

    api: ZendeskApi

    def group(self, name: str) -> int:
        return self._number("groups", ("name",), name, "group")

    def field(self, name: str) -> int:
        return self._number("ticket_fields", ("title",), name, "ticket field")

    def fields(self) -> dict[str, str]:
        """The titles of all custom fields, in lower case, by id."""
        return {str(each.get("id")): str(each.get("title", "")).lower() for each in self.api.named("ticket_fields")}

    def usual_status(self, standing: Standing | None) -> str:
        """The status for tickets that stand so, where the settings name none."""
        return self.waiting_status() if standing is Standing.HELD else USUAL_STATUS.get(standing, OPEN)

    def waiting_status(self) -> str:
        """The status of queued tickets where the settings name none: on hold, if the account has that."""
        return HOLD if self.api.has_hold() else PENDING

    def status(self, name: str) -> tuple[str, int | None]:
        """The system status that a status is or belongs to, and the number of a custom one."""
        if name.lower() in STATUSES:
            return name.lower(), None
        labels = ("agent_label", "raw_agent_label", "end_user_label")
        number = self._number("custom_statuses", labels, name, "ticket status", always_look=True)
        row = next(each for each in self.api.named("custom_statuses") if each.get("id") == number)
        return str(row.get("status_category", "")).lower(), number

    def _number(self, kind: str, labels: tuple[str, ...], name: str, what: str, *, always_look: bool = False) -> int:
        if NUMBER.fullmatch(name) and not always_look:
            return int(name)
        found = [each for each in self.api.named(kind) if str(each.get("id")) == name
                 or any(str(each.get(label, "")).lower() == name.lower() for label in labels)]
        if len(found) != 1 or not isinstance(found[0].get("id"), int):
            self.api.forget_names()
            raise DeliveryError(f"there is no {what} {name!r} in Zendesk" if not found else
                                f"there are {len(found)} of the {what} {name!r} in Zendesk: name it by its number",
                                kind="setting")
        return int(found[0]["id"])


@dataclass(frozen=True)
class Writer:
    """Carries changes out."""

    api: ZendeskApi

    def write(self, ticket: ZendeskTicket, change: Change) -> str:
        """Make a change in one step, or in two if it says two things. Returns the id of our own account."""
        version, acting_as = ticket.version, ""
        for part in steps(change):
            answer = self.api.update(ticket.id, {**self.body(part, ticket), "safe_update": True,
                                                 "updated_stamp": version})
            told, audit = answer.get("ticket"), answer.get("audit")
            if not isinstance(told, dict):
                raise DeliveryError("Zendesk answered a change without the ticket", kind="unknown")
            version = str(told.get("updated_at") or version)
            if isinstance(audit, dict):
                acting_as = str(audit.get("author_id") or acting_as)
                self._give_back(ticket, part, audit)
        return acting_as

    def body(self, change: Change, ticket: ZendeskTicket | None = None) -> dict[str, Any]:
        """A change as fields of a ticket."""
        names = Names(self.api)
        body: dict[str, Any] = {}
        if change.standing or change.status:
            body |= status_fields(names, change)
        if change.group:
            body["group_id"] = names.group(change.group)
        if change.tags is not None:
            body["tags"] = sorted(change.tags)
        if change.fields:
            body["custom_fields"] = [{"id": names.field(name), "value": value or None}
                                     for name, value in change.fields.items()]
        if change.speaks:
            body["comment"] = self.comment(change.note or change.message, change.marker, public=not change.note)
            body["metadata"] = {OURS: change.marker}
        return body

    def comment(self, words: str, marker: str, *, public: bool) -> dict[str, Any]:
        """A comment as HTML, so that nothing in it is taken for Markdown. Customers are not shown our marker: it stands
        in the metadata of the change besides."""
        return {"html_body": as_html(words if public else marked(words, marker)), "public": public}

    def _give_back(self, ticket: ZendeskTicket, change: Change, audit: Mapping[str, Any]) -> None:
        """Put back the tags that people set in the very second of our look, which the guard cannot see."""
        if change.tags is None:
            return
        ours = next((each for each in audit.get("events") or () if isinstance(each, dict)
                     and each.get("field_name") == "tags"), {})  # what triggers make of it comes after
        before = ours.get("previous_value")
        lost = {tag for tag in before if isinstance(tag, str)} if isinstance(before, list) else set()
        if lost := lost - ticket.tags - change.tags:
            self.api.add_tags(ticket.id, sorted(lost))


def steps(change: Change) -> Iterator[Change]:
    """A change as steps with one comment each: first move and note, then speak to the customer, and close with that."""
    if not (change.note and change.message):
        yield change
        return
    closes = change.standing is Standing.CLOSED
    first, last = replace(change, message=""), Change(message=change.message, marker=change.marker)
    yield replace(first, standing=None, status="") if closes else first
    yield replace(last, standing=change.standing, status=change.status) if closes else last


def status_fields(names: Names, change: Change) -> dict[str, Any]:
    """The field that sets a status, by word or as a custom one."""
    word, number = names.status(change.status or names.usual_status(change.standing))
    return {"status": word} if number is None else {"custom_status_id": number}


def as_html(words: str) -> str:
    """Words as they are, line breaks kept."""
    return "<p>" + html.escape(literally(words), quote=False).replace("\n", "<br>") + "</p>"


def literally(words: str) -> str:
    """Words in which Zendesk finds no placeholder to fill in: with something invisible between the braces."""
    return PLACEHOLDER.sub("{\u200b", words)
