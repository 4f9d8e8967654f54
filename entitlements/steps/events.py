"""What an event does to a ticket. People win: what agents do in the helpdesk is followed, never undone.

Called inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from entitlements.helpdesk import Author, Event, EventKind, Identity
from entitlements.rules.decision import Decision
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.steps.admit import admit, admit_event, recognize
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import judge
from entitlements.steps.meter import give_back_reservation, meter_event
from entitlements.steps.milestones import follow_event
from entitlements.steps.owe import Telling, owe_again, owe_withdrawal
from entitlements.steps.record import Cause, Context, record
from entitlements.steps.release import redecide
from entitlements.steps.second_look import as_routed
from entitlements.store import db, tables
from entitlements.store.database import share_terms
from entitlements.store.licenses import license_of
from entitlements.store.tickets import find_and_lock, ticket_value

DECIDED, APPLIED, IGNORED = "decided", "applied", "ignored"
MARKER = "dg-"


@dataclass(frozen=True)
class Effect:
    """What came of an event: decided, applied or ignored, and the ticket it was about, if it is known."""

    status: str
    ticket: tables.Ticket | None = None


def take_in(connection: tables.Connection, event: Event, now: datetime, deskgate: Deskgate) -> Effect:
    """Carry one event out. Our own changes coming back are ignored; a ticket not met before is admitted."""
    share_terms()
    linked = _link(connection, event) if event.marker else None
    if event.marker and event.kind is EventKind.CREATED:
        return Effect(IGNORED, linked)
    ticket = find_and_lock(connection.id, event.ticket_id)
    if event.author is Author.DESKGATE and event.kind is not EventKind.CREATED:
        return Effect(IGNORED, ticket)
    if ticket is not None:
        return Effect(_follow(ticket, event, now, deskgate), ticket)
    if event.kind is EventKind.TIME_LOGGED:
        return Effect(meter_event(connection, None, event, now), None)
    if not _may_be_new(event):
        return Effect(IGNORED)
    ticket = admit_event(connection, event, now, deskgate)
    follow_event(ticket, event, now, is_new=True)
    return Effect(DECIDED, ticket)


def _follow(ticket: tables.Ticket, event: Event, now: datetime, deskgate: Deskgate) -> str:
    severity = ticket.severity
    status = _ON_KNOWN[event.kind](ticket, event, now, deskgate)
    follow_event(ticket, event, now, reread=ticket.severity != severity)
    return status


def _may_be_new(event: Event) -> bool:
    """Whether a ticket that we hear of for the first time is to be admitted: not when it is over already, nor when
    nobody says when it was made, since then it may be older than the connection."""
    if event.kind in (EventKind.CLOSED, EventKind.MERGED, EventKind.DELETED):
        return False
    return event.kind is EventKind.CREATED or event.created_at is not None


def _link(connection: tables.Connection, event: Event) -> tables.Ticket | None:
    """The helpdesk tells of a ticket that we created there: keep its id, should our own answer have been lost."""
    number = event.marker.removeprefix(MARKER)
    delivery = db.session.get(tables.Delivery, int(number)) if number.isdecimal() else None
    if delivery is None or delivery.connection_id != connection.id:
        return None
    if delivery.ticket.remote_id is None and find_and_lock(connection.id, event.ticket_id) is None:
        delivery.ticket.remote_id = event.ticket_id
        db.session.flush()
    return delivery.ticket


def _on_update(ticket: tables.Ticket, event: Event, now: datetime, deskgate: Deskgate) -> str:
    if ticket.state == "queued" and event.assigned:
        return take_early(ticket, "an agent, in the helpdesk", now, deskgate)
    changed = _read_again(ticket, event)
    if changed and ticket.state == "queued":
        return redecide(ticket, Context(Cause.SEVERITY, now), deskgate)
    return APPLIED


def _read_again(ticket: tables.Ticket, event: Event) -> bool:
    """Take over severity and requester as told now. Returns whether a decision may turn out differently."""
    changed = event.severity is not None and event.severity != ticket.severity
    if event.severity is not None:
        ticket.severity = event.severity
    return (_says_who(event.identity, ticket.contact) and recognize(ticket, event.identity)) or changed


def _says_who(told: Identity, contact: str) -> bool:
    """Whether an update says more of the requester than we know: an update that says less must not lose them."""
    return bool(told.customer or told.organization_id or told.external_id
                or (told.email and told.email.strip().lower() != contact))


def _on_reply(ticket: tables.Ticket, event: Event, now: datetime, deskgate: Deskgate) -> str:
    if event.author is Author.AGENT:
        taken = ticket.state == "queued" and (event.public or event.assigned)
        return take_early(ticket, "an agent, in the helpdesk", now, deskgate) if taken else APPLIED
    ticket.quiet = ticket.quiet or event.auto_submitted
    changed = event.severity is not None and event.severity != ticket.severity
    ticket.severity = event.severity or Severity(ticket.severity)
    if ticket.state == "queued":
        return _on_reply_while_queued(ticket, changed, now, deskgate)
    if ticket.state == "rejected":
        return _look_once_more(ticket, now, deskgate)
    return APPLIED


def _on_reply_while_queued(ticket: tables.Ticket, changed: bool, now: datetime, deskgate: Deskgate) -> str:
    """The helpdesk may have reopened the ticket because of the reply: put it back once, and leave it at that."""
    status = redecide(ticket, Context(Cause.REPLY, now), deskgate) if changed else APPLIED
    if ticket.state == "queued" and not ticket.requeued:
        ticket.requeued = True
        owe_again(ticket, now)
    return status


def _look_once_more(ticket: tables.Ticket, now: datetime, deskgate: Deskgate) -> str:
    """Somebody who was refused writes again: judge as of now; still refused means that a person looks.

    So does a refusal that a person has spoken: it is not ours to take back.
    """
    decision = judge(replace(ticket_value(ticket), created_at=now), now, deskgate)
    if decision.outcome is Outcome.REJECT or ticket.decision.reason == Reason.OVERRIDDEN:
        decision = as_routed(decision, Reason.REJECTED_AGAIN, triage=True)
    else:
        ticket.created_at, ticket.created_at_source = now, "reply"
    record(ticket, decision, Context(Cause.REPLY, now), deskgate, Telling(public=decision.outcome is Outcome.QUEUE))
    return DECIDED


def _on_reopen(ticket: tables.Ticket, event: Event, now: datetime, deskgate: Deskgate) -> str:
    """Agents who reopen a ticket take it; for customers it begins a new life and is decided anew."""
    ticket.closed_at = None
    if event.author is Author.AGENT:
        return APPLIED if ticket.state == "routed" else take_early(ticket, "an agent, in the helpdesk", now, deskgate)
    ticket.revision += 1
    ticket.requeued = ticket.early = False
    if ticket.state == "rejected":
        return _look_once_more(ticket, now, deskgate)
    ticket.created_at, ticket.created_at_source, ticket.arrived_at = min(event.at or now, now), "reopening", now
    ticket.state = "withdrawn"
    admit(ticket, replace(event, answered=False), now, deskgate)
    return DECIDED


def _on_close(ticket: tables.Ticket, event: Event, now: datetime, deskgate: Deskgate) -> str:
    give_back_reservation(ticket.id, ticket.customer.name if ticket.customer else "", now)
    ticket.closed_at = ticket.closed_at or now
    if ticket.state == "queued":
        ticket.state, ticket.due_at, ticket.release_at = "withdrawn", None, None
        owe_withdrawal(ticket, now)
    return APPLIED


def _on_time(ticket: tables.Ticket, event: Event, now: datetime, deskgate: Deskgate) -> str:
    return meter_event(ticket.connection, ticket, event, now)


def take_early(ticket: tables.Ticket, actor: str, now: datetime, deskgate: Deskgate) -> str:
    """Route a ticket because an agent has taken it: without a word, counted as given outside the license."""
    db.session.flush()
    last = ticket.decision
    ticket.early = True
    decision = Decision(Outcome.ROUTE, Reason.TAKEN_EARLY, now, license=license_of(last),
                        verdict=Reason(last.verdict or last.reason))
    record(ticket, decision, Context(Cause.TAKEN, now, actor), deskgate, Telling(noted=False))
    return DECIDED


_ON_KNOWN: dict[EventKind, Callable[[tables.Ticket, Event, datetime, Deskgate], str]] = {
    EventKind.CREATED: _on_update,
    EventKind.UPDATED: _on_update,
    EventKind.REPLIED: _on_reply,
    EventKind.REOPENED: _on_reopen,
    EventKind.CLOSED: _on_close,
    EventKind.MERGED: _on_close,
    EventKind.DELETED: _on_close,
    EventKind.TIME_LOGGED: _on_time,
}
