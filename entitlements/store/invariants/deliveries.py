"""What must hold of what is owed to helpdesks, and of the tries to pay it."""

from __future__ import annotations

from sqlalchemy import exists, func, or_, select

from entitlements.helpdesk import Action
from entitlements.store.invariants.invariant import OVERDUE_SINCE, Invariant, known_words, more_than_once
from entitlements.store.tables import Attempt, Decision, Delivery, Worker

OWED, SETTLED = ("waiting", "sending"), ("done", "gone", "parked", "dead")
RESULTS = ("done", "later", "dead", "parked", "gone")
_done = exists().where(Attempt.delivery_id == Delivery.id, Attempt.result == "done")
_at_work = select(Worker.id).where(Worker.seen_at > OVERDUE_SINCE)

DELIVERIES = (
    known_words("deliveries are waiting, sending or settled", "delivery", Delivery.state, (*OWED, *SETTLED)),
    known_words("deliveries are of a known kind", "delivery", Delivery.action, (each.value for each in Action)),
    known_words("attempts have a known result", "attempt", Attempt.result, RESULTS),
    Invariant("a settled delivery says when, and only a settled one", "a delivery is half settled", "delivery",
              select(Delivery.id).where(Delivery.state.in_(SETTLED) != Delivery.settled_at.is_not(None))),
    Invariant("a delivery is about the ticket of its decision", "rows of two tickets were mixed up", "delivery",
              select(Delivery.id).join(Decision, Decision.id == Delivery.decision_id)
              .where(Delivery.ticket_id != Decision.ticket_id)),
    Invariant("a ticket is changed by one delivery at a time", "two changes of a ticket are on their way at once",
              "ticket", more_than_once(Delivery.ticket_id, Delivery.connection_id).where(Delivery.state == "sending")),
    Invariant("a ticket is created in its helpdesk once", "customers may get the same ticket twice", "ticket",
              more_than_once(Delivery.ticket_id).where(Delivery.action == Action.CREATE.value)),
    Invariant("what was tried was claimed before", "a delivery was made without the right to it", "delivery",
              select(Delivery.id).where(Delivery.generation == 0, or_(
                  Delivery.state.in_(("sending", "done")), exists().where(Attempt.delivery_id == Delivery.id)))),
    Invariant("what is done was done by an attempt", "a delivery is called done that nobody has made", "delivery",
              select(Delivery.id).where(Delivery.state == "done", ~_done)),
    Invariant("what an attempt has done is done", "a delivery may be made twice", "delivery",
              select(Delivery.id).where(Delivery.state != "done", _done)),
    Invariant("a delivery is done once", "a change was made twice", "delivery",
              more_than_once(Attempt.delivery_id).where(Attempt.result == "done")),
    Invariant("attempts are numbered from one on", "an attempt is missing, or was written down twice", "delivery",
              select(Attempt.delivery_id).group_by(Attempt.delivery_id).having(or_(
                  func.count() != func.max(Attempt.number), func.count() != func.count(Attempt.number.distinct())))),
    Invariant("no claim is left behind", "a delivery was claimed ten minutes ago or more by a worker that is gone",
              "delivery", select(Delivery.id).where(
                  Delivery.state == "sending", func.coalesce(Delivery.claimed_at, Delivery.due_at) < OVERDUE_SINCE,
                  Delivery.claimed_by.not_in(_at_work)), needs_worker=True),
)
