"""A conversation of Chatwoot as read, in words of ours: who asks, where it stands, and what was written in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Author, Identity
from entitlements.rules.ticket import Severity
from integrations.chatwoot.api import MARKER, Row
from integrations.chatwoot.settings import Options
from integrations.desk.mapping import DeskMapping, Stage
from integrations.desk.ticket import QUEUED_TAG, DeskTicket, Entry, Standing, marker_in
from integrations.wire import MARKER as MARKED

SEVERITIES = {"low": Severity.LOW, "medium": Severity.NORMAL, "high": Severity.HIGH, "urgent": Severity.URGENT}
PRIORITIES = {severity: name for name, severity in SEVERITIES.items()}
INCOMING, OUTGOING = frozenset({0, "incoming"}), frozenset({1, "outgoing"})
"""All other messages are Chatwoot's own: that somebody was assigned, what it says by itself."""
WEBSITE = "Channel::WebWidget"


@dataclass(frozen=True)
class Conversation(DeskTicket):
    """A ticket, and who is really assigned, our own account included."""

    assigned_to: str = ""


@dataclass(frozen=True)
class Reading:
    """How the conversations of one connection are to be read. `own` is the number of our account, if it is known."""

    mapping: DeskMapping
    options: Options
    own: str = ""

    def conversation(self, row: Row) -> Conversation:
        """From what the API tells of one. Raises DeliveryError for what is none."""
        if not row.get("id") or not isinstance(row.get("status"), str):
            raise DeliveryError("the answer is no conversation of Chatwoot's: is the address right?")
        labels, custom = labels_of(row), texts(row.get("custom_attributes"))
        assigned_to = self.assignee(row)
        return Conversation(
            id=str(row["id"]), standing=self.standing(row["status"], labels, custom), group=self.group(row),
            assignee="" if assigned_to == self.own else assigned_to, assigned_to=assigned_to, tags=labels,
            fields={name: custom.get(name, "") for name in self.mapping.fields.values()}, identity=self.identity(row),
            severity=SEVERITIES.get(str(row.get("priority") or "")), created_at=instant(row.get("created_at")),
            updated_at=instant(row.get("last_activity_at") or row.get("timestamp")),
            until=instant(row.get("snoozed_until")), channel=channel_of(row),
            product=" ".join(custom.get(self.options.product_field, "").split())[:120], marker=marker_of(row),
            auto_submitted=section(row, "additional_attributes").get("auto_reply") is True)

    def standing(self, status: str, labels: frozenset[str], custom: Mapping[str, str]) -> Standing:
        """Pending means that a bot has it, which is not waiting; snoozed by people means waiting for the customer."""
        if status == "resolved":
            return Standing.CLOSED
        if status != "snoozed":
            return Standing.OPEN
        return Standing.HELD if self.is_queued(labels, custom) else Standing.WAITING

    def is_queued(self, labels: frozenset[str], custom: Mapping[str, str]) -> bool:
        """Whether our own mark says that it waits for its hour."""
        if self.mapping.uses_tags:
            return QUEUED_TAG in labels
        return custom.get(self.mapping.fields.get("outcome_field", ""), "") == Stage.QUEUE

    def group(self, row: Row) -> str:
        """The team, as the settings name it."""
        team = section(section(row, "meta"), "team")
        number, name = str(team.get("id") or ""), str(team.get("name") or "")
        told = {each for found in self.mapping.groups.values() for each in found.values()}
        return number if number in told else next((each for each in told if each.lower() == name.lower()), name)

    def assignee(self, row: Row) -> str:
        """The number of the agent who has it; a bot or an assistant is nobody."""
        meta = section(row, "meta")
        who = section(meta, "assignee")
        if meta.get("assignee_type") not in (None, "", "User") or who.get("type", "user") != "user":
            return ""
        return str(who.get("id") or "")

    def identity(self, row: Row) -> Identity:
        """The contact. A visitor of a website can say anything, so that what is not proved may be left out."""
        meta = section(row, "meta")
        is_website = (meta.get("channel") or row.get("channel")) == WEBSITE
        if self.options.verified_only and is_website and meta.get("hmac_verified") is not True:
            return Identity()
        sender = section(meta, "sender")
        own_id = texts(sender.get("custom_attributes")).get(self.options.external_id_field, "")
        external = own_id if self.options.external_id_field else str(sender.get("identifier") or "")
        company = texts(sender.get("additional_attributes")).get("company_name", "")
        return Identity(organization_id=company.strip()[:100], external_id=external.strip()[:100],
                        email=str(sender.get("email") or "").strip()[:254])

    def entries(self, messages: Iterable[Row]) -> tuple[Entry, ...]:
        """What people and Deskgate wrote, oldest first."""
        found = []
        for row in messages:
            author, at = self.author(row), instant(row.get("created_at"))
            if author is not Author.UNKNOWN and at is not None:
                found.append(Entry(str(row.get("id")), author, at, row.get("private") is not True,
                                   self.marker(row) if author is Author.DESKGATE else ""))
        return tuple(found)

    def author(self, row: Row) -> Author:
        """Who wrote a message; unknown for bots, automations and Chatwoot itself, whose words are nobody's."""
        kind = row.get("message_type")
        if kind in INCOMING:
            return Author.CUSTOMER
        content = section(row, "content_attributes")
        if kind not in OUTGOING or content.get("deleted") is True:
            return Author.UNKNOWN
        if self.marker(row):
            return Author.DESKGATE
        if content.get("automation_rule_id"):
            return Author.UNKNOWN
        sender = section(row, "sender")
        if str(sender.get("id") or "") == self.own and sender.get("type", "user") == "user" and self.own:
            return Author.DESKGATE
        by_person = sender.get("type") == "user" or content.get("external_echo")
        return Author.AGENT if by_person else Author.UNKNOWN

    def marker(self, row: Row) -> str:
        """Our marker, where only who has a token can have put it; in the last line only below words of our own."""
        told = str(section(row, "content_attributes").get("automation_rule_id") or "")
        if MARKED.fullmatch(told):
            return told
        is_ours = bool(self.own) and str(section(row, "sender").get("id") or "") == self.own
        return marker_in(str(row.get("content") or "")) if is_ours and row.get("message_type") in OUTGOING else ""


def begun(ticket: DeskTicket) -> DeskTicket:
    """A conversation with its entries, knowing whether an agent began it."""
    first = ticket.entries[0] if ticket.entries else None
    return replace(ticket, staff_made=first is not None and first.author is Author.AGENT)


def section(row: Row, name: str) -> Mapping[str, Any]:
    """An object inside an object; an empty one where there is none."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def texts(value: object) -> dict[str, str]:
    """Attributes as text."""
    found = value if isinstance(value, dict) else {}
    return {str(name): str(each) for name, each in found.items() if isinstance(each, str | int | float)}


def labels_of(row: Row) -> frozenset[str]:
    listed = row.get("labels")
    return frozenset(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else frozenset()


def channel_of(row: Row) -> str:
    """`email`, `whatsapp`, `webwidget`: never one that counts as live, since hours are meant for these too."""
    told = section(row, "meta").get("channel") or row.get("channel")
    return str(told or "").rpartition(":")[2].lower()[:40]


def marker_of(row: Row) -> str:
    """The marker of a conversation that we opened."""
    told = str(section(row, "additional_attributes").get(MARKER) or "")
    return told if MARKED.fullmatch(told) else ""


def instant(value: object) -> datetime | None:
    """An instant in UTC, told in unix time or as ISO 8601."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, timezone.utc) if value > 0 else None
        at = datetime.fromisoformat(str(value or ""))
        return at.astimezone(timezone.utc) if at.tzinfo else at.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
