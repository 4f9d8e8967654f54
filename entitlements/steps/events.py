"""What an event does to a ticket. People win: what agents do in the helpdesk is followed, never undone.

Called inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from entitlements.helpdesk import Author, Event, EventKind
from entitlements.rules.decision import Decision
from entitlements.rules.reasons import Outcome, Reason
from entitlements.steps.admit import admit, admit_event, withdraw
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import judge
from entitlements.steps.meter import meter_event
from entitlements.steps.milestones import follow_event
from entitlements.steps.owe import Telling, owe_again
from entitlements.steps.record import Cause, Context, record
from entitlements.steps.release import redecide
from entitlements.steps.second_look import as_routed
from entitlements.steps.told import ENDS, Told, as_it_stands, read_fields, remember, told_of
from entitlements.store import db, tables
from entitlements.store.database import share_terms
from entitlements.store.events import note_ending, take_ending
from entitlements.store.licenses import license_of
from entitlements.store.tickets import find_and_lock, find_or_reserve, ticket_value

DECIDED, APPLIED, IGNORED = "decided", "applied", "ignored"
STRENGTH = (IGNORED, APPLIED, DECIDED)
MARKER = "dg-"
LARGEST_ID = 2**31 - 1
REHEARSED_FROM = 9 * 10**14
"""The first number of a delivery that is only rehearsed: none of ours ever gets so far. With what stands before it, it
fits into a tag of Freshdesk's."""
AN_AGENT = "an agent, in the helpdesk"


@dataclass(frozen=True)
class Effect:
    """What came of an event: decided, applied or ignored, and the ticket it was about, if it is known.

    `is_early`: the ticket is not known yet; should it come, the event is carried out then. `is_new`: it has just come.
    """

    status: str
    ticket: tables.Ticket | None = None
    is_early: bool = False
    is_new: bool = False


def take_in(connection: tables.Connection, event: Event, now: datetime, deskgate: Deskgate, *,
            arrived_at: datetime | None = None) -> Effect:
    """Carry one event out. Our own changes coming back are ignored; a ticket not met before is admitted.

    `arrived_at`: when the event came, if not just now.
    """
    share_terms()
    if _numbered(event.marker) >= REHEARSED_FROM:
        return Effect(IGNORED)
    linked = _link(connection, event) if event.marker else None
    if event.marker and event.kind is EventKind.CREATED and not _is_seen_again(linked, event):
        return Effect(IGNORED, linked, is_new=linked is not None)
    ticket = find_or_reserve(connection.id, event.ticket_id)
    if event.author is Author.DESKGATE and event.kind is not EventKind.CREATED:
        return Effect(IGNORED, ticket)
    if ticket is not None:
        status = _follow(ticket, told_of(as_it_stands(ticket, event), now, ticket), deskgate)
        return Effect(status, ticket, is_new=linked is not None)
    return _on_unknown(connection, replace(told_of(event, now), arrived_at=arrived_at), deskgate)


def _is_seen_again(ours: tables.Ticket | None, event: Event) -> bool:
    """Whether it is how a ticket stands that Deskgate has created, rather than the word that it was."""
    return event.snapshot and ours is not None and ours.remote_id == event.ticket_id


def _on_unknown(connection: tables.Connection, told: Told, deskgate: Deskgate) -> Effect:
    """The first that we hear of a ticket. What ends it, or says nothing of its age, is kept in case it comes yet."""
    event = told.event
    if event.kind is EventKind.TIME_LOGGED:
        status = meter_event(connection, None, event, told.now)
        return Effect(status, is_early=status == IGNORED)
    if event.kind in ENDS:
        note_ending(connection.id, event.ticket_id, told.at, told.now)
        return Effect(IGNORED)
    if event.kind is not EventKind.CREATED and event.created_at is None:
        return Effect(IGNORED, is_early=True)
    ticket = admit_event(connection, told, deskgate, _ended_at(connection, told))
    follow_event(ticket, event, told.now, is_new=True)
    return Effect(DECIDED, ticket, is_new=True)


def _ended_at(connection: tables.Connection, told: Told) -> datetime | None:
    """When a ticket of which this is the first event was closed, if it was not opened again by that very event."""
    ended_at = take_ending(connection.id, told.event.ticket_id)
    if ended_at is not None and not (told.event.kind is EventKind.REOPENED and told.at >= ended_at):
        return ended_at
    return told.at if told.event.closed else None


def _follow(ticket: tables.Ticket, told: Told, deskgate: Deskgate) -> str:
    """Take over what the event tells, then do what follows from it. What is over changes nothing any more."""
    severity = ticket.severity
    changed = read_fields(ticket, told)
    status = _look_again(ticket, told, deskgate) if changed and not _is_taken_by(ticket, told) else APPLIED
    remember(ticket, told)
    if not told.is_past or told.event.kind is EventKind.TIME_LOGGED:
        status = max(status, _ON_KNOWN[told.event.kind](ticket, told, deskgate), key=STRENGTH.index)
    if told.event.closed and not told.is_past and ticket.state == "queued":
        _on_close(ticket, told, deskgate)
    follow_event(ticket, told.of_its_life(), told.now, reread=ticket.severity != severity)
    return status


def _is_taken_by(ticket: tables.Ticket, told: Told) -> bool:
    """Whether a queued ticket is taken by it: then nothing else is to be decided."""
    return ticket.state == "queued" and told.takes and not told.is_past


def _look_again(ticket: tables.Ticket, told: Told, deskgate: Deskgate) -> str:
    if ticket.state != "queued" or (told.is_turn and not told.is_past):
        return APPLIED
    by_reply = told.event.kind is EventKind.REPLIED and told.event.author is not Author.AGENT
    return redecide(ticket, Context(Cause.REPLY if by_reply else Cause.SEVERITY, told.now), deskgate)


def _link(connection: tables.Connection, event: Event) -> tables.Ticket | None:
    """The helpdesk tells of a ticket that we created there: keep its id, should our own answer have been lost."""
    number = _numbered(event.marker)
    delivery = db.session.get(tables.Delivery, number) if 0 < number <= LARGEST_ID else None
    if delivery is None or delivery.connection_id != connection.id:
        return None
    if delivery.ticket.remote_id is None and find_and_lock(connection.id, event.ticket_id) is None:
        delivery.ticket.remote_id = event.ticket_id
        db.session.flush()
    return delivery.ticket


def _numbered(marker: str) -> int:
    """The number of the delivery that left a marker; 0 for none of ours."""
    number = marker.removeprefix(MARKER)
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else 0


def _on_update(ticket: tables.Ticket, told: Told, deskgate: Deskgate) -> str:
    if _is_taken_by(ticket, told):
        return take_early(ticket, AN_AGENT, told.now, deskgate)
    return APPLIED


def _on_reply(ticket: tables.Ticket, told: Told, deskgate: Deskgate) -> str:
    if told.event.author is Author.AGENT:
        return _on_update(ticket, told, deskgate)
    if ticket.state == "queued" and not ticket.requeued:
        # The helpdesk may have opened the ticket again because of the reply: put it back once, and leave it at that.
        ticket.requeued = True
        owe_again(ticket, told.now)
    if ticket.state == "rejected":
        return _look_once_more(ticket, told.now, deskgate)
    return APPLIED


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


def _on_reopen(ticket: tables.Ticket, told: Told, deskgate: Deskgate) -> str:
    """Agents who reopen a ticket take it; for customers it begins a new life and is decided anew.

    One that has been closed again since stays as it is.
    """
    if told.event.closed:
        return APPLIED
    ticket.closed_at = None
    if told.event.author is Author.AGENT:
        return APPLIED if ticket.state == "routed" else take_early(ticket, AN_AGENT, told.now, deskgate)
    ticket.revision += 1
    ticket.requeued = ticket.early = False
    if ticket.state == "rejected":
        return _look_once_more(ticket, told.now, deskgate)
    ticket.created_at, ticket.created_at_source, ticket.arrived_at = told.at, "reopening", told.now
    ticket.state = "withdrawn"
    taken_since = ticket.touched_at is not None and ticket.touched_at > told.at
    admit(ticket, replace(told, event=replace(told.event, answered=taken_since)), deskgate)
    return DECIDED


def _on_close(ticket: tables.Ticket, told: Told, deskgate: Deskgate) -> str:
    ticket.closed_at = ticket.closed_at or told.now
    withdraw(ticket, told.now)
    return APPLIED


def _on_time(ticket: tables.Ticket, told: Told, deskgate: Deskgate) -> str:
    return meter_event(ticket.connection, ticket, told.event, told.now)


def take_early(ticket: tables.Ticket, actor: str, now: datetime, deskgate: Deskgate) -> str:
    """Route a ticket because an agent has taken it: without a word, counted as given outside the license."""
    db.session.flush()
    last = ticket.decision
    ticket.early = True
    decision = Decision(Outcome.ROUTE, Reason.TAKEN_EARLY, now, license=license_of(last),
                        verdict=Reason(last.verdict or last.reason))
    record(ticket, decision, Context(Cause.TAKEN, now, actor), deskgate, Telling(noted=False))
    return DECIDED


_ON_KNOWN: dict[EventKind, Callable[[tables.Ticket, Told, Deskgate], str]] = {
    EventKind.CREATED: _on_update,
    EventKind.UPDATED: _on_update,
    EventKind.REPLIED: _on_reply,
    EventKind.REOPENED: _on_reopen,
    EventKind.CLOSED: _on_close,
    EventKind.MERGED: _on_close,
    EventKind.DELETED: _on_close,
    EventKind.TIME_LOGGED: _on_time,
}
