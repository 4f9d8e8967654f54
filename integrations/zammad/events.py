"""From a webhook of Zammad to events. It tells how a ticket stands and, where there is one, the article that came with
the change; what happened is told by the name of the trigger alone, which the guide prescribes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Inbound
from integrations.payload import Fields, identifier, instant, read_fields, required_id, section
from integrations.zammad.options import STATES, SYSTEM
from integrations.zammad.ticket import (
    CLOSED,
    MARKER,
    Reader,
    is_held_by_us,
    is_opened_by_us,
    is_staff_made,
    mark,
    owner,
    words,
)

CREATED, REOPENED, ENDED = "created", "reopened", "closed"
AT_ONCE = 2.0  # seconds between a ticket's making and its last change, if nothing has happened since


def parse(inbound: Inbound, reader: Reader) -> tuple[Event, ...]:
    """The events of one webhook. Raises TicketError."""
    fields = read_fields(inbound.body)
    ticket, article = section(fields, "ticket"), fields.get("article") or {}
    if not isinstance(article, dict):
        raise TicketError("article must be an object")
    told = _Told(ticket, article, _hint(inbound), reader)
    return tuple(told.event(kind) for kind in told.kinds())


def _hint(inbound: Inbound) -> str:
    """The last word of the trigger's name."""
    name = next((value for key, value in inbound.headers.items() if key.lower() == "x-zammad-trigger"), "")
    return name.strip().lower().rpartition(" ")[2].rpartition(":")[2]


class _Told:
    """One webhook, taken apart."""

    def __init__(self, ticket: Fields, article: Fields, hint: str, reader: Reader):
        self.ticket, self.article, self.hint, self.reader = ticket, article, hint, reader
        self.id = required_id(ticket, "id")
        self.author = reader.author_of(article) if article else self._author_of_change()

    def kinds(self) -> list[EventKind]:
        if words(self.ticket, "state") == "merged":
            return [EventKind.MERGED]
        if self._is_new():
            return [EventKind.CREATED]
        kinds = [EventKind.REOPENED] if self.hint == REOPENED else []
        if self.article and not (kinds and self.author is Author.CUSTOMER):
            kinds.append(EventKind.REPLIED)
        if self._seconds():
            kinds.append(EventKind.TIME_LOGGED)
        if self._is_closed() and (self.hint == ENDED or not mark(self.ticket, CLOSED)):
            kinds.append(EventKind.CLOSED)
        return kinds or [EventKind.UPDATED]

    def event(self, kind: EventKind) -> Event:
        base = self._base()
        if kind is EventKind.CREATED:
            author = Author.AGENT if base.staff_made else Author.CUSTOMER
            return replace(base, kind=kind, author=author, at=base.created_at, public=True)
        if kind is EventKind.TIME_LOGGED:
            return replace(base, kind=kind, seconds=self._seconds(), entry_id=f"a{identifier(self.article, 'id')}",
                           public=False)
        if kind is EventKind.REOPENED and base.author is Author.UNKNOWN:
            base = replace(base, author=Author.DESKGATE if is_opened_by_us(self.ticket) else Author.AGENT)
        return replace(base, kind=kind, public=kind is EventKind.REPLIED and base.public)

    def _base(self) -> Event:
        ticket, reader = self.ticket, self.reader
        return Event(
            EventKind.UPDATED, key=self._key(), ticket_id=self.id, author=self.author, at=self._at(),
            identity=reader.identity(_plain(ticket), _object(ticket, "customer"), _object(ticket, "organization")),
            created_at=instant(ticket, "created_at"), created_at_source="created_at",
            severity=reader.options.severity(words(_object(ticket, "priority") or ticket, "name")
                                             or words(ticket, "priority")),
            product=reader.product(ticket), channel=words(ticket, "create_article_type"),
            public=bool(self.article) and self.article.get("internal") is False, staff_made=is_staff_made(ticket),
            answered=ticket.get("first_response_at") is not None, assigned=self._is_assigned(),
            auto_submitted=self._is_from_a_machine(), marker=mark(ticket, MARKER), waiting=self._waiting(),
            closed=self._is_closed() and not mark(ticket, CLOSED),
            incomplete=not (_object(ticket, "customer") or words(ticket, "customer")))

    def _key(self) -> str:
        """The same on every retry, although the ticket is told as it stands then: by the article where there is one."""
        if self._is_new():
            return f"new:{self.id}"
        if self.article:
            return f"entry:{self.id}:{required_id(self.article, 'id')}"
        return f"change:{self.id}@{words(self.ticket, 'updated_at')}:{self.hint}"[:200]

    def _at(self) -> datetime | None:
        return (instant(self.article, "created_at") if self.article else None) or instant(self.ticket, "updated_at")

    def _is_new(self) -> bool:
        """The trigger says so; under another name, a ticket that nothing has happened to since it was made."""
        if self.hint in (CREATED, REOPENED, ENDED, "updated"):
            return self.hint == CREATED
        made, changed = instant(self.ticket, "created_at"), instant(self.ticket, "updated_at")
        return (self.ticket.get("article_count") == 1 and made is not None and changed is not None
                and (changed - made).total_seconds() <= AT_ONCE)

    def _is_closed(self) -> bool:
        """By its state. The trigger says so only of a state nobody told us of: a webhook that is sent again tells the
        ticket as it stands then, and it may have been opened meanwhile."""
        state = words(self.ticket, "state")
        return state in self.reader.options.closed_states or (self.hint == ENDED and state not in STATES)

    def _is_assigned(self) -> bool:
        assignee = owner(self.ticket)
        return bool(assignee) and assignee not in self.reader.mapping.default_owners

    def _author_of_change(self) -> Author:
        number = identifier(self.ticket, "updated_by_id")
        if number and number == self.reader.acting_as:
            return Author.DESKGATE
        if number in ("", SYSTEM):
            return Author.UNKNOWN
        return Author.CUSTOMER if number == identifier(self.ticket, "customer_id") else Author.AGENT

    def _waiting(self) -> bool | None:
        """Whether agents wait for the customer. A ticket that waits for us says nothing about that. Where a trigger has
        changed the ticket, too, nobody is told to have made it wait."""
        if self.author not in (Author.AGENT, Author.UNKNOWN):
            return None
        if self.ticket.get("pending_time") is None:
            return False
        return None if is_held_by_us(self.ticket) else True

    def _is_from_a_machine(self) -> bool:
        """Whether Zammad itself would not answer the mail automatically."""
        told = self.article.get("preferences") if self.article else None
        return isinstance(told, dict) and told.get("is-auto-response") is True

    def _seconds(self) -> int:
        """The time that came with the article. `accounted_time` is cut to whole units: where older versions tell
        nothing else, and the ticket's sum shows that parts are in use, the next look counts it."""
        units = self.article.get("time_unit")
        if units is None and _is_whole(self.ticket.get("time_unit")):
            units = self.article.get("accounted_time")
        return self.reader.options.seconds(units) if units else 0


def _is_whole(units: object) -> bool:
    """Whether a sum of time has no fraction. Zammad tells it as a decimal text."""
    try:
        return units is None or float(str(units)).is_integer()
    except ValueError:
        return False


def _object(fields: Fields, name: str) -> Fields | None:
    value = fields.get(name)
    return value if isinstance(value, dict) else None


def _plain(ticket: Fields) -> Fields:
    """A ticket whose customer is named by a record in place of a login."""
    customer = _object(ticket, "customer")
    return {**ticket, "customer": words(customer, "login")} if customer else ticket
