"""What a try at a delivery leads to: done, tried again later, given up, and what was learned of the helpdesk.

A result is written only while its claim is the latest. Each function here is a transaction of its own.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from entitlements.errors import Conflict, DeliveryError, NotFound
from entitlements.helpdesk import Action, Receipt
from entitlements.rules.retry import UNKNOWN_DELAY, delay_after
from entitlements.rules.ticket import Severity
from entitlements.steps.claims import Claim
from entitlements.steps.context import Deskgate
from entitlements.steps.events import take_early
from entitlements.steps.learn import USUAL_CALM, give_back_probe, it_answers, learn_from, set_pace
from entitlements.steps.meter import give_back_reservation
from entitlements.steps.milestones import drop_milestones
from entitlements.store import db, tables
from entitlements.store.access import audit
from entitlements.store.connections import circuit_of
from entitlements.store.database import transaction
from entitlements.store.deliveries import claimed, give_up_owed
from entitlements.store.tickets import find_and_lock, forget_notice

log = logging.getLogger(__name__)


def settle_untried(mine: Claim, state: str, detail: str, now: datetime) -> str:
    """Write down why a claimed delivery was not even tried. Returns the state."""
    with transaction():
        row = claimed(mine.delivery_id, mine.generation)
        if row is not None:
            row.state, row.detail = state, detail
            row.settled_at = now if state == "gone" else None
            _forget_unsent(row)
            give_back_probe(row.connection, now)
    return state


def _forget_unsent(row: tables.Delivery) -> None:
    """A public word that never went out has not been given: the next one may be. An earlier try may have given it."""
    if row.message and row.state == "gone" and row.generation == 1:
        row.ticket.public_messages -= 1
        forget_notice(row.ticket_id, row.decision.made_at)
        row.message = None


def done(mine: Claim, started: datetime, receipt: Receipt, deskgate: Deskgate, *, is_news: bool = True) -> str:
    """Write down that a delivery was made. Returns its state, or `superseded`.

    `is_news`: what the call tells of the helpdesk itself has not been noted for another delivery of the same call.
    """
    with transaction():
        row = claimed(mine.delivery_id, mine.generation)
        if row is None:
            return "superseded"
        now = deskgate.clock.now()
        row.state, row.detail, row.settled_at = "done", receipt.detail, now
        _note_attempt(row, (started, now), "done", receipt.detail)
        if is_news:
            it_answers(row.connection, now)
            set_pace(row.connection, receipt.quota)
        if row.connection_id == row.ticket.connection_id:
            _take_over(row, receipt, now, deskgate)
    return "done"


def _take_over(row: tables.Delivery, receipt: Receipt, now: datetime, deskgate: Deskgate) -> None:
    """Learn from a receipt: the helpdesk's id of the ticket, who we are there, and whether people came first."""
    if receipt.acting_as:
        row.connection.acting_as = receipt.acting_as
    if row.action == Action.CREATE:
        row.ticket.pending = None
        _link(row.ticket, receipt.ticket_id, now)
    if receipt.overtaken and row.ticket.state == "queued":
        take_early(row.ticket, "an agent, in the helpdesk", now, deskgate)


def _link(ticket: tables.Ticket, remote_id: str, now: datetime) -> None:
    """Learn the helpdesk's id. If its own webhook was faster and made a second ticket of it, that one ends here."""
    if not remote_id or ticket.remote_id is not None:
        return
    twin = find_and_lock(ticket.connection_id, remote_id)
    if twin is not None and twin is not ticket:
        _end_twin(twin, ticket, now)
    ticket.remote_id = remote_id


def _end_twin(twin: tables.Ticket, ticket: tables.Ticket, now: datetime) -> None:
    twin.remote_id, twin.state, twin.due_at, twin.release_at = None, "withdrawn", None, None
    give_up_owed(twin.id, f"it is ticket {ticket.id}, which Deskgate created", now)
    give_back_reservation(twin.id, twin.customer.name if twin.customer else "", now)
    drop_milestones(twin, now)
    db.session.flush()


def failed(mine: Claim, started: datetime, error: DeliveryError, deskgate: Deskgate, chance: float, *,
           is_news: bool = True) -> str:
    """Write down that a try failed, and when the next one is due, if any. Returns the state, or `superseded`.

    `is_news`: what the call tells of the helpdesk itself has not been noted for another delivery of the same call.
    """
    with transaction():
        row = claimed(mine.delivery_id, mine.generation)
        if row is None:
            return "superseded"
        now = deskgate.clock.now()
        was_gone, tries = circuit_of(row.connection).is_open, row.tries
        if is_news:
            learn_from(error, row.connection, now)
        _put_down(row, _after_failure(row, error, now, chance, was_gone), (started, now), error, tries)
        return row.state


def _put_down(row: tables.Delivery, state: str, took: tuple[datetime, datetime], error: DeliveryError,
              tries: int) -> None:
    """`tries`: how many there were before. One that used up none is only noted if a person has to do something."""
    row.state, row.detail = state, str(error)
    row.settled_at = None if state == "waiting" else took[1]
    if state == "gone":
        _forget_unsent(row)
    if state != "waiting" or row.tries > tries or error.kind in ("unauthorized", "setting"):
        _note_attempt(row, took, "later" if state == "waiting" else state, str(error), error.status)
    log.warning("delivery=%d try=%d state=%s error=%s", row.id, row.generation, state, error)


def _after_failure(row: tables.Delivery, error: DeliveryError, now: datetime, chance: float, was_gone: bool) -> str:
    """The state that a failure leads to. What is wrong with the connection or the helpdesk as a whole uses up no try;
    nor does a call that comes too early or was one too many."""
    if error.kind == "early" or error.is_busy:
        return _wait(row, error, now)
    if error.kind in ("unauthorized", "setting"):
        return "waiting"
    if error.is_outage and was_gone:
        row.due_at = now + timedelta(seconds=_longest(error, 0))
        return "waiting"
    if error.kind == "gone":
        return "gone"
    if error.kind == "refused":
        return "parked" if error.status == 422 else "dead"
    return _put_off(row, error, now, chance)


def _wait(row: tables.Delivery, error: DeliveryError, now: datetime) -> str:
    """Wait without having used up a try: it came too early, or it was too much at once."""
    asked = now + timedelta(seconds=error.retry_after or USUAL_CALM)
    row.due_at = asked if error.is_busy else max(now, row.repeat_from or now)
    return "waiting"


def _put_off(row: tables.Delivery, error: DeliveryError, now: datetime, chance: float) -> str:
    row.tries += 1
    delay = delay_after(row.tries, Severity(row.ticket.severity), timedelta(seconds=row.waited), chance)
    if delay is None:
        return "dead"
    delay = _longest(error, delay)
    row.due_at, row.waited = now + timedelta(seconds=delay), row.waited + int(delay)
    return "waiting"


def _longest(error: DeliveryError, delay: float) -> float:
    """Seconds: the delay, or longer if the helpdesk asks for it or a call may still have its effect."""
    return max(delay, error.retry_after or 0, UNKNOWN_DELAY if error.kind == "unknown" else 0)


def _note_attempt(row: tables.Delivery, took: tuple[datetime, datetime], result: str, detail: str,
                  status: int | None = None) -> None:
    row.attempts.append(tables.Attempt(number=len(row.attempts) + 1, started_at=took[0], ended_at=took[1],
                                       result=result, status=status, detail=detail[:1000]))


def give_up_claim(mine: Claim, deskgate: Deskgate, chance: float) -> str:
    """Let go of a claim that a fault of ours has cut short: it counts as a try. What was sent may still have its
    effect."""
    fault = DeliveryError("Deskgate itself failed on it; its log says more", kind="fault")
    with transaction():
        row = claimed(mine.delivery_id, mine.generation)
        if row is None:
            return "superseded"
        now = deskgate.clock.now()
        tries, row.repeat_from = row.tries, now + timedelta(seconds=UNKNOWN_DELAY)
        _put_down(row, _put_off(row, fault, now, chance), (now, now), fault, tries)
        return row.state


def redeliver(delivery_id: int, actor: str, now: datetime) -> None:
    """Have a dead or parked delivery tried again, from the first delay on. Called inside a transaction.

    Raises NotFound, and Conflict when the delivery is not given up on.
    """
    row = db.session.get(tables.Delivery, delivery_id)
    if row is None:
        raise NotFound(f"there is no delivery {delivery_id}")
    if row.state not in ("dead", "parked"):
        raise Conflict(f"delivery {delivery_id} is not a dead letter: it is {row.state}")
    row.state, row.due_at, row.settled_at = "waiting", now, None
    row.tries, row.waited = 0, 0
    audit(actor=actor, action="redeliver", subject=f"delivery:{delivery_id}", at=now)
