"""Looking at queued tickets again: when their time has come, and whenever something changed that they wait for."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from entitlements.rules.decision import Decision
from entitlements.rules.reasons import Outcome, Reason
from entitlements.steps.admit import with_breaker
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import judge
from entitlements.steps.owe import Telling
from entitlements.steps.record import Cause, Context, record
from entitlements.steps.second_look import second_look
from entitlements.store import db, tables
from entitlements.store.access import audit
from entitlements.store.connections import get_connection
from entitlements.store.database import share_terms, transaction
from entitlements.store.licenses import license_of
from entitlements.store.tickets import due_ticket_ids, lock_ticket, queued_ids_of, ticket_value, wake_queued

log = logging.getLogger(__name__)
BATCH = 25  # between two batches deliveries are handed over, so that live tickets do not wait for a herd
LATER = timedelta(minutes=1)


def release_due(deskgate: Deskgate) -> int:
    """Look at the queued tickets whose time has come, each in a transaction of its own. Returns how many."""
    ids = due_ticket_ids(deskgate.clock.now(), BATCH)
    db.session.rollback()
    for ticket_id in ids:
        try:
            with transaction():
                release_one(ticket_id, deskgate)
        except Exception:
            log.exception("could not look at ticket=%d again; it is tried once more in a minute", ticket_id)
            _put_off(ticket_id, deskgate.clock.now())
    return len(ids)


def release_one(ticket_id: int, deskgate: Deskgate) -> None:
    """Decide a ticket again if it is still queued and due. Called inside a transaction."""
    share_terms()
    ticket = lock_ticket(ticket_id)
    now = deskgate.clock.now()
    if ticket.state == "queued" and ticket.due_at is not None and ticket.due_at <= now:
        cause = Cause.RELEASE if ticket.release_at is None or ticket.release_at <= now else Cause.REPLAN
        redecide(ticket, Context(cause, now), deskgate)


def _put_off(ticket_id: int, now: datetime) -> None:
    with transaction():
        ticket = lock_ticket(ticket_id)
        if ticket.state == "queued":
            ticket.due_at = now + LATER


def redecide(ticket: tables.Ticket, context: Context, deskgate: Deskgate) -> str:
    """Judge a queued ticket as of now and record what changed. Called inside a transaction."""
    db.session.flush()
    if ticket.decision.reason == Reason.OVERRIDDEN:
        return _follow_override(ticket, context, deskgate)
    found = second_look(ticket_value(ticket), ticket.release_at, context.now,
                        lambda value, at: judge(value, at, deskgate))
    decision = with_breaker(ticket, found, context.now)
    if decision.outcome is Outcome.QUEUE and _is_as_before(ticket, decision):
        ticket.due_at = decision.release_at
        return "applied"
    record(ticket, decision, context, deskgate, Telling(public=decision.outcome is Outcome.REJECT))
    return "decided"


def _is_as_before(ticket: tables.Ticket, decision: Decision) -> bool:
    last = ticket.decision
    return (last.release_at, last.reason) == (decision.release_at, decision.reason)


def _follow_override(ticket: tables.Ticket, context: Context, deskgate: Deskgate) -> str:
    """What a person has set stands: until its time, and then it is let go."""
    release_at = ticket.decision.release_at
    if release_at is not None and release_at > context.now:
        ticket.due_at = release_at
        return "applied"
    decision = Decision(Outcome.ROUTE, Reason.OVERRIDDEN, context.now, license=license_of(ticket.decision))
    record(ticket, decision, context, deskgate)
    return "decided"


def replan(customer_ids: Iterable[int], now: datetime) -> int:
    """Have the queued tickets of these customers looked at again. Called inside a transaction. Returns how many."""
    return wake_queued(customer_ids, now)


def release_all(connection_name: str, reason: str, actor: str, now: datetime, deskgate: Deskgate) -> int:
    """Free every queued ticket of a connection. Opens transactions of its own, each for a few tickets, so that others
    can write in between; if it breaks off, it can be repeated for the rest. Returns how many. Raises NotFound."""
    with transaction():
        ids = queued_ids_of(get_connection(connection_name).id)
        audit(actor=actor, action="release_all", subject=f"connection:{connection_name}", at=now, reason=reason,
              values={"tickets": len(ids)})
    freed = 0
    for start in range(0, len(ids), BATCH):
        with transaction():
            share_terms()
            freed += sum(_free(ticket_id, Context(Cause.RELEASE_ALL, now, actor), deskgate)
                         for ticket_id in ids[start:start + BATCH])
    return freed


def _free(ticket_id: int, context: Context, deskgate: Deskgate) -> bool:
    """False when it is no longer queued."""
    ticket = lock_ticket(ticket_id)
    if ticket.state != "queued":
        return False
    last = ticket.decision
    decision = Decision(Outcome.ROUTE, Reason.OVERRIDDEN, context.now, license=license_of(last),
                        verdict=Reason(last.verdict or last.reason))
    record(ticket, decision, context, deskgate, Telling(noted=False))
    return True
