"""From a webhook of django-helpdesk to events. It says neither what happened nor when: the ticket has to be read.

A new ticket comes as `{"ticket": ...}`, an update as the same with the `followup_id` of its latest entry.
"""

from __future__ import annotations

from dataclasses import replace

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Identity
from integrations.django_helpdesk.settings import DeskSettings
from integrations.django_helpdesk.ticket import CLOSED, DeskTicket, FollowUp, People, Status, read_ticket
from integrations.payload import identifier, read_fields, section


def parse(body: bytes, settings: DeskSettings, people: People) -> tuple[Event, ...]:
    """The events of one webhook. Raises TicketError."""
    fields = read_fields(body)
    ticket = read_ticket(section(fields, "ticket"))
    wanted = identifier(fields, "followup_id")
    if not wanted:
        return (created(ticket, settings, people),)
    entry = next((each for each in ticket.followups if each.id == wanted), None)
    if entry is None:
        raise TicketError(f"followup_id {wanted} is not among the ticket's follow-ups")
    return updated(ticket, entry, settings, people)


def created(ticket: DeskTicket, settings: DeskSettings, people: People) -> Event:
    """The ticket as a new one."""
    opening, staff_made = ticket.opening, people.opened_by_staff(ticket)
    return Event(
        kind=EventKind.CREATED, key=f"t{ticket.id}:new", ticket_id=ticket.id, identity=Identity(email=ticket.email),
        author=Author.AGENT if staff_made else Author.CUSTOMER, at=opening.at if opening else None,
        created_at=opening.at if opening else None, created_at_source="first follow-up" if opening else "",
        severity=ticket.severity, product=_product(ticket, settings),
        channel=_channel(opening), public=True, staff_made=staff_made, answered=people.is_answered(ticket),
        assigned=people.is_assigned(ticket), marker=people.marker_of(ticket, settings.marker_field),
        closed=ticket.is_closed and not people.closed_by_us(ticket))


def _product(ticket: DeskTicket, settings: DeskSettings) -> str:
    return " ".join(ticket.custom.get(settings.product_field, "").split())[:120]


def _channel(opening: FollowUp | None) -> str:
    if opening is None or opening.user:
        return ""
    return "email" if opening.by_mail else "web"


def updated(ticket: DeskTicket, entry: FollowUp, settings: DeskSettings, people: People) -> tuple[Event, ...]:
    """What one entry says: an answer, time logged, a change of state, several of these, or just a change.

    The author follows from the entry alone. An entry without a marker carries that of its ticket, if we created it.
    """
    author, new = people.author_of(entry), created(ticket, settings, people)
    base = replace(new, key=f"f{entry.id}", author=author, at=entry.at, public=entry.public,
                   marker=entry.marker or new.marker)
    return tuple(replace(base, kind=kind, seconds=entry.seconds or 0, entry_id=base.key)
                 if kind is EventKind.TIME_LOGGED else replace(base, kind=kind)
                 for kind in _kinds(ticket, entry, people))


def _kinds(ticket: DeskTicket, entry: FollowUp, people: People) -> list[EventKind]:
    reopened, author = _reopens(ticket, entry, people), people.author_of(entry)
    kinds = [EventKind.REOPENED] if reopened else []
    if entry.comment.strip() and not reopened:
        kinds.append(EventKind.REPLIED)
    if entry.seconds and author is Author.AGENT:  # a helpdesk that measures time itself writes it on every entry
        kinds.append(EventKind.TIME_LOGGED)
    if ticket.is_merged or entry.new_status == Status.DUPLICATE:
        kinds.append(EventKind.MERGED)
    elif entry.new_status in CLOSED:
        kinds.append(EventKind.CLOSED)
    return kinds or [EventKind.UPDATED]


def _reopens(ticket: DeskTicket, entry: FollowUp, people: People) -> bool:
    """True when the entry reopens the ticket. Every mail to a reopened ticket claims so; only the first does.

    None does after we have opened again what we had closed.
    """
    if entry.new_status != Status.REOPENED:
        return False
    before = replace(ticket, followups=ticket.followups[: ticket.followups.index(entry)])
    last = before.last_change
    return last is None or (last.new_status != Status.REOPENED and not people.reopened_after(before, last))
