"""Deliveries: which are due and in what order, claiming them, and taking up what was left behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select, update
from sqlalchemy.orm import aliased, lazyload

from entitlements.helpdesk import Action
from entitlements.rules.fair import Waiting
from entitlements.rules.reasons import Outcome
from entitlements.rules.retry import UNKNOWN_DELAY
from entitlements.rules.ticket import Severity
from entitlements.store.database import db, in_slices, rows_changed
from entitlements.store.tables import Connection, Decision, Delivery, Ticket, Worker

OWED = ("waiting", "sending")
TRY_AND_EFFECT = timedelta(seconds=30 + UNKNOWN_DELAY)
"""From when a try begins to when it has had its effect, if it will ever have one."""


def is_any_due(now: datetime) -> bool:
    """Whether there is anything to claim. Ends the read, so that nothing is locked while a worker idles."""
    found = db.session.scalar(
        select(Delivery.id).where(Delivery.state == "waiting", Delivery.due_at <= now).limit(1)) is not None
    db.session.rollback()
    return found


def connections_with_due(now: datetime) -> list[Connection]:
    """The connections that something may go out to now, as far as they are not paused."""
    due = select(Delivery.connection_id).where(Delivery.state == "waiting", Delivery.due_at <= now)
    return list(db.session.scalars(
        select(Connection).where(Connection.id.in_(due), Connection.paused_at.is_(None)).order_by(Connection.id)))


def due_next(connection_id: int, now: datetime, limit: int, *, herd: bool) -> list[Waiting]:
    """What may go out to a connection now: the oldest of each ticket only, the first `limit` of each customer.

    With `herd`, releases that are not urgent; without, all else.
    """
    rows = db.session.execute(_next_in_line(herd), {"connection": connection_id, "now": now, "limit": limit})
    return [Waiting(row.id, row.customer_id, row.urgency, row.due_at, bool(row.is_release)) for row in rows]


@cache  # a worker asks for it all the time, and to put it together takes longer than to answer it
def _next_in_line(herd: bool) -> Select[tuple[Any, ...]]:
    is_herd = _is_herd()
    place = func.row_number().over(partition_by=(Ticket.customer_id, Delivery.urgency == Severity.URGENT.rank),
                                   order_by=(Delivery.urgency.desc(), Delivery.due_at, Delivery.id))
    line = (select(Delivery.id, Ticket.customer_id, Delivery.urgency, Delivery.due_at,
                   (Delivery.action == Action.RELEASE).label("is_release"), place.label("place"))
            .join(Ticket, Ticket.id == Delivery.ticket_id)
            .where(Delivery.connection_id == bindparam("connection"), Delivery.state == "waiting",
                   Delivery.due_at <= bindparam("now"), ~_is_blocked(), is_herd if herd else ~is_herd).subquery())
    return select(line).where(line.c.place <= bindparam("limit"))


def _is_blocked() -> ColumnElement[bool]:
    """Whether an earlier one of the same ticket is still owed."""
    earlier = aliased(Delivery)
    return exists().where(earlier.ticket_id == Delivery.ticket_id, earlier.id < Delivery.id,
                          earlier.connection_id == Delivery.connection_id, earlier.state.in_(OWED))


def _is_herd() -> ColumnElement[bool]:
    return (Delivery.action == Action.RELEASE) & (Delivery.urgency != Severity.URGENT.rank)


def some_deliveries(ids: Sequence[int]) -> list[Delivery]:
    """The deliveries with these ids, in this order."""
    rows = {row.id: row for some in in_slices(ids) for row in db.session.scalars(
        select(Delivery).where(Delivery.id.in_(some)).options(lazyload("*")))}
    return [rows[each] for each in ids]


def claim(row: Delivery, worker: str, now: datetime) -> int | None:
    """Claim a waiting delivery by raising its generation. Returns the new one, or None when another was faster.

    `worker` is empty when it is handed over to whoever is free.
    """
    generation = row.generation
    won = rows_changed(
        update(Delivery).where(Delivery.id == row.id, Delivery.state == "waiting", Delivery.generation == generation)
        .values(state="sending", generation=generation + 1, claimed_by=worker, claimed_at=now))
    return generation + 1 if won else None


def begin(delivery_id: int, generation: int, worker: str, now: datetime) -> bool:
    """Put a worker's name to a claim that was handed over. False when it is another's by now, or the claim is over."""
    return rows_changed(
        update(Delivery).where(Delivery.id == delivery_id, Delivery.generation == generation,
                               Delivery.state == "sending", Delivery.claimed_by == "")
        .values(claimed_by=worker, claimed_at=now)) == 1


def claimed(delivery_id: int, generation: int) -> Delivery | None:
    """The delivery, if that claim is still the latest. Locked until the transaction ends, where the database can."""
    return db.session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.generation == generation,
                               Delivery.state == "sending").with_for_update(of=Delivery, key_share=True))


def capacity(silent_since: datetime) -> int:
    """How many calls the workers can make at once, going by those that have not been silent since then."""
    return int(db.session.scalar(select(func.sum(Worker.capacity)).where(Worker.seen_at > silent_since)) or 0)


def on_their_way() -> list[tuple[int, bool, int]]:
    """How many deliveries are claimed: for each connection, those of its herd and the others."""
    is_herd = _is_herd().label("is_herd")
    return [(connection_id, bool(herd), count) for connection_id, herd, count in db.session.execute(
        select(Delivery.connection_id, is_herd, func.count()).where(Delivery.state == "sending")
        .group_by(Delivery.connection_id, is_herd))]


def being_sent(connection_id: int) -> int:
    """How many deliveries to a connection are on their way."""
    return db.session.scalar(select(func.count(Delivery.id)).where(
        Delivery.connection_id == connection_id, Delivery.state == "sending")) or 0


def is_anything_lost(silent_since: datetime) -> bool:
    """Whether something is claimed that nobody works at any more. Ends the read."""
    found = db.session.scalar(_lost(silent_since).limit(1)) is not None
    db.session.rollback()
    return found


def lost_deliveries(silent_since: datetime) -> list[Delivery]:
    """What silent workers had claimed, or was handed over and never begun. Locked, where the database can."""
    return list(db.session.scalars(
        _lost(silent_since).order_by(Delivery.id).with_for_update(of=Delivery, key_share=True, skip_locked=True)))


def _lost(silent_since: datetime) -> Select[Delivery]:
    alive = select(Worker.id).where(Worker.seen_at > silent_since)
    return select(Delivery).where(Delivery.state == "sending", Delivery.claimed_by.not_in(alive),
                                  func.coalesce(Delivery.claimed_at <= silent_since, True))


def let_go_of(worker: str) -> None:
    """Make due again what a worker had claimed and that it will not try any more."""
    db.session.execute(update(Delivery).where(Delivery.claimed_by == worker, Delivery.state == "sending")
                       .values(state="waiting"))


def wake_put_off(connection_id: int, now: datetime) -> int:
    """Have at once what failures had put off, now that the helpdesk is back. Returns how many deliveries.

    What was tried a moment ago may still have its effect, unseen: that is left to be over first.
    """
    waiting = (Delivery.connection_id == connection_id, Delivery.state == "waiting", Delivery.generation > 0)
    is_over, soon = func.coalesce(Delivery.claimed_at <= now - TRY_AND_EFFECT, True), now + TRY_AND_EFFECT
    return (rows_changed(update(Delivery).where(*waiting, Delivery.due_at > now, is_over).values(due_at=now))
            + rows_changed(update(Delivery).where(*waiting, Delivery.due_at > soon, ~is_over).values(due_at=soon)))


def lock_connection(connection_id: int) -> Connection:
    """The connection, fresh and locked until the transaction ends, so that what several calls learn adds up."""
    return db.session.scalars(
        select(Connection).where(Connection.id == connection_id).with_for_update(key_share=True)
        .execution_options(populate_existing=True)).one()


def was_put_on_hold(ticket_id: int) -> bool:
    """True when a try to put the ticket on hold in the helpdesk got through, or may have."""
    return db.session.scalar(
        select(Delivery.id).join(Decision, Decision.id == Delivery.decision_id)
        .where(Delivery.ticket_id == ticket_id, Delivery.advise.is_(False), Decision.outcome == Outcome.QUEUE,
               Delivery.action.in_([Action.QUEUE, Action.CREATE]), Delivery.generation > 0,
               ~((Delivery.state == "gone") & (Delivery.generation == 1) & (Delivery.tries == 0)))
        .limit(1)) is not None


def give_up_owed(ticket_id: int, detail: str, now: datetime) -> None:
    """Settle what is still owed for a ticket that turned out to be no ticket of its own."""
    db.session.execute(update(Delivery).where(Delivery.ticket_id == ticket_id, Delivery.state.in_(OWED)).values(
        state="gone", detail=detail, settled_at=now))


def is_creation_owed(ticket_id: int) -> bool:
    """True when creating the ticket in the helpdesk is owed, or done already."""
    return db.session.scalar(
        select(Delivery.id).where(Delivery.ticket_id == ticket_id, Delivery.action == Action.CREATE)
        .limit(1)) is not None
