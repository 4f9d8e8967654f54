"""Paying what is owed to helpdesks: claim, call, write down how it went.

A claim raises the delivery's generation, and a result is written only by the claim that is still the latest: a late or
double run changes nothing. During the call no transaction is open.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from entitlements.errors import ConfigError, Conflict, DeliveryError, NotFound
from entitlements.helpdesk import Action, ConnectionConfig, Delivery, Explanation, NewTicket, Receipt
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.retry import delay_after
from entitlements.rules.ticket import Severity
from entitlements.steps.context import Deskgate
from entitlements.steps.events import take_early
from entitlements.store import db, tables
from entitlements.store.access import audit
from entitlements.store.connections import config_of, pause
from entitlements.store.database import transaction
from entitlements.store.deliveries import (
    claim,
    claimed,
    due_deliveries,
    free_lost,
    give_up_owed,
    is_any_due,
    is_anything_lost,
    was_put_on_hold,
)
from entitlements.store.tickets import find_and_lock, forget_notice

log = logging.getLogger(__name__)
SILENT_FOR = timedelta(seconds=10)


@dataclass(frozen=True)
class Claim:
    """One worker's right to try a delivery once."""

    delivery_id: int
    generation: int


def due_claims(worker: str, now: datetime, limit: int) -> list[Claim]:
    """Claim up to `limit` deliveries that are due. Opens a transaction only when there are any."""
    if not is_any_due(now):
        return []
    with transaction():
        tried = [(row.id, claim(row, worker)) for row in due_deliveries(now, limit)]
    return [Claim(delivery_id, generation) for delivery_id, generation in tried if generation is not None]


def deliver(mine: Claim, deskgate: Deskgate, chance: float) -> str:
    """Try one claimed delivery once. Returns its new state; `chance` in [0, 1) spreads the next try."""
    row = db.session.get(tables.Delivery, mine.delivery_id)
    if row is None or row.generation != mine.generation or row.state != "sending":
        db.session.rollback()
        return "superseded"
    refusal = _why_not(row)
    if refusal is not None:
        return _settle(mine, deskgate, *refusal)
    owed, config, started = _value(row), config_of(row.connection), deskgate.clock.now()
    db.session.rollback()
    result = _call(owed, config, deskgate)
    if isinstance(result, Receipt):
        return _done(mine, deskgate, started, result)
    return _failed(mine, deskgate, started, result, chance)


def _call(owed: Delivery, config: ConnectionConfig, deskgate: Deskgate) -> Receipt | DeliveryError:
    try:
        return deskgate.helpdesk(config).apply(owed)
    except DeliveryError as error:
        return error
    except ConfigError as error:
        return DeliveryError(str(error), kind="refused")
    except Exception as error:
        log.exception("delivery=%d failed in the adapter", owed.id)
        return DeliveryError(f"the adapter failed: {type(error).__name__}")


def _why_not(row: tables.Delivery) -> tuple[str, str] | None:
    """The state to put a delivery into instead of trying it, and why; None when it is to be tried."""
    if row.connection.paused_at is not None:
        return "waiting", "the connection is paused"
    if _is_outdated(row):
        return "gone", "a later decision took its place"
    if row.connection.mode == "observe" and row.connection_id == row.ticket.connection_id and not _must_be(row):
        return "gone", "the connection has been switched to observe"
    return None


def _must_be(row: tables.Delivery) -> bool:
    """What is written even in `observe`: a ticket that exists nowhere else, and an end to a hold of ours."""
    return row.action == Action.CREATE or _frees_a_hold(row)


def _frees_a_hold(row: tables.Delivery) -> bool:
    return row.action == Action.RELEASE and was_put_on_hold(row.ticket_id)


def _is_outdated(row: tables.Delivery) -> bool:
    """A change that a later decision overtook is not made any more. Tickets are still created, books still kept."""
    latest = row.ticket.decision.id == row.decision_id
    if row.connection.is_listen_only or row.action in (Action.CREATE, Action.WITHDRAW):
        return False
    return not latest or row.ticket.state == "withdrawn"


def _value(row: tables.Delivery) -> Delivery:
    """The delivery as its adapter is told. A ticket is created as its latest decision says, whatever came before."""
    ticket, creates = row.ticket, row.action == Action.CREATE
    decision = ticket.decision if creates else row.decision
    advise = row.advise or (row.connection.mode == "advise" and not _frees_a_hold(row))
    muted = advise or decision.id != row.decision_id
    pending = ticket.pending if creates else None
    return Delivery(
        id=row.id, action=Action(row.action), ticket=str(ticket.id), ticket_id=ticket.remote_id or "",
        marker=f"dg-{row.id}", outcome=Outcome(decision.outcome), reason=Reason(decision.reason),
        severity=Severity(ticket.severity), decided_at=decision.made_at, triage=decision.triage,
        try_number=max(row.tries, len(row.attempts)) + 1, advise=advise,
        release_at=None if row.action == Action.WITHDRAW else decision.release_at,
        customer=ticket.customer.name if ticket.customer else "", license=decision.license_name,
        connection=ticket.connection.name, message="" if muted else row.message or "",
        note="" if muted else row.note or "", new_ticket=NewTicket(**json.loads(pending)) if pending else None,
        explanation=Explanation(decision.agent_text, decision.customer_text))


def _settle(mine: Claim, deskgate: Deskgate, state: str, detail: str) -> str:
    with transaction():
        row = claimed(mine.delivery_id, mine.generation)
        if row is not None:
            row.state, row.detail = state, detail
            row.settled_at = deskgate.clock.now() if state == "gone" else None
            _forget_unsent(row)
    return state


def _forget_unsent(row: tables.Delivery) -> None:
    """A public word that never went out has not been given: the next one may be."""
    if row.message and row.state == "gone":
        row.ticket.public_messages -= 1
        forget_notice(row.ticket_id, row.decision.made_at)
        row.message = None


def _done(mine: Claim, deskgate: Deskgate, started: datetime, receipt: Receipt) -> str:
    with transaction():
        row = claimed(mine.delivery_id, mine.generation)
        if row is None:
            return "superseded"
        now = deskgate.clock.now()
        row.state, row.detail, row.settled_at = "done", receipt.detail, now
        _note_attempt(row, (started, now), "done", receipt.detail)
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
        twin.remote_id, twin.state, twin.due_at, twin.release_at = None, "withdrawn", None, None
        give_up_owed(twin.id, f"it is ticket {ticket.id}, which Deskgate created", now)
        db.session.flush()
    ticket.remote_id = remote_id


def _failed(mine: Claim, deskgate: Deskgate, started: datetime, error: DeliveryError, chance: float) -> str:
    with transaction():
        row = claimed(mine.delivery_id, mine.generation)
        if row is None:
            return "superseded"
        now = deskgate.clock.now()
        state = _after_failure(row, error, now, chance)
        row.state, row.detail = state, str(error)
        row.settled_at = None if state == "waiting" else now
        if state == "gone":
            _forget_unsent(row)
        _note_attempt(row, (started, now), "later" if state == "waiting" else state, str(error), error.status)
        log.warning("delivery=%d try=%d state=%s error=%s", row.id, len(row.attempts), state, error)
        return state


def _after_failure(row: tables.Delivery, error: DeliveryError, now: datetime, chance: float) -> str:
    """What a failure leads to. Refused credentials pause the connection and use up no try."""
    if error.kind == "unauthorized":
        pause(row.connection, f"the helpdesk refuses our credentials: {error}", now)
        return "waiting"
    if error.kind == "gone":
        return "gone"
    if error.kind == "refused":
        return "parked" if error.status == 422 else "dead"
    row.tries += 1
    delay = delay_after(row.tries, Severity(row.ticket.severity), now - row.created_at, chance)
    if delay is None:
        return "dead"
    row.due_at = now + timedelta(seconds=max(delay, error.retry_after or 0))
    return "waiting"


def _note_attempt(row: tables.Delivery, took: tuple[datetime, datetime], result: str, detail: str,
                  status: int | None = None) -> None:
    row.attempts.append(tables.Attempt(number=len(row.attempts) + 1, started_at=took[0], ended_at=took[1],
                                       result=result, status=status, detail=detail[:1000]))


def give_up_claim(mine: Claim, deskgate: Deskgate, chance: float) -> str:
    """Let go of a claim that a fault of ours has cut short: it counts as a try. Opens a transaction."""
    fault = DeliveryError("Deskgate itself failed on it; its log says more")
    return _failed(mine, deskgate, deskgate.clock.now(), fault, chance)


def take_up_lost(now: datetime) -> int:
    """Free what was claimed by a worker that has been silent for ten seconds. Returns how many deliveries."""
    silent_since = now - SILENT_FOR
    if not is_anything_lost(silent_since):
        return 0
    with transaction():
        return free_lost(silent_since)


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
    row.tries, row.created_at = 0, now
    audit(actor=actor, action="redeliver", subject=f"delivery:{delivery_id}", at=now)
