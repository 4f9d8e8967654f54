"""Writing a decision down, with everything that follows from it: state, wake-up, reservation, milestones,
deliveries.

Every step that decides ends here, inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from entitlements.helpdesk import Explanation
from entitlements.rules.decision import Check, Decision
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.zone import ZONE_DATA
from entitlements.steps.context import Deskgate
from entitlements.steps.judge import Voice, explained
from entitlements.steps.milestones import follow_decision
from entitlements.steps.owe import Telling, owe
from entitlements.steps.replies import report_reply_trouble
from entitlements.store import db, tables
from entitlements.store.tickets import ticket_value
from entitlements.store.usage import free_reservation, reserve

STATE_OF = {Outcome.ROUTE: "routed", Outcome.QUEUE: "queued", Outcome.REJECT: "rejected"}


class Cause(StrEnum):
    """What made us decide."""

    ARRIVAL = "arrival"
    RELEASE = "release"
    REPLAN = "replan"
    SEVERITY = "severity"
    REPLY = "reply"
    REOPENED = "reopened"
    TAKEN = "taken"
    OVERRIDE = "override"
    RELEASE_ALL = "release_all"


@dataclass(frozen=True)
class Context:
    """When and by whose doing a decision is recorded. `actor` is empty when Deskgate decided by itself."""

    cause: Cause
    now: datetime
    actor: str = ""


@dataclass(frozen=True)
class Verdict:
    """What was decided about a ticket, as the answers to its sender tell it."""

    ticket_id: int
    state: str
    outcome: Outcome
    reason: Reason
    release_at: datetime | None
    license: str
    explanation: Explanation


def record(ticket: tables.Ticket, decision: Decision, context: Context, deskgate: Deskgate,
           telling: Telling = Telling()) -> tables.Decision:
    """Add the decision, move the ticket, and write down what is owed to helpdesks because of it."""
    before = ticket.state
    released = before == "queued" and decision.outcome is Outcome.ROUTE
    judged = explained(decision, ticket_value(ticket), deskgate,
                       Voice(ticket.connection.settings, ticket.language or "", released))
    row = tables.Decision(
        connection_id=ticket.connection_id, revision=ticket.revision, cause=context.cause, actor=context.actor,
        made_at=context.now, as_of=decision.as_of, outcome=decision.outcome, reason=decision.reason,
        verdict=decision.verdict or "", triage=decision.triage, release_at=decision.release_at,
        license_version_id=decision.license.version if decision.license else None,
        schedule_version=decision.license.schedule_version if decision.license else None, zone_data=ZONE_DATA,
        license_name=decision.license.name if decision.license else "",
        checks=[{**_plain(check), "detail": line.detail}
                for check, line in zip(decision.checks, judged.details, strict=True)],
        agent_text=judged.explanation.agent, customer_text=judged.explanation.customer, language=judged.language)
    if judged.reply_trouble:
        report_reply_trouble(ticket.connection, judged.reply_trouble)
    ticket.decisions.append(row)
    ticket.state = STATE_OF[decision.outcome]
    ticket.release_at = ticket.due_at = decision.release_at
    db.session.flush()
    _set_aside(ticket, decision, context.now)
    follow_decision(ticket, decision, context.now)
    owe(ticket, row, before, telling, deskgate)
    return row


def _set_aside(ticket: tables.Ticket, decision: Decision, now: datetime) -> None:
    if decision.outcome is not Outcome.ROUTE:
        free_reservation(ticket.id)  # a person may have taken a ticket from agents that had it
    is_usual = decision.outcome is Outcome.ROUTE and not decision.triage and decision.verdict is None
    if is_usual and ticket.acted_on and decision.license is not None and decision.license.terms.sets_aside:
        reserve(ticket.id, decision.license, decision.license.terms.schedule.day_of(now))


def _plain(check: Check) -> dict[str, Any]:
    return {"check": check.name.value, "passed": check.passed, "values": _jsonable(check.values)}


def _jsonable(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return str(value) if isinstance(value, StrEnum) else value


def verdict_of(ticket: tables.Ticket) -> Verdict:
    """The decision in force, as a value."""
    row = ticket.decision
    return Verdict(ticket.id, ticket.state, Outcome(row.outcome), Reason(row.reason), row.release_at,
                   row.license_name, Explanation(row.agent_text, row.customer_text))
