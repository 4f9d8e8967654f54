"""A conversation and its threads as Help Scout tells them, by webhook and when it is asked, in words of ours."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Identity
from integrations.desk.mapping import DeskMapping
from integrations.desk.ticket import (
    QUEUED_TAG,
    REFERENCE,
    DeskTicket,
    Entry,
    Standing,
    marker_in,
    reference_in,
)
from integrations.helpscout.options import MAILBOX, OVER, TEAM, Options
from integrations.payload import Fields, identifier, instant, required_id

CUSTOMER, REPLY, NOTE, CHANGE = "customer", "message", "note", "lineitem"
"""Types of threads; a change of status, owner or mailbox is one as well."""
CHATS = frozenset({"chat", "beaconchat"})
UNSENT = frozenset({"draft", "hidden", "deleted", "review"})
LONGEST = 20_000


@dataclass(frozen=True)
class HelpScoutTicket(DeskTicket):
    """A conversation with the row that it was read from."""

    row: Fields | None = None

    @property
    def customer(self) -> str:
        """The number of whom it is with."""
        return identifier(_object(self.row or {}, "primaryCustomer"), "id")

    @property
    def mailbox(self) -> str:
        return identifier(self.row or {}, "mailboxId")


@dataclass(frozen=True)
class Reader:
    """Reads what Help Scout tells, given the settings of the connection and our own user, if known. Raises TicketError.

    `places` are the settings that name mailboxes and teams, by what they name and its number.
    """

    options: Options
    mapping: DeskMapping
    us: str
    places: Mapping[tuple[str, str], str]
    now: datetime

    def ticket(self, row: Fields) -> HelpScoutTicket:
        all_tags = tags_of(row)
        tags = frozenset(tag for tag in all_tags if not tag.startswith(REFERENCE))
        custom = custom_of(row)
        named = {name.lower(): name for name in self.mapping.fields.values()}
        until = self._snoozed_until(row)
        return HelpScoutTicket(
            id=required_id(row, "id"), standing=self._standing(row, tags, until), row=row, tags=tags, until=until,
            group=self._group(row), assignee=owner_of(row),
            fields={told: custom.get(name, "") for name, told in named.items()}, identity=identity_of(row),
            severity=self.options.severity(custom.get(self.options.severity_field.lower(), ""), tags),
            created_at=instant(row, "createdAt"), updated_at=changed_at(row), version=str(changed_at(row) or ""),
            product=custom.get(self.options.product_field.lower(), "")[:120],
            channel=_words(_object(row, "source"), "type") or _words(row, "type"), staff_made=_is_staff_made(row),
            marker=reference_in(all_tags))

    def entries(self, row: Fields) -> tuple[Entry, ...]:
        """What was written, oldest first: drafts were not, and changes are not words."""
        found = (self.entry(thread) for thread in threads_of(row)
                 if _words(thread, "type") != CHANGE and _words(thread, "state") not in UNSENT)
        return tuple(sorted(found, key=lambda each: (each.at, each.id.rjust(20, "0"))))

    def entry(self, thread: Fields) -> Entry:
        kind = _words(thread, "type")
        return Entry(required_id(thread, "id"), self.author_of(thread), _made(thread),
                     kind in {CUSTOMER, REPLY} | CHATS, self.marker_of(thread))

    def author_of(self, thread: Fields) -> Author:
        """Who wrote it, or changed something. What an agent typed in from a call is nobody's word."""
        by, kind = _object(thread, "createdBy"), _words(thread, "type")
        if kind == CUSTOMER or by.get("type") == CUSTOMER:
            return Author.CUSTOMER
        if (self.us and identifier(by, "id") == self.us) or self.marker_of(thread):
            return Author.DESKGATE
        return Author.AGENT if kind in {REPLY, NOTE, CHANGE} | CHATS else Author.UNKNOWN

    def marker_of(self, thread: Fields) -> str:
        """Ours, if it is: customers cannot write as users, and other users are told apart once we know our own."""
        by = _object(thread, "createdBy")
        if _words(thread, "type") not in {REPLY, NOTE} or by.get("type") == CUSTOMER:
            return ""
        if self.us and identifier(by, "id") != self.us:
            return ""
        body = thread.get("body")
        return marker_in(body[-LONGEST:]) if isinstance(body, str) else ""

    def last_author(self, row: Fields) -> Author:
        """Who did what happened last, be it a word or a change."""
        dated = [(at, required_id(thread, "id").rjust(20, "0"), thread) for thread in threads_of(row)
                 if (at := instant(thread, "createdAt")) is not None]
        return self.author_of(max(dated, key=lambda each: each[:2])[2]) if dated else Author.UNKNOWN

    def _snoozed_until(self, row: Fields) -> datetime | None:
        until = instant(_object(row, "snooze"), "snoozedUntil")
        return until if until is not None and until > self.now else None

    def _standing(self, row: Fields, tags: frozenset[str], until: datetime | None) -> Standing:
        """Snoozed and pending are what agents use as well: who did it tells them apart, or our tag."""
        status = _words(row, "status").lower()
        if status in OVER or _words(row, "state") == "deleted":
            return Standing.CLOSED
        if until is None and status != "pending":
            return Standing.OPEN
        by = identifier(_object(row, "snooze"), "snoozedBy") if until is not None else ""
        is_ours = by == self.us if by and self.us else QUEUED_TAG in tags
        return Standing.HELD if is_ours else Standing.WAITING

    def _group(self, row: Fields) -> str:
        """The way the settings name it: the team, if they name that, or the mailbox."""
        owner, mailbox = _object(row, "assignee"), identifier(row, "mailboxId")
        team = identifier(owner, "id") if owner.get("type") == TEAM else ""
        return self.places.get((TEAM, team)) or self.places.get((MAILBOX, mailbox)) or f"{MAILBOX}:{mailbox}"


def owner_of(row: Fields) -> str:
    """The number of the user who has it; a team is nobody."""
    owner = _object(row, "assignee")
    return "" if owner.get("type") == TEAM else identifier(owner, "id")


def identity_of(row: Fields) -> Identity:
    told = _words(_object(row, "primaryCustomer"), "email")
    return Identity(email=told if "@" in told and len(told) <= 254 else "")


def threads_of(row: Fields) -> list[Fields]:
    told = _object(row, "_embedded").get("threads")
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def changed_at(row: Fields) -> datetime | None:
    """The latest instant that a conversation tells of. Its last change may be later, which is not told."""
    told = [instant(row, name) for name in ("createdAt", "userUpdatedAt", "closedAt")]
    told.append(instant(_object(row, "customerWaitingSince"), "time"))
    told += [instant(thread, "createdAt") for thread in threads_of(row)]
    return max((at.astimezone(timezone.utc) for at in told if at is not None), default=None)


def tags_of(row: Fields) -> frozenset[str]:
    told = row.get("tags")
    names = [each.get("tag") for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return frozenset(name for name in names if isinstance(name, str))


def custom_of(row: Fields) -> dict[str, str]:
    """The custom fields by name in lower case, and by number. What a list holds is told in words, not by number."""
    found: dict[str, str] = {}
    for each in fields_of(row):
        shown, value = each.get("text"), each.get("value")
        told = shown if isinstance(shown, str) and shown else value
        words = " ".join(str(told).split()) if isinstance(told, str | int) else ""
        found |= {_words(each, "name").lower(): words, identifier(each, "id"): words}
    return found


def fields_of(row: Fields) -> list[Fields]:
    told = row.get("customFields")
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def as_html(words: str) -> str:
    """Words as they are, line breaks kept."""
    return html.escape(words, quote=False).replace("{", "&#123;").replace("\n", "<br>")


def emails_of(customer: Fields) -> Iterable[str]:
    """The addresses in a customer's profile."""
    rows = _object(customer, "_embedded").get("emails")
    return (_words(row, "value") for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _is_staff_made(row: Fields) -> bool:
    made_by = _object(row, "createdBy").get("type") or _object(row, "source").get("via")
    return made_by == "user"


def _object(row: Fields, name: str) -> Fields:
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _words(row: Fields, name: str) -> str:
    """A name that somebody may have typed, as one clean line; empty for anything but a text."""
    value = row.get(name)
    return " ".join(value[:300].split()) if isinstance(value, str) else ""


def _made(thread: Fields) -> datetime:
    found = instant(thread, "createdAt")
    if found is None:
        raise TicketError("createdAt is missing")
    return found
