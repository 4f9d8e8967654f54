"""A ticket of django-helpdesk as its REST API and its webhooks tell it, and who wrote what on it.

The API names authors by number only. What can be known: updates by people who may not see the staff pages, by mail and
by the system itself carry no number at all, so a number means staff. Except where the helpdesk lets everybody update
tickets, or an account opens tickets for customers: there the setting `staff` lists who is staff.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import IntEnum

from entitlements.errors import TicketError
from entitlements.helpdesk import Author
from entitlements.rules.ticket import Severity
from integrations.payload import A_YEAR, Fields, flag, identifier, instant, number, required_id, rows, text

CUSTOM = "custom_"
EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)
DURATION = re.compile(r"(?:(-?[0-9]{1,5}) )?([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?")
MARKED = re.compile(r"Ref\. (dg-[\w-]{1,40})")
# What the opening of a ticket is called when it came through the public form, in the languages of django-helpdesk.
ON_THE_WEB = re.compile(r"web|www|nettportal|ويب|وب", re.IGNORECASE)

SEVERITIES = {1: Severity.URGENT, 2: Severity.HIGH, 3: Severity.NORMAL, 4: Severity.LOW, 5: Severity.LOW}
PRIORITIES = {Severity.URGENT: 1, Severity.HIGH: 2, Severity.NORMAL: 3, Severity.LOW: 4}


class Status(IntEnum):
    """The states of a ticket, by the numbers django-helpdesk ships with."""

    OPEN = 1
    REOPENED = 2
    RESOLVED = 3
    CLOSED = 4
    DUPLICATE = 5


CLOSED = frozenset({Status.RESOLVED, Status.CLOSED, Status.DUPLICATE})


@dataclass(frozen=True)
class FollowUp:
    """One entry below a ticket. `user` is empty for customers; `seconds` the time logged with it."""

    id: str
    user: str
    at: datetime
    title: str
    comment: str
    public: bool
    new_status: int | None
    seconds: int | None
    by_mail: bool

    @property
    def marker(self) -> str:
        """Our marker, if the entry ends with one and was not written by a customer, who may only be quoting it."""
        return marker_in(self.comment) if self.user else ""


@dataclass(frozen=True)
class Entry:
    """A follow-up as the list of all of them names it: its number, that of its ticket, and when it was written."""

    id: str
    ticket_id: str
    at: datetime


@dataclass(frozen=True)
class DeskTicket:
    """A ticket with its entries, oldest first. `custom` holds its custom fields as text."""

    id: str
    queue: int
    email: str
    assigned_to: str
    status: int
    on_hold: bool
    is_merged: bool
    priority: int | None
    description: str
    followups: tuple[FollowUp, ...]
    custom: Mapping[str, str]

    @property
    def opening(self) -> FollowUp | None:
        return self.followups[0] if self.followups else None

    @property
    def later(self) -> tuple[FollowUp, ...]:
        """The entries after the opening."""
        return self.followups[1:]

    @property
    def last_change(self) -> FollowUp | None:
        """The latest entry that changed the status. A change through the API leaves none."""
        return next((entry for entry in reversed(self.followups) if entry.new_status), None)

    @property
    def severity(self) -> Severity | None:
        return SEVERITIES.get(self.priority or 0)

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED


def read_ticket(fields: Fields) -> DeskTicket:
    """The ticket that a JSON object describes. Raises TicketError."""
    entries = [_followup(each) for each in rows(fields, "followup_set")]
    return DeskTicket(
        id=_number(fields), queue=number(fields, "queue") or 0, email=text(fields, "submitter_email"),
        assigned_to=identifier(fields, "assigned_to"), status=number(fields, "status") or Status.OPEN,
        on_hold=flag(fields, "on_hold"), is_merged=fields.get("merged_to") is not None,
        priority=number(fields, "priority"), description=_words(fields, "description"),
        followups=tuple(sorted(entries, key=lambda entry: (entry.at, int(entry.id)))),
        custom={name: "" if value is None else str(value) for name, value in fields.items() if name.startswith(CUSTOM)})


def read_entry(fields: Fields) -> Entry:
    """Raises TicketError."""
    return Entry(_number(fields), identifier(fields, "ticket"), instant(fields, "date") or EARLIEST)


def _followup(fields: Fields) -> FollowUp:
    return FollowUp(
        id=_number(fields), user=identifier(fields, "user"), at=instant(fields, "date") or EARLIEST,
        title=_words(fields, "title"), comment=_words(fields, "comment"), public=flag(fields, "public"),
        new_status=number(fields, "new_status"), seconds=_duration(fields), by_mail=bool(_words(fields, "message_id")))


def _number(fields: Fields) -> str:
    found = required_id(fields, "id")
    if not (found.isascii() and found.isdecimal()):
        raise TicketError("id must be a number")
    return found


def _words(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise TicketError(f"{name} must be a text")
    return value or ""


def _duration(fields: Fields) -> int | None:
    """`[DD ]HH:MM:SS` as seconds. Given back time has negative days: `-1 23:30:00` is minus half an hour."""
    told = text(fields, "time_spent")
    if not told:
        return None
    found = DURATION.fullmatch(told)
    if found is None:
        raise TicketError(f"time_spent is not a length of time: {told[:40]}")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = days * 86400 + hours * 3600 + minutes * 60 + seconds
    if abs(total) > A_YEAR:
        raise TicketError("time_spent is more than a year")
    return total


def marker_in(words: str) -> str:
    """The marker in the last line of a text, if there is one."""
    lines = words.rstrip().splitlines()
    found = MARKED.fullmatch(lines[-1].strip()) if lines else None
    return found[1] if found else ""


def marked(words: str, marker: str) -> str:
    """A text with our marker as its last line."""
    return f"{words.rstrip()}\n\nRef. {marker}" if words.strip() else f"Ref. {marker}"


@dataclass(frozen=True)
class People:
    """Who is who in one helpdesk: our own account, the staff if it is listed, and owners that queues set themselves."""

    acting_as: str
    staff: frozenset[str] = frozenset()
    default_owners: frozenset[str] = frozenset()

    def author_of(self, entry: FollowUp) -> Author:
        """Who wrote an entry."""
        if not entry.user:
            return Author.CUSTOMER
        if entry.user == self.acting_as or entry.marker:
            return Author.DESKGATE
        return Author.AGENT if not self.staff or entry.user in self.staff else Author.CUSTOMER

    def opened_by_staff(self, ticket: DeskTicket) -> bool:
        """True when an account opened the ticket elsewhere than in the public form, which customers use signed in."""
        opening = ticket.opening
        if opening is None or not opening.user:
            return False
        return opening.user in self.staff if self.staff else not ON_THE_WEB.search(opening.title)

    def marker_of(self, ticket: DeskTicket, field: str) -> str:
        """The marker of a ticket that we created. A customer cannot forge one: it counts on what an account opened."""
        opening = ticket.opening
        if opening is None or not opening.user or ON_THE_WEB.search(opening.title):
            return ""
        return (ticket.custom.get(field, "") if field else "") or marker_in(ticket.description)

    def closed_by_us(self, ticket: DeskTicket) -> bool:
        """True when the ticket is closed, and the latest entry about its status is our closing of it."""
        last = ticket.last_change
        return (last is not None and ticket.is_closed and last.new_status == ticket.status
                and self.author_of(last) is Author.DESKGATE)

    def reopened_after(self, ticket: DeskTicket, closing: FollowUp) -> bool:
        """True when we closed the ticket and a later delivery of ours wrote on it, which it does as it reopens."""
        later = ticket.followups[ticket.followups.index(closing) + 1:]
        return (self.author_of(closing) is Author.DESKGATE
                and any(entry.marker not in ("", closing.marker) for entry in later))

    def is_assigned(self, ticket: DeskTicket) -> bool:
        """True when a person has the ticket, rather than the owner that its queue gives every ticket."""
        return bool(ticket.assigned_to) and ticket.assigned_to not in self.default_owners

    def is_answered(self, ticket: DeskTicket) -> bool:
        """True when an agent has ever answered publicly."""
        return any(_is_answer(entry) for entry in self._by_agents(ticket))

    def is_touched(self, ticket: DeskTicket) -> bool:
        """True when an agent did anything but write a note since the customer last wrote."""
        last = self._last_word(ticket)
        return any(entry.at > last and not _is_note(entry) for entry in self._by_agents(ticket))

    def is_taken(self, ticket: DeskTicket, since: datetime) -> bool:
        """True when people got ahead of a decision of `since`: they took the ticket, answered it or changed it.

        An answer counts when the customer has not written again, or when it came after the decision; so does the
        owner of a ticket that the customer reopened. A note among colleagues takes nothing.
        """
        if self.is_assigned(ticket) and (ticket.status != Status.REOPENED or self.is_touched(ticket)):
            return True
        last = self._last_word(ticket)
        return any((_is_answer(entry) and entry.at > last) or (entry.at >= since and not _is_note(entry))
                   for entry in self._by_agents(ticket))

    def _by_agents(self, ticket: DeskTicket) -> list[FollowUp]:
        return [entry for entry in ticket.later if self.author_of(entry) is Author.AGENT]

    def _last_word(self, ticket: DeskTicket) -> datetime:
        """When the customer last wrote; the opening counts for one."""
        words = [entry.at for entry in ticket.later if self.author_of(entry) is Author.CUSTOMER]
        return max([*words, *(entry.at for entry in ticket.followups[:1])], default=EARLIEST)


def _is_answer(entry: FollowUp) -> bool:
    return entry.public and bool(entry.comment.strip())


def _is_note(entry: FollowUp) -> bool:
    return not entry.public and bool(entry.comment.strip())
