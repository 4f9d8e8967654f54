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
from entitlements.rules.quiet import is_machine_address
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import judge_arrival
from entitlements.steps.owe import Telling
from entitlements.steps.record import Cause, Context, Verdict, record, verdict_of
from entitlements.steps.second_look import as_routed
from entitlements.store import db, tables
from entitlements.store.connections import SANDBOX, add_connection, default_connection, find_connection, takes_tickets
from entitlements.store.customers import find_customer, identify
from entitlements.store.tickets import rejects_since, ticket_value, usual_rejects_per_hour
from entitlements.store.vault import new_webhook_secret

log = logging.getLogger(__name__)
TOO_OLD_TO_QUEUE = timedelta(hours=24)
LONGEST_ID = 120


@dataclass(frozen=True)
class Submission:
    """A ticket that somebody hands to Deskgate itself. `connection` names the helpdesk it goes to; empty: the usual."""

    identity: Identity
    severity: Severity
    subject: str
    description: str
    product: str = ""
    channel: str = ""
    connection: str = ""


def submit(submission: Submission, now: datetime, deskgate: Deskgate) -> Verdict:
    """Decide about a new ticket and owe its creation to the helpdesk. Raises ConfigError for an unknown connection."""
    connection = _connection_for(submission.connection, now, deskgate)
    event = Event(EventKind.CREATED, key="", ticket_id="", identity=submission.identity, author=Author.CUSTOMER,
                  severity=submission.severity, product=submission.product, channel=submission.channel)
    ticket = new_row(connection, event, now)
    ticket.pending = json.dumps(asdict(NewTicket(submission.subject, submission.description,
                                                 submission.identity.email)))
    admit(ticket, event, now, deskgate, told=True)
    return verdict_of(ticket)


def admit_event(connection: tables.Connection, event: Event, now: datetime, deskgate: Deskgate) -> tables.Ticket:
    """Admit a ticket that Deskgate has not met before, from whatever event was the first to speak of it."""
    ticket = new_row(connection, event, now)
    admit(ticket, event, now, deskgate)
    return ticket


def new_row(connection: tables.Connection, event: Event, now: datetime) -> tables.Ticket:
    """The ticket as told, not yet judged. It counts from when the helpdesk says it was made, never from the future."""
    told = event.created_at
    if len(event.ticket_id) > LONGEST_ID:
        raise TicketError(f"the ticket id is longer than {LONGEST_ID} characters")
    ticket = tables.Ticket(
        connection=connection, remote_id=event.ticket_id or None, state="new", arrived_at=now,
        created_at=min(told, now) if told else now,
        created_at_source=(event.created_at_source or "told")[:80] if told else "arrival",
        severity=event.severity or Severity.NORMAL, product=event.product[:120], channel=event.channel[:40],
        staff_made=event.staff_made, quiet=event.auto_submitted or is_machine_address(event.identity.email))
    recognize(ticket, event.identity)
    db.session.add(ticket)
    return ticket


def recognize(ticket: tables.Ticket, identity: Identity) -> bool:
    """Set who asks. Returns whether that changed."""
    requester = identify(identity)
    customer = find_customer(requester.customer) if requester.customer else None
    before = (ticket.customer_id, ticket.contact)
    ticket.customer = customer
    ticket.customer_id = customer.id if customer else None
    ticket.candidates = list(requester.candidates)
    ticket.match_step = requester.step or ""
    ticket.contact = requester.contact[:254]
    return before != (ticket.customer_id, ticket.contact)


def admit(ticket: tables.Ticket, event: Event, now: datetime, deskgate: Deskgate, *, told: bool = False) -> None:
    """Judge a ticket on its arrival and record it. `told`: the sender reads the answer, so no public word is due."""
    db.session.flush()
    decision = judge_arrival(ticket_value(ticket), now, deskgate)
    decision, may_speak = _with_care(ticket, event, decision, now)
    decision = with_breaker(ticket, decision, now)
    record(ticket, decision, Context(Cause.ARRIVAL, now), deskgate, Telling(public=may_speak and not told))


def _with_care(ticket: tables.Ticket, event: Event, decision: Decision, now: datetime) -> tuple[Decision, bool]:
    """A ticket that is old already, or that an agent has answered, is neither queued nor written to."""
    if event.answered:
        return as_routed(decision, Reason.TAKEN_EARLY) if decision.outcome is Outcome.QUEUE else decision, False
    if now - ticket.created_at > TOO_OLD_TO_QUEUE:
        return as_routed(decision, Reason.ARRIVED_LATE) if decision.outcome is Outcome.QUEUE else decision, False
    return decision, True


def with_breaker(ticket: tables.Ticket, decision: Decision, now: datetime) -> Decision:
    """Send a reject to triage instead while there are too many of them: that is bad data more often than bad luck."""
    connection = ticket.connection
    if decision.outcome is not Outcome.REJECT or connection.settings.get("reject_breaker") == "off":
        return decision
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
