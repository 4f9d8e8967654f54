"""Deliveries: which are due, claiming them, and taking up what was left behind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import aliased

from entitlements.helpdesk import Action
from entitlements.rules.reasons import Outcome
from entitlements.store.database import db, rows_changed
from entitlements.store.tables import Connection, Decision, Delivery, Worker

OWED = ("waiting", "sending")


def is_any_due(now: datetime) -> bool:
    """Whether there is anything to claim. Ends the read, so that nothing is locked while a worker idles."""
    found = db.session.scalars(_due(now).order_by(None).limit(1)).first() is not None
    db.session.rollback()
    return found


def due_deliveries(now: datetime, limit: int) -> list[Delivery]:
    """What may go out now: urgent first, the oldest of each ticket only, none of a paused connection."""
    return list(db.session.scalars(_due(now).limit(limit)))


def _due(now: datetime) -> Select[Delivery]:
    earlier = aliased(Delivery)
    blocked = exists().where(earlier.ticket_id == Delivery.ticket_id, earlier.connection_id == Delivery.connection_id,
                             earlier.id < Delivery.id, earlier.state.in_(OWED))
    return (select(Delivery).join(Connection, Connection.id == Delivery.connection_id)
            .where(Delivery.state == "waiting", Delivery.due_at <= now, Connection.paused_at.is_(None), ~blocked)
            .order_by(Delivery.urgency.desc(), Delivery.due_at, Delivery.id))


def claim(row: Delivery, worker: str) -> int | None:
    """Claim a waiting delivery by raising its generation. Returns the new one, or None when another was faster."""
    generation = row.generation
    won = rows_changed(
        update(Delivery).where(Delivery.id == row.id, Delivery.state == "waiting", Delivery.generation == generation)
        .values(state="sending", generation=generation + 1, claimed_by=worker))
    return generation + 1 if won else None


def claimed(delivery_id: int, generation: int) -> Delivery | None:
    """The delivery, if that claim is still the latest. Locked until the transaction ends, where the database can."""
    return db.session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.generation == generation,
                               Delivery.state == "sending").with_for_update(of=Delivery))


def is_anything_lost(silent_since: datetime) -> bool:
    """Whether a worker that has been silent since then had claimed something. Ends the read."""
    found = db.session.scalar(select(Delivery.id).where(_is_lost(silent_since)).limit(1)) is not None
    db.session.rollback()
    return found


def free_lost(silent_since: datetime) -> int:
    """Make what silent workers had claimed due again. A late result of theirs no longer counts. Returns how many."""
    return rows_changed(update(Delivery).where(_is_lost(silent_since)).values(
        state="waiting", generation=Delivery.generation + 1, tries=Delivery.tries + 1))


def _is_lost(silent_since: datetime):  # type: ignore[no-untyped-def]  # a condition, whose exact type says nothing more
    alive = select(Worker.id).where(Worker.seen_at > silent_since)
    return (Delivery.state == "sending") & Delivery.claimed_by.not_in(alive)


def was_put_on_hold(ticket_id: int) -> bool:
    """True when a try to put the ticket on hold in the helpdesk got through, or may have."""
    return db.session.scalar(
        select(Delivery.id).join(Decision, Decision.id == Delivery.decision_id)
        .where(Delivery.ticket_id == ticket_id, Delivery.advise.is_(False), Decision.outcome == Outcome.QUEUE,
               Delivery.action.in_([Action.QUEUE, Action.CREATE]), (Delivery.state == "done") | (Delivery.tries > 0)
               | (Delivery.state == "sending"))
        .limit(1)) is not None


def give_up_owed(ticket_id: int, detail: str, now: datetime) -> None:
    """Settle what is still owed for a ticket that turned out to be no ticket of its own."""
    db.session.execute(update(Delivery).where(Delivery.ticket_id == ticket_id, Delivery.state.in_(OWED)).values(
        state="gone", detail=detail, settled_at=now, generation=Delivery.generation + 1))


def is_creation_owed(ticket_id: int) -> bool:
    """True when creating the ticket in the helpdesk is owed, or done already."""
    return db.session.scalar(
        select(Delivery.id).where(Delivery.ticket_id == ticket_id, Delivery.action == Action.CREATE)
        .limit(1)) is not None
