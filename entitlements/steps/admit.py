"""Taking tickets in: from a helpdesk's event, from the REST API, from the submit page. One step for all of them.

Called inside the caller's transaction.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from entitlements.errors import ConfigError, TicketError
from entitlements.helpdesk import Author, ConnectionConfig, Event, EventKind, Identity, NewTicket
from entitlements.rules.breaker import is_tripped
from entitlements.rules.decision import Decision
from entitlements.rules.language import maybe_language
from entitlements.rules.quiet import is_machine_address
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import judge_arrival
from entitlements.steps.meter import give_back_reservation
from entitlements.steps.owe import Telling, owe_withdrawal
from entitlements.steps.record import Cause, Context, Verdict, record, verdict_of
from entitlements.steps.second_look import as_routed
from entitlements.steps.told import Told, recognize, remember, told_of
from entitlements.store import db, tables
from entitlements.store.connections import SANDBOX, add_connection, default_connection, find_connection, takes_tickets
from entitlements.store.database import take_turn
from entitlements.store.tickets import rejects_since, ticket_value, usual_rejects_per_hour
from entitlements.store.vault import new_webhook_secret

log = logging.getLogger(__name__)
TOO_OLD_TO_QUEUE = timedelta(hours=24)
LONGEST_ID = 120


@dataclass(frozen=True)
class Submission:
    """A ticket that somebody hands to Deskgate itself. `connection` names the helpdesk it goes to; empty: the usual.
    `language` is what they ask to be answered in, empty if they do not."""

    identity: Identity
    severity: Severity
    subject: str
    description: str
    product: str = ""
    channel: str = ""
    connection: str = ""
    language: str = ""


def submit(submission: Submission, now: datetime, deskgate: Deskgate) -> Verdict:
    """Decide about a new ticket and owe its creation to the helpdesk. Raises ConfigError for an unknown connection."""
    connection = _connection_for(submission.connection, now, deskgate)
    event = Event(EventKind.CREATED, key="", ticket_id="", identity=submission.identity, author=Author.CUSTOMER,
                  severity=submission.severity, product=submission.product, channel=submission.channel)
    ticket = new_row(connection, event, now)
    ticket.language = maybe_language(submission.language) or ""
    ticket.pending = json.dumps(asdict(NewTicket(submission.subject, submission.description,
                                                 submission.identity.email)))
    admit(ticket, told_of(event, now), deskgate, answers_sender=True)
    return verdict_of(ticket)


def admit_event(connection: tables.Connection, told: Told, deskgate: Deskgate, ended_at: datetime | None = None,
                ) -> tables.Ticket:
    """Admit a ticket that Deskgate has not met before, from whatever event was the first to speak of it.

    `ended_at`: it has been closed in the helpdesk since. Then it is decided, for the record, and nothing else is done.
    """
    ticket = new_row(connection, told.event, told.arrived_at or told.now)
    ticket.told_at = told.at if told.event.severity else None
    remember(ticket, told)
    if ended_at is not None:
        ticket.turned_at = ticket.closed_at = ended_at
    elif told.event.kind is EventKind.REOPENED:
        _begin_anew(ticket, told)
    admit(ticket, told, deskgate)
    return ticket


def _begin_anew(ticket: tables.Ticket, told: Told) -> None:
    """The first that we hear of a ticket is that it was opened again: if it is not older than the connection, what
    counts is when that was, as for a ticket that we know."""
    if told.event.author is not Author.AGENT and ticket.acted_on:
        ticket.created_at, ticket.created_at_source = told.at, "reopening"


def new_row(connection: tables.Connection, event: Event, arrived_at: datetime) -> tables.Ticket:
    """The ticket as told, not yet judged. It counts from when the helpdesk says it was made, if that is no later than
    its arrival."""
    told = event.created_at
    if len(event.ticket_id) > LONGEST_ID:
        raise TicketError(f"the ticket id is longer than {LONGEST_ID} characters")
    ticket = tables.Ticket(
        connection=connection, remote_id=event.ticket_id or None, state="new", arrived_at=arrived_at,
        created_at=min(told, arrived_at) if told else arrived_at,
        created_at_source=(event.created_at_source or "told")[:80] if told else "arrival",
        severity=event.severity or Severity.NORMAL, product=event.product[:120], channel=event.channel[:40],
        staff_made=event.staff_made, quiet=event.auto_submitted or is_machine_address(event.identity.email))
    recognize(ticket, event.identity)
    db.session.add(ticket)
    return ticket


def admit(ticket: tables.Ticket, told: Told, deskgate: Deskgate, *, answers_sender: bool = False) -> None:
    """Judge a ticket on its arrival and record it. `answers_sender`: the sender reads the answer, so no public word is
    due. One that is closed already is told to nobody, and does not wait."""
    db.session.flush()
    now, is_over = told.now, ticket.closed_at is not None
    decision = judge_arrival(ticket_value(ticket), now, deskgate)
    decision, may_speak = _with_care(ticket, told, decision, now)
    decision = with_breaker(ticket, decision, now)
    telling = Telling(public=may_speak and not answers_sender and not is_over, over=is_over)
    record(ticket, decision, Context(Cause.ARRIVAL, now), deskgate, telling)
    if is_over:
        withdraw(ticket, now, telling)


def withdraw(ticket: tables.Ticket, now: datetime, telling: Telling = Telling()) -> None:
    """The ticket is closed: it waits no more, and what was set aside for it is free."""
    give_back_reservation(ticket.id, ticket.customer.name if ticket.customer else "", now)
    if ticket.state == "queued":
        ticket.state, ticket.due_at, ticket.release_at = "withdrawn", None, None
        owe_withdrawal(ticket, now, telling)


def _with_care(ticket: tables.Ticket, told: Told, decision: Decision, now: datetime) -> tuple[Decision, bool]:
    """A ticket that is old already, or that an agent has answered or taken, is neither queued nor written to."""
    if told.event.answered or told.takes:
        return as_routed(decision, Reason.TAKEN_EARLY) if decision.outcome is Outcome.QUEUE else decision, False
    if now - ticket.created_at > TOO_OLD_TO_QUEUE:
        return as_routed(decision, Reason.ARRIVED_LATE) if decision.outcome is Outcome.QUEUE else decision, False
    return decision, True


def with_breaker(ticket: tables.Ticket, decision: Decision, now: datetime) -> Decision:
    """Send a reject to triage instead while there are too many of them: that is bad data more often than bad luck."""
    connection = ticket.connection
    if decision.outcome is not Outcome.REJECT or connection.settings.get("reject_breaker") == "off":
        return decision
    take_turn("rejects", str(connection.id))
    last_hour = rejects_since(connection.id, now - timedelta(hours=1), now + timedelta(seconds=1))
    if not is_tripped(last_hour, usual_rejects_per_hour(connection.id, now)):
        return decision
    log.warning("reject breaker is open: connection=%s rejects_last_hour=%d", connection.name, last_hour)
    return as_routed(decision, Reason.REJECT_BREAKER, triage=True)


def _connection_for(name: str, now: datetime, deskgate: Deskgate) -> tables.Connection:
    """The named connection or the usual one; where there is none at all, a sandbox, so that no ticket is lost."""
    if name:
        row = find_connection(name)
        if row is None or not takes_tickets(row):
            raise ConfigError(f"there is no connection named {name!r} that takes tickets", field="connection")
        return row
    usual = default_connection(deskgate.default_connection)
    if deskgate.default_connection and (usual is None or usual.name != deskgate.default_connection):
        log.error("DEFAULT_CONNECTION=%s takes no tickets; they go elsewhere", deskgate.default_connection)
    name = SANDBOX if find_connection(SANDBOX) is None else f"{SANDBOX}-{now:%Y%m%d%H%M%S}"
    return usual or add_connection(ConnectionConfig(name=name, kind=SANDBOX, secrets=(new_webhook_secret(),)), now)
