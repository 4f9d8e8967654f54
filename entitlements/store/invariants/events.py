"""What must hold of what helpdesks sent."""

from __future__ import annotations

from sqlalchemy import exists, func, or_, select

from entitlements.store.invariants.invariant import OVERDUE_SINCE, Invariant, known_words
from entitlements.store.reading import TO_READ
from entitlements.store.tables import Event, RawBody, Ticket, Worker

SETTLED, OPEN = ("decided", "applied", "ignored"), ("parked", TO_READ)
_has_body = exists().where(RawBody.event_id == Event.id)
_at_work = select(Worker.id).where(Worker.seen_at > OVERDUE_SINCE)

EVENTS = (
    known_words("events are settled, parked or to be read", "event", Event.state, (*SETTLED, *OPEN)),
    Invariant("a settled event says when", "an event is half settled", "event",
              select(Event.id).where(Event.state.in_(SETTLED), Event.settled_at.is_(None))),
    Invariant("a webhook has its answer", "a repeat could not be answered as the first time", "event",
              select(Event.id).where(Event.source == "webhook", Event.answer == "")),
    Invariant("a decided event names its ticket", "what was acknowledged as decided is not there", "event",
              select(Event.id).where(Event.state == "decided", Event.ticket_id.is_(None))),
    Invariant("a parked event says why, and has its body", "an admin could not do anything about it", "event",
              select(Event.id).where(Event.state == "parked", Event.source == "webhook",
                                     (Event.trouble == "") | ~_has_body)),
    Invariant("an event that is to be read has a wake-up, its ticket's id and its body", "nobody would ever read it",
              "event", select(Event.id).where(Event.state == TO_READ, or_(
                  Event.due_at.is_(None), Event.about.is_(None), ~_has_body))),
    Invariant("only what is to be read has a wake-up or is claimed", "an event would be carried out twice", "event",
              select(Event.id).where(Event.state != TO_READ, or_(
                  Event.due_at.is_not(None), Event.claimed_by != ""))),
    Invariant("no reading is left behind", "an event was claimed ten minutes ago or more by a worker that is gone",
              "event", select(Event.id).where(
                  Event.state == TO_READ, Event.claimed_by != "",
                  func.coalesce(Event.claimed_at, Event.due_at) < OVERDUE_SINCE,
                  Event.claimed_by.not_in(_at_work)), needs_worker=True),
    Invariant("an event is about a ticket of its own connection", "rows of two connections were mixed up", "event",
              select(Event.id).join(Ticket, Ticket.id == Event.ticket_id)
              .where(Ticket.connection_id != Event.connection_id)),
)
