"""From a webhook of Help Scout to events. The body is signed and holds the conversation as it stands with its threads;
the name of the event is in a header that nobody signs, and is believed as far as the body bears it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Inbound
from integrations.desk.ticket import Entry
from integrations.helpscout.ticket import CUSTOMER, NOTE, REPLY, HelpScoutTicket, Reader, threads_of
from integrations.payload import Fields, read_fields, required_id

CREATED, DELETED, MERGED = "convo.created", "convo.deleted", "convo.merged"
REPLIES = {"convo.customer.reply.created": CUSTOMER, "convo.agent.reply.created": REPLY, "convo.note.created": NOTE}
SILENT = frozenset({"convo.tags", "convo.custom-fields"})
"""Told of our own changes, too, without a word of who made them: they matter where urgency or product is told so."""
WANTED = (CREATED, *REPLIES, "convo.assigned", "convo.status", "convo.moved", DELETED, MERGED)
CONVERSATIONS = "convo."


@dataclass(frozen=True)
class Told:
    """One webhook. `seen` makes an event of how a conversation stands; `reads_fields` says that urgency or product are
    told by tags or fields."""

    reader: Reader
    seen: Callable[[HelpScoutTicket, str], Event]
    reads_fields: bool

    def events(self, inbound: Inbound) -> tuple[Event, ...]:
        """What it says, in the order in which it is to be carried out. Raises TicketError."""
        what, row = _event(inbound), read_fields(inbound.body)
        if what and not what.startswith(CONVERSATIONS):
            return ()  # a test, or about something else than conversations
        if isinstance(row.get("mailbox"), dict) and "mailboxId" not in row:
            raise TicketError("the webhook sends payloads of version V1; choose V2 in its settings")
        number = required_id(row, "id")
        if not number.isdecimal():
            raise TicketError(f"id must be the number of a conversation, not {number[:40]!r}")
        base = Event(EventKind.UPDATED, key=f"{what}:{number}@{_digest(inbound)}"[:200], ticket_id=number)
        if what == DELETED or row.get("state") == "deleted":
            return (replace(base, kind=EventKind.DELETED, key=f"deleted:{number}"),)
        if "status" not in row or what == MERGED:  # which of the two it is about shows when it is read
            return (replace(base, incomplete=True),)
        return self._of(what, row, base)

    def _of(self, what: str, row: Fields, base: Event) -> tuple[Event, ...]:
        if row.get("state") == "draft" or (what in SILENT and not self.reads_fields):
            return ()
        ticket = self.reader.ticket(row)
        ticket = replace(ticket, entries=self.reader.entries(row))
        seen = replace(self.seen(ticket, base.key), author=self.reader.last_author(row), public=False,
                       incomplete=not ticket.identity.email)
        if what == CREATED:
            return (self._created(ticket, seen),)
        if what in REPLIES:
            return self._replied(row, REPLIES[what], seen, base)
        if what in SILENT:
            return (replace(seen, kind=EventKind.UPDATED, author=Author.UNKNOWN, snapshot=False, waiting=None),)
        return (seen,)

    def _created(self, ticket: HelpScoutTicket, seen: Event) -> Event:
        by_customer = Author.DESKGATE if ticket.marker else Author.CUSTOMER
        return replace(seen, key=f"new:{ticket.id}", at=ticket.created_at, snapshot=False, public=True,
                       author=Author.AGENT if ticket.staff_made else by_customer)

    def _replied(self, row: Fields, kind: str, seen: Event, base: Event) -> tuple[Event, ...]:
        """The newest of its kind. A customer's may have opened the conversation again, which how it stands tells."""
        written = [self.reader.entry(thread) for thread in threads_of(row) if thread.get("type") == kind]
        if not written:
            return (replace(base, incomplete=True),)
        newest: Entry = max(written, key=lambda each: (each.at, each.id.rjust(20, "0")))
        reply = replace(seen, kind=EventKind.REPLIED, key=f"entry:{seen.ticket_id}:{newest.id}", author=newest.author,
                        at=newest.at, public=newest.public, snapshot=False, waiting=None, marker="")
        if kind != CUSTOMER:
            return (reply,)
        return (reply, replace(seen, key=reply.key, public=True))


def _event(inbound: Inbound) -> str:
    told = next((value for name, value in inbound.headers.items() if name.lower() == "x-helpscout-event"), "")
    return told.strip().lower()[:60]


def _digest(inbound: Inbound) -> str:
    """A conversation as it is told, to the last letter: there is no id of a webhook, and what comes again is alike."""
    return hashlib.sha256(inbound.body).hexdigest()[:24]
