"""What is owed to helpdesks because of a decision: which change, which words, and when to say nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from entitlements.helpdesk import Action
from entitlements.rules.quiet import MESSAGES_PER_TICKET
from entitlements.rules.reasons import IN_HOURS, Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.steps.context import Deskgate
from entitlements.store import db, tables
from entitlements.store.connections import listeners, takes_deliveries
from entitlements.store.deliveries import is_creation_owed, was_put_on_hold
from entitlements.store.tickets import has_been_told
from entitlements.wording import note


@dataclass(frozen=True)
class Telling:
    """How a decision is told: whether the customer may be written to, and whether agents get an internal note.

    `over`: the ticket is closed in its helpdesk already, where nothing is to be changed any more.
    """

    public: bool = False
    noted: bool = True
    over: bool = False


def owe(ticket: tables.Ticket, decision: tables.Decision, before: str, telling: Telling, deskgate: Deskgate) -> None:
    """Write down the deliveries of one decision: to the ticket's own connection and to those that listen to all."""
    change = _change(decision, before)
    own = ticket.connection
    action = Action.CREATE if _is_to_be_created(ticket, decision) else change
    if takes_deliveries(own) and not (own.is_listen_only or telling.over) and _is_wanted(ticket, action):
        _owe_own(ticket, decision, action, telling, deskgate)
    for listener in listeners():
        _add(ticket, decision, listener, change)


def owe_withdrawal(ticket: tables.Ticket, now: datetime, telling: Telling = Telling()) -> None:
    """Tell those who keep books of their own that a queued ticket is no longer waiting."""
    told = ticket.connection.kind == "standard" and takes_deliveries(ticket.connection) and not telling.over
    own = [ticket.connection] if told and _is_wanted(ticket, Action.WITHDRAW) else []
    for row in {each.id: each for each in [*own, *listeners()]}.values():
        _add(ticket, ticket.decision, row, Action.WITHDRAW, now)


def owe_again(ticket: tables.Ticket, now: datetime) -> None:
    """Have a queued ticket put back on hold, without a word."""
    if takes_deliveries(ticket.connection) and _is_wanted(ticket, Action.QUEUE):
        _add(ticket, ticket.decision, ticket.connection, Action.QUEUE, now)


def _change(decision: tables.Decision, before: str) -> Action:
    if decision.outcome == Outcome.REJECT:
        return Action.REJECT
    if decision.outcome == Outcome.QUEUE:
        return Action.QUEUE
    return Action.RELEASE if before == "queued" else Action.ROUTE


def _is_to_be_created(ticket: tables.Ticket, decision: tables.Decision) -> bool:
    return bool(ticket.pending) and decision.outcome != Outcome.REJECT and not is_creation_owed(ticket.id)


def _is_wanted(ticket: tables.Ticket, action: Action) -> bool:
    """In `observe` only what must be is written: tickets that exist nowhere else, and an end to our own holds."""
    if action is Action.CREATE or (action is Action.RELEASE and was_put_on_hold(ticket.id)):
        return True
    return ticket.acted_on and ticket.connection.mode != "observe"


def _owe_own(ticket: tables.Ticket, decision: tables.Decision, action: Action, telling: Telling,
             deskgate: Deskgate) -> None:
    if action is Action.REJECT and ticket.pending and not is_creation_owed(ticket.id):
        return  # it never came to be in the helpdesk; its sender has the answer
    enforced = ticket.connection.mode == "enforce"
    row = _add(ticket, decision, ticket.connection, action)
    row.advise = not enforced and not (action is Action.RELEASE and was_put_on_hold(ticket.id))
    if not enforced:
        return
    if telling.noted and _is_unusual(decision):
        row.note = note(decision.agent_text, deskgate.ticket_url(ticket.id),
                        deskgate.take_url(ticket.id) if decision.outcome == Outcome.QUEUE else "")
    if telling.public and decision.outcome != Outcome.ROUTE and _may_be_told(ticket, decision):
        row.message = decision.customer_text
        _remember_telling(ticket, decision)


def _is_unusual(decision: tables.Decision) -> bool:
    """An everyday route needs no comment, nor does a release that goes as promised."""
    return decision.triage or decision.outcome != Outcome.ROUTE or Reason(decision.reason) not in IN_HOURS


def _may_be_told(ticket: tables.Ticket, decision: tables.Decision) -> bool:
    """One notice about hours in each closed stretch; a refusal is no such notice."""
    if ticket.quiet or ticket.public_messages >= MESSAGES_PER_TICKET:
        return False
    return decision.outcome != Outcome.QUEUE or not has_been_told(ticket.contact, decision.made_at)


def _remember_telling(ticket: tables.Ticket, decision: tables.Decision) -> None:
    ticket.public_messages += 1
    if decision.release_at is not None and ticket.contact:
        db.session.add(tables.Notice(contact=ticket.contact, ticket_id=ticket.id, given_at=decision.made_at,
                                     until=decision.release_at))


def _add(ticket: tables.Ticket, decision: tables.Decision, connection: tables.Connection, action: Action,
         now: datetime | None = None) -> tables.Delivery:
    created = now or decision.made_at
    row = tables.Delivery(ticket=ticket, decision=decision, connection=connection, action=action, due_at=created,
                          created_at=created, urgency=Severity(ticket.severity).rank, state="waiting")
    db.session.add(row)
    return row
