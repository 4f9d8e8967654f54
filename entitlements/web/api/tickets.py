"""Tickets over REST: submitting one, looking them up with their receipts, and deciding otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response, g, request

from entitlements.helpdesk import Identity
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.target import MilestoneKind
from entitlements.steps.admit import Submission, submit
from entitlements.steps.people import Override, override, take_early
from entitlements.steps.record import Verdict
from entitlements.store.database import transaction
from entitlements.store.listing import TicketFilter, deliveries_of, list_tickets
from entitlements.store.milestones import Progress, progress_of
from entitlements.store.receipts import receipt_of
from entitlements.store.tables import Decision, Ticket
from entitlements.store.tickets import get_ticket
from entitlements.web.api import told
from entitlements.web.api.answer import Answer, Call, answer, next_of, once, refuse, span, tell
from entitlements.web.api.asked import NewTicket, OverrideRequest, TicketQuery
from entitlements.web.api.auth import authorize, deskgate
from entitlements.web.api.deliveries import delivery_told
from entitlements.web.api.operation import PREFIX, Answers, Operation, serves
from entitlements.web.api.values import id_in_address
from entitlements.web.expected import Expectations, expectations
from entitlements.web.problems import Problem
from entitlements.web.read_json import read_json, read_query

WRITE = "tickets:write"
WHERE = {"Location": "The ticket's address."}

CREATE = Operation(
    "POST", "/tickets", WRITE, "Submit a ticket",
    (Answers(201, told.Verdict, "Routed: it goes to the agents now.", WHERE),
     Answers(202, told.Verdict, "Queued: it reaches the agents at release_at.",
             {**WHERE, "Retry-After": "Seconds until release_at."})),
    body=NewTicket, problems=("ticket-rejected",), idempotent_by_key=True)


@serves(CREATE)
def create_ticket() -> Response:
    """Decided before it is answered; one that is not rejected is then created in the helpdesk."""
    if "ticket_answer" not in g:
        decide_ticket()
    made: Answer = g.ticket_answer
    return made.response()


def decide_ticket() -> Verdict | Response:
    """Read, decide and store the ticket that the present request submits.

    Answers the verdict; for a call that is repeated under its Idempotency-Key, the response it got before. Raises
    Problem for a call that may not submit, or submits nonsense.
    """
    caller = authorize(WRITE)
    wanted = read_json(request, NewTicket)
    call = Call(caller, CREATE.path, deskgate().clock.now())

    def make() -> tuple[Answer, Verdict]:
        verdict = submit(_submission(wanted), call.now, deskgate())
        return _answer_with(verdict, call.now), verdict

    g.ticket_answer, verdict = once(call, make)
    return verdict or g.ticket_answer.response()


def _submission(wanted: NewTicket) -> Submission:
    return Submission(identity=Identity(customer=wanted.customer, email=wanted.contact), severity=wanted.severity,
                      subject=wanted.subject, description=wanted.description, product=wanted.product,
                      channel=wanted.channel, connection=wanted.connection)


def _answer_with(verdict: Verdict, now: datetime) -> Answer:
    made = verdict_told(verdict)
    where = {"Location": f"{PREFIX}/tickets/{verdict.ticket_id}"}
    if verdict.outcome is Outcome.REJECT:
        return refuse(Problem("ticket-rejected", verdict.explanation.customer, members=made.model_dump(mode="json"),
                              headers=where))
    if verdict.release_at is None:
        return answer(made, 201, where)
    seconds = max(1, math.ceil((verdict.release_at - now).total_seconds()))
    return answer(made, 202, {**where, "Retry-After": str(seconds)})


def verdict_told(verdict: Verdict) -> told.Verdict:
    """What was decided, as callers are told."""
    words = told.Explained(agent=verdict.explanation.agent, customer=verdict.explanation.customer)
    return told.Verdict(ticket=verdict.ticket_id, outcome=verdict.outcome, reason=verdict.reason,
                       release_at=verdict.release_at, license=verdict.license or None, explanation=words)


@serves(Operation("GET", "/tickets", "tickets:read", "List tickets",
                  (Answers(200, told.Tickets, "A page of tickets."),), query=TicketQuery))
def get_tickets() -> Response:
    """The newest first, each with the decision in force. No text of a ticket is ever told."""
    wanted = read_query(request, TicketQuery)
    listed = list_tickets(TicketFilter(wanted.state or "", wanted.customer, wanted.connection), span(wanted))
    progress, expected = progress_of(listed.rows, deskgate().clock.now()), _expected(listed.rows)
    tickets = [told.Ticket(**_members(row, progress[row.id], expected)) for row in listed.rows]
    return tell(told.Tickets(tickets=tickets, next=next_of(listed)))


@serves(Operation("GET", "/tickets/{ticket}", "tickets:read", "One ticket with its receipts and deliveries",
                  (Answers(200, told.TicketWithHistory, "The ticket."),)))
def get_one_ticket(ticket: str) -> Response:
    """Every decision with its checks, every delivery with its attempts."""
    row = get_ticket(id_in_address(ticket, "ticket"))
    progress = progress_of([row], deskgate().clock.now())[row.id]
    given = receipt_of(row).given
    decisions = [_decision_told(each, given.get(each.made_at, "") if each.actor else "") for each in row.decisions]
    return tell(told.TicketWithHistory(**_members(row, progress, _expected([row])), decisions=decisions,
                                  deliveries=[delivery_told(each) for each in deliveries_of(row.id)]))


@serves(Operation("POST", "/tickets/{ticket}/override", "tickets:override", "Decide otherwise about a ticket",
                  (Answers(200, told.Verdict, "What holds now."),), body=OverrideRequest, problems=("conflict",)))
def override_ticket(ticket: str) -> Response:
    """A person's decision takes the place of Deskgate's, with the reason on record."""
    number, wanted = id_in_address(ticket, "ticket"), read_json(request, OverrideRequest)
    actor = authorize("tickets:override").actor
    with transaction():
        verdict = override(number, Override(wanted.outcome, wanted.reason, wanted.release_at), actor,
                           deskgate().clock.now(), deskgate())
    return tell(verdict_told(verdict))


@serves(Operation("POST", "/tickets/{ticket}/take", "tickets:override", "Take a queued ticket early",
                  (Answers(200, told.Verdict, "It is routed now."),), problems=("conflict",)))
def take_ticket(ticket: str) -> Response:
    """Needs no body: who takes it is known by the token. No message goes out."""
    number, actor = id_in_address(ticket, "ticket"), authorize("tickets:override").actor
    with transaction():
        verdict = take_early(number, actor, deskgate().clock.now(), deskgate())
    return tell(verdict_told(verdict))


def _expected(rows: Sequence[Ticket]) -> Expectations:
    """What is expected of these; nothing has to be worked out where none is queued."""
    is_any_queued = any(row.state == "queued" for row in rows)
    return expectations(deskgate().clock.now(), deskgate()) if is_any_queued else Expectations()


def _members(row: Ticket, milestones: Sequence[Progress], expected: Expectations) -> dict[str, Any]:
    """The members of a told.Ticket."""
    decision = row.decision
    due = {each.kind: each.due_at for each in milestones if each.is_open}
    return {
        "id": row.id, "state": row.state, "connection": row.connection.name, "remote_id": row.remote_id,
        "customer": row.customer.name if row.customer else None, "contact": row.contact, "severity": row.severity,
        "product": row.product, "channel": row.channel, "created_at": row.created_at,
        "created_at_source": row.created_at_source, "arrived_at": row.arrived_at, "closed_at": row.closed_at,
        "given_early": row.early,
        "outcome": decision.outcome, "reason": decision.reason, "release_at": row.release_at,
        "expected_at": expected.of(row.id, row.release_at) if row.state == "queued" else None,
        "license": decision.license_name or None, "waiting_since": row.waiting_since,
        "respond_by": due.get(MilestoneKind.RESPOND), "resolve_by": due.get(MilestoneKind.RESOLVE),
        "milestones": [_milestone_told(each) for each in milestones]}


def _milestone_told(progress: Progress) -> told.Milestone:
    return told.Milestone(
        kind=progress.kind, state=progress.state, due_at=progress.due_at, seconds=progress.seconds,
        used_seconds=progress.used_seconds, clock=progress.clock, settled_at=progress.settled_at, late=progress.late)


def _decision_told(row: Decision, note: str) -> told.Decision:
    checks = [told.Check(check=each["check"], passed=each["passed"], detail=each.get("detail", ""))
              for each in row.checks]
    return told.Decision(
        id=row.id, cause=row.cause, actor=row.actor, note=note, made_at=row.made_at, as_of=row.as_of,
        outcome=Outcome(row.outcome), reason=Reason(row.reason), verdict=Reason(row.verdict) if row.verdict else None,
        triage=row.triage, release_at=row.release_at, license=row.license_name or None,
        schedule_version=row.schedule_version, zone_data=row.zone_data, checks=checks,
        explanation=told.Explained(agent=row.agent_text, customer=row.customer_text))
