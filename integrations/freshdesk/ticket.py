"""A ticket and what is written below it, as the API of Freshdesk tells them, in words of ours.

A ticket that Deskgate creates carries its marker in a tag, which customers neither see nor can set.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Identity
from integrations.desk.mapping import DeskMapping
from integrations.desk.ticket import (
    MARKED,
    QUEUED_TAG,
    REFERENCE,
    DeskTicket,
    Entry,
    Logged,
    Standing,
    reference_in,
)
from integrations.freshdesk.options import BY_STAFF, CHANNELS, CLOSED, PENDING, RESOLVED, SEVERITIES, Options
from integrations.payload import Fields, flag, identifier, instant, number, required_id

FORWARDED = 8
"""The source of what an agent sent on to somebody else: not a word to the customer."""
OPENING = "opening"
LONGEST = 20_000


@dataclass(frozen=True)
class FreshdeskTicket(DeskTicket):
    """A ticket with the row that it was read from, and how many calls had been made by then."""

    row: Fields | None = None
    asked: int = 0


@dataclass(frozen=True)
class Names:
    """How the settings name what Freshdesk numbers: groups by number, and the numbers of statuses."""

    groups: Mapping[str, str]
    held: frozenset[int]
    waiting: frozenset[int]
    closed: frozenset[int]


@dataclass(frozen=True)
class Reader:
    """Reads what Freshdesk tells, given the settings of the connection. Raises TicketError."""

    options: Options
    mapping: DeskMapping

    def ticket(self, row: Fields, names: Names, asked: int = 0) -> FreshdeskTicket:
        all_tags = tags_of(row)
        tags = frozenset(tag for tag in all_tags if not tag.startswith(REFERENCE))
        channel = CHANNELS.get(number(row, "source") or 0, "")
        return FreshdeskTicket(
            id=required_id(row, "id"), standing=self._standing(row, names, tags), row=row, asked=asked,
            group=self._group(row, names), assignee=identifier(row, "responder_id"), tags=tags,
            fields=self._fields(row), identity=self._identity(row),
            severity=SEVERITIES.get(number(row, "priority") or 0), created_at=instant(row, "created_at"),
            updated_at=instant(row, "updated_at"), version=str(row.get("updated_at") or ""),
            product=self._product(row), channel=channel, staff_made=channel in BY_STAFF,
            is_deleted=flag(row, "deleted"), marker=reference_in(all_tags))

    def _standing(self, row: Fields, names: Names, tags: frozenset[str]) -> Standing:
        """Pending is where agents wait for customers and where we hold tickets: our tag tells them apart."""
        status = number(row, "status")
        if flag(row, "spam") or flag(row, "deleted") or status in {RESOLVED, CLOSED} | names.closed:
            return Standing.CLOSED
        if status in names.held and (QUEUED_TAG in tags or not self.mapping.uses_tags):
            return Standing.HELD
        return Standing.WAITING if status in {PENDING} | names.waiting else Standing.OPEN

    def _group(self, row: Fields, names: Names) -> str:
        """The way the settings name it: by number where they do."""
        told = identifier(row, "group_id")
        named = {value for each in self.mapping.groups.values() for value in each.values()}
        return told if told in named else names.groups.get(told, told)

    def _fields(self, row: Fields) -> dict[str, str]:
        custom = custom_of(row)
        values = {name: custom.get(field_key(name, custom)) for name in self.mapping.fields.values()}
        return {name: "" if value is None else str(value) for name, value in values.items()}

    def _product(self, row: Fields) -> str:
        custom, name = custom_of(row), self.options.product_field
        value = custom.get(field_key(name, custom)) if name else None
        return " ".join(str(value).split())[:120] if isinstance(value, str | int) else ""

    def _identity(self, row: Fields) -> Identity:
        """Who asks, if the requester came with the ticket."""
        requester = row.get("requester")
        email = requester.get("email") if isinstance(requester, dict) else None
        return Identity(organization_id=identifier(row, "company_id"), email=address(email))

    def external_id(self, company: Fields) -> str:
        custom = custom_of(company)
        value = custom.get(field_key(self.options.external_id_field, custom))
        return str(value).strip()[:120] if isinstance(value, str | int) else ""


def entry(row: Fields, us: str, requester: str) -> Entry:
    """A reply or note. What our own account wrote is ours, and its marker with it: anybody else may quote one."""
    writer = identifier(row, "user_id")
    public = not flag(row, "private") and number(row, "source") != FORWARDED
    if writer == us:
        return Entry(required_id(row, "id"), Author.DESKGATE, _made(row), public, _marker_in(row))
    by_customer = flag(row, "incoming") or (bool(requester) and writer == requester)
    return Entry(required_id(row, "id"), Author.CUSTOMER if by_customer else Author.AGENT, _made(row), public)


def entries(rows: Iterable[Fields], us: str, ticket: FreshdeskTicket) -> tuple[Entry, ...]:
    """The opening, which the ticket itself holds, and all that was written since, oldest first."""
    requester = identifier(ticket.row or {}, "requester_id")
    found = sorted((entry(row, us, requester) for row in rows), key=lambda each: (each.at, each.id.rjust(20, "0")))
    if ticket.created_at is None:
        return tuple(found)
    opened_by = Author.UNKNOWN if ticket.staff_made else Author.DESKGATE if ticket.marker else Author.CUSTOMER
    return (Entry(OPENING, opened_by, ticket.created_at, True), *found)


def logged(rows: Iterable[Fields]) -> tuple[Logged, ...]:
    """Time logged. A timer that is still running grows, and counts once it was stopped."""
    return tuple(Logged(required_id(row, "id"), instant(row, "executed_at") or _made(row), seconds_of(row),
                        version=str(row.get("updated_at") or "")[:40])
                 for row in rows if not flag(row, "timer_running"))


def seconds_of(row: Fields) -> int:
    """`hh:mm` as seconds; nothing for what is not written so."""
    found = re.fullmatch(r"([0-9]{1,4}):([0-5][0-9])", str(row.get("time_spent") or ""))
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else 0


def tags_of(row: Fields) -> frozenset[str]:
    told = row.get("tags")
    return frozenset(tag for tag in told if isinstance(tag, str)) if isinstance(told, list) else frozenset()


def custom_of(row: Fields) -> Fields:
    found = row.get("custom_fields")
    return found if isinstance(found, dict) else {}


def field_key(name: str, known: Iterable[str]) -> str:
    """The API's name of a custom field that is named as in the API, without its `cf_`, or as people see it."""
    if name in known or not name:
        return name
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return plain if plain in known or plain.startswith("cf_") else f"cf_{plain}"


def as_html(words: str) -> str:
    """Words as they are, line breaks kept; no placeholder is left for Freshdesk to fill in."""
    return "<div>" + html.escape(words, quote=False).replace("{", "&#123;").replace("\n", "<br>") + "</div>"


def address(value: object) -> str:
    """An e-mail address, or nothing."""
    told = value.strip() if isinstance(value, str) else ""
    return told if "@" in told and len(told) <= 254 and told.isprintable() else ""


def _marker_in(row: Fields) -> str:
    told = next((row[name] for name in ("body_text", "body") if isinstance(row.get(name), str)), "")
    found: list[str] = MARKED.findall(told[-LONGEST:])
    return found[-1] if found else ""


def _made(row: Fields) -> datetime:
    found = instant(row, "created_at")
    if found is None:
        raise TicketError("created_at is missing")
    return found
