"""What an event tells, held against what is known already: the state in the helpdesk wins over the order of arrival.

Webhooks come late, twice and the wrong way round, and a look at the helpdesk finds what never came. What happened
before the latest closing or reopening belongs to an earlier life of the ticket and moves it no more; fields are as the
latest event that told them. An event that does not say when it happened counts as happening now.

Called inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from entitlements.helpdesk import Author, Event, EventKind, Identity
from entitlements.store import tables
from entitlements.store.customers import find_customer, identify
from entitlements.store.tickets import find_ticket

ENDS = frozenset({EventKind.CLOSED, EventKind.MERGED, EventKind.DELETED})
TURNS = ENDS | {EventKind.REOPENED}
READABLE = ("severity", "product", "channel", "answered", "assigned", "staff_made", "closed", "auto_submitted",
            "marker")


@dataclass(frozen=True)
class Told:
    """An event, when it happened (aware UTC, never after `now`), and what is known of its ticket that is newer.

    `is_past`: the ticket was closed or reopened after it. `is_stale`: its fields have been told anew since.
    `arrived_at`: when it came, where it is carried out later than that.
    """

    event: Event
    at: datetime
    now: datetime
    is_past: bool = False
    is_stale: bool = False
    arrived_at: datetime | None = None

    @property
    def is_turn(self) -> bool:
        return self.event.kind in TURNS

    @property
    def takes(self) -> bool:
        """Whether an agent takes the ticket by it: assigns it, answers it publicly, or opens it again."""
        event = self.event
        if event.kind in (EventKind.CREATED, EventKind.UPDATED):
            return event.assigned or (event.snapshot and event.public and event.author is Author.AGENT)
        if event.author is not Author.AGENT:
            return False
        return event.kind is EventKind.REOPENED or (event.kind is EventKind.REPLIED
                                                    and (event.public or event.assigned))

    def of_its_life(self) -> Event:
        """The event as far as it still says something about the present life of its ticket."""
        return replace(self.event, kind=EventKind.UPDATED, waiting=None) if self.is_past else self.event


def must_be_read(connection_id: int, event: Event) -> bool:
    """Whether its ticket has to be read before an event can be carried out.

    What ends a ticket, and our own change that comes back, says enough; so does time logged on a ticket that we know.
    """
    if not event.incomplete or event.kind in ENDS:
        return False
    if event.kind is EventKind.CREATED:
        return not event.marker
    if event.kind is EventKind.TIME_LOGGED:
        return event.author is not Author.DESKGATE and find_ticket(connection_id, event.ticket_id) is None
    return event.author is not Author.DESKGATE


def completed(event: Event, read: Event) -> Event:
    """An incomplete event, and from its ticket as it was read what the event does not say itself."""
    identity = Identity(**{name: getattr(event.identity, name) or getattr(read.identity, name)
                           for name in Identity.__dataclass_fields__})
    made = event if event.created_at is not None else read
    fields = {name: getattr(event, name) or getattr(read, name) for name in READABLE}
    whole = replace(event, **fields, identity=identity, created_at=made.created_at,
                    created_at_source=made.created_at_source, incomplete=False)
    if event.kind is not EventKind.UPDATED or not read.snapshot:
        return whole
    # All that was told is that something happened: how the ticket stands now says what.
    author = read.author if event.author is Author.UNKNOWN else event.author
    return replace(whole, kind=read.kind, snapshot=True, author=author, public=read.public, waiting=read.waiting)


def as_it_stands(ticket: tables.Ticket, event: Event) -> Event:
    """What a snapshot amounts to, given what is known: a closing or reopening that nobody told, or an update.

    Who reopened it without a word since is taken to be a person on the team.
    """
    if not event.snapshot or event.kind is not EventKind.CREATED:
        return event
    if event.closed:
        return replace(event, kind=EventKind.CLOSED if ticket.closed_at is None else EventKind.UPDATED)
    if ticket.closed_at is None:
        return event
    author = Author.AGENT if event.author is Author.UNKNOWN else event.author
    return replace(event, kind=EventKind.REOPENED, author=author)


def has_heard(ticket: tables.Ticket | None, event: Event) -> bool:
    """Whether what was seen in a helpdesk is no news, since the ticket has been told of after it happened.

    Helpdesks tell whole seconds: who answers and closes in one go is heard of by two webhooks of the same second, and
    that of the closing may be the one that was lost.
    """
    if ticket is None or ticket.heard_at is None or event.at is None or not event.snapshot:
        return False
    return event.at < ticket.heard_at or (event.at == ticket.heard_at and not _turns(ticket, event))


def _turns(ticket: tables.Ticket, event: Event) -> bool:
    """Whether a snapshot says that a ticket was closed or reopened, and no turn of that very second is known."""
    kind = as_it_stands(ticket, event).kind
    is_other = ticket.closed_at is None if kind in ENDS else kind is EventKind.REOPENED
    return is_other and (ticket.turned_at is None or event.at is None or ticket.turned_at < event.at)


def told_of(event: Event, now: datetime, ticket: tables.Ticket | None = None) -> Told:
    """Hold an event against its ticket, if that is known."""
    if event.at is None:  # many helpdesks tell whole seconds only, and the next event may be told in this one
        return Told(event, now.replace(microsecond=0), now)
    at = min(event.at, now)
    if ticket is None:
        return Told(event, at, now)
    return Told(event, at, now, is_past=_is_past(ticket, event, at),
                is_stale=ticket.told_at is not None and at < ticket.told_at)


def _is_past(ticket: tables.Ticket, event: Event, at: datetime) -> bool:
    """Whether the ticket has been closed or reopened since.

    In the very second of a turn, a reopening may be the same told once more, and what was only seen may have been seen
    before: taken for closed, the ticket could wait for ever.
    """
    if ticket.turned_at is None or at > ticket.turned_at:
        return False
    is_told_before = event.kind is EventKind.REOPENED and ticket.closed_at is None
    return at < ticket.turned_at or is_told_before or (event.snapshot and event.kind in TURNS)


def read_fields(ticket: tables.Ticket, told: Told) -> bool:
    """Take over what the event tells of the ticket. Returns whether a decision may turn out differently."""
    event, before = told.event, (ticket.severity, ticket.product, ticket.staff_made)
    if event.severity is not None and not told.is_stale:
        ticket.severity, ticket.told_at = event.severity, max(told.at, ticket.told_at or told.at)
    ticket.product = ticket.product or event.product[:120]
    ticket.channel = ticket.channel or event.channel[:40]
    if event.kind is EventKind.CREATED:
        ticket.staff_made = ticket.staff_made or event.staff_made
    if event.author is not Author.AGENT:
        ticket.quiet = ticket.quiet or event.auto_submitted
    asks_anew = _says_who(event.identity, ticket, told) and recognize(ticket, event.identity)
    return asks_anew or before != (ticket.severity, ticket.product, ticket.staff_made)


def _says_who(identity: Identity, ticket: tables.Ticket, told: Told) -> bool:
    """Whether an event says more of the requester than we know: one that says less must not lose them."""
    if told.is_stale and (ticket.contact or ticket.customer_id):
        return False
    return bool(identity.customer or identity.organization_id or identity.external_id
                or (identity.email and identity.email.strip().lower() != ticket.contact))


def recognize(ticket: tables.Ticket, identity: Identity) -> bool:
    """Set who asks. Returns whether that changed."""
    requester = identify(identity)
    customer = find_customer(requester.customer) if requester.customer else None
    before = (ticket.customer_id, ticket.contact)
    ticket.customer = customer
    ticket.customer_id = customer.id if customer else None
    ticket.candidates = list(requester.candidates)
    ticket.match_step = requester.step or ""
    ticket.contact = requester.contact[:254]
    return before != (ticket.customer_id, ticket.contact)


def remember(ticket: tables.Ticket, told: Told) -> None:
    """Keep until when the ticket was told of, when an agent took it, and when it was closed or reopened."""
    if told.event.at is not None:
        ticket.heard_at = max(told.at, ticket.heard_at or told.at)
    if told.takes:
        ticket.touched_at = max(told.at, ticket.touched_at or told.at)
    if told.is_turn:
        ticket.turned_at = max(told.at, ticket.turned_at or told.at)
