"""What must hold of what helpdesks sent."""

from __future__ import annotations

from sqlalchemy import exists, select

from entitlements.store.invariants.invariant import Invariant, known_words
from entitlements.store.tables import Event, RawBody, Ticket

SETTLED, OPEN = ("decided", "applied", "ignored"), ("parked", "to_read")

EVENTS = (
    known_words("events are settled, parked or to be read", "event", Event.state, (*SETTLED, *OPEN)),
    Invariant("a settled event says when", "an event is half settled", "event",
              select(Event.id).where(Event.state.in_(SETTLED), Event.settled_at.is_(None))),
    Invariant("a webhook has its answer", "a repeat could not be answered as the first time", "event",
              select(Event.id).where(Event.source == "webhook", Event.answer == "")),
    Invariant("a decided event names its ticket", "what was acknowledged as decided is not there", "event",
              select(Event.id).where(Event.state == "decided", Event.ticket_id.is_(None))),
    Invariant("a parked event says why, and has its body", "an admin could not do anything about it", "event",
              select(Event.id).where(Event.state == "parked", Event.source == "webhook", (Event.trouble == "") | ~(
                  exists().where(RawBody.event_id == Event.id)))),
    Invariant("an event is about a ticket of its own connection", "rows of two connections were mixed up", "event",
              select(Event.id).join(Ticket, Ticket.id == Event.ticket_id)
              .where(Ticket.connection_id != Event.connection_id)),
)
