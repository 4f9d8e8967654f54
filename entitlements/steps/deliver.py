"""Paying what is owed to helpdesks: call, and have it written down how it went.

During the call no transaction is open.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import (
    Action,
    ConnectionConfig,
    Delivery,
    Explanation,
    NewTicket,
    Permit,
    Promise,
    Receipt,
)
from entitlements.kinds import BulkHelpdesk
from entitlements.rules.milestone import OPEN_STATES
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.steps.claims import Batch, Claim, Trying, is_still_mine
from entitlements.steps.context import Deskgate
from entitlements.steps.settle import done, failed, settle_untried
from entitlements.store import db, tables
from entitlements.store.connections import config_of
from entitlements.store.deliveries import was_put_on_hold

log = logging.getLogger(__name__)
SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Owed:
    """A claimed delivery as its adapter is told it, and the connection it goes to."""

    claim: Claim
    delivery: Delivery
    config: ConnectionConfig


def deliver(batch: Batch, deskgate: Deskgate, trying: Trying = Trying()) -> list[str]:
    """Try claimed deliveries once, all of one connection. Returns their new states, in the order of the claims."""
    states: dict[Claim, str] = {}
    owed: list[Owed] = []
    for claim in batch.claims:
        found = _begin(claim, deskgate, trying)
        if isinstance(found, Owed):
            owed.append(found)
        else:
            states[claim] = found
    started = deskgate.clock.now()
    is_news = True
    for each, result in zip(owed, _call(owed, deskgate, trying.permit), strict=True):
        states[each.claim] = _settle(each.claim, started, result, deskgate, trying, is_news=is_news)
        is_news = is_news and states[each.claim] == SUPERSEDED
    return [states[claim] for claim in batch.claims]


def _begin(mine: Claim, deskgate: Deskgate, trying: Trying) -> Owed | str:
    """What is owed, or the state of a delivery that is not to be tried."""
    if not is_still_mine(mine, trying.worker, deskgate.clock.now()):
        db.session.rollback()
        return SUPERSEDED
    row = db.session.get_one(tables.Delivery, mine.delivery_id)
    refusal = _why_not(row)
    if refusal is not None:
        return settle_untried(mine, *refusal, deskgate.clock.now())
    found = Owed(mine, _value(row), config_of(row.connection))
    db.session.rollback()
    return found


def _settle(mine: Claim, started: datetime, result: Receipt | DeliveryError, deskgate: Deskgate, trying: Trying, *,
            is_news: bool) -> str:
    if isinstance(result, Receipt):
        return done(mine, started, result, deskgate, is_news=is_news)
    return failed(mine, started, result, deskgate, trying.chance, is_news=is_news)


def _call(owed: Sequence[Owed], deskgate: Deskgate, permit: Permit | None) -> Sequence[Receipt | DeliveryError]:
    """What came of each. Whatever goes wrong with the call as a whole is what came of all."""
    if not owed:
        return []
    deliveries = [each.delivery for each in owed]
    try:
        helpdesk = deskgate.helpdesk(owed[0].config, permit)
        if len(deliveries) == 1:
            return [helpdesk.apply(deliveries[0])]
        return cast(BulkHelpdesk, helpdesk).apply_all(deliveries)
    except DeliveryError as error:
        trouble = error
    except ConfigError as error:
        trouble = DeliveryError(str(error), kind="setting")
    except Exception as error:
        log.exception("deliveries=%s failed in the adapter", [each.id for each in deliveries])
        trouble = DeliveryError(f"the adapter failed: {type(error).__name__}", kind="fault")
    return [trouble] * len(deliveries)


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
    """The delivery as its adapter is told. A ticket is created as its latest decision says, whatever came before; what
    an earlier try created, or people did since, is looked for from the decision on because of which it was owed.
    """
    ticket, creates = row.ticket, row.action == Action.CREATE
    decision = ticket.decision if creates else row.decision
    advise = row.advise or (row.connection.mode == "advise" and not _frees_a_hold(row))
    muted = advise or decision.id != row.decision_id
    pending = ticket.pending if creates else None
    return Delivery(
        id=row.id, action=Action(row.action), ticket=str(ticket.id), ticket_id=ticket.remote_id or "",
        marker=f"dg-{row.id}", outcome=Outcome(decision.outcome), reason=Reason(decision.reason),
        severity=Severity(ticket.severity), decided_at=row.decision.made_at, triage=decision.triage,
        try_number=row.generation, advise=advise,
        release_at=None if row.action == Action.WITHDRAW else decision.release_at,
        customer=ticket.customer.name if ticket.customer else "", license=decision.license_name,
        connection=ticket.connection.name, message="" if muted else row.message or "",
        note="" if muted else row.note or "", new_ticket=NewTicket(**json.loads(pending)) if pending else None,
        explanation=Explanation(decision.agent_text, decision.customer_text), repeat_from=row.repeat_from,
        promises=tuple(Promise(each.kind, each.seconds, each.due_at) for each in ticket.milestones
                       if each.revision == ticket.revision and each.state in OPEN_STATES))
