"""Judging a ticket: the licenses and the usage are read, the rules decide, and a fault of ours turns nobody away."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from entitlements.helpdesk import Explanation, Identity
from entitlements.rules.decision import Decision, decide
from entitlements.rules.language import Language, first_known
from entitlements.rules.license import License
from entitlements.rules.reasons import CheckName, Outcome, Reason
from entitlements.rules.ticket import Severity, Ticket
from entitlements.rules.usage import Usage
from entitlements.steps.context import Deskgate
from entitlements.store import tables
from entitlements.store.connections import default_connection
from entitlements.store.customers import find_customer, identify
from entitlements.store.database import TROUBLE, share_terms, take_turn
from entitlements.store.licenses import licenses_of
from entitlements.store.usage import usage_of
from entitlements.wording import Case, agent_text, detail, reply_to

log = logging.getLogger(__name__)
OLDEST_DAY_NEEDED = timedelta(days=3)


@dataclass(frozen=True)
class Question:
    """What would happen to a ticket of this customer (short name) or address, raised and judged at `at` (aware UTC)?

    `language` is what they ask to be told it in, empty if they do not.
    """

    customer: str
    severity: Severity
    at: datetime
    product: str = ""
    contact: str = ""
    channel: str = ""
    language: str = ""


@dataclass(frozen=True)
class CheckLine:
    """A check as people read it: `passed` is None when it was not evaluated."""

    check: CheckName
    passed: bool | None
    detail: str


@dataclass(frozen=True)
class Judged:
    """A decision with its sentences. `reply_trouble` tells why a reply of the connection's own was not used."""

    decision: Decision
    explanation: Explanation
    details: tuple[CheckLine, ...]
    language: Language = Language.ENGLISH
    reply_trouble: str = ""


@dataclass(frozen=True)
class Voice:
    """How the customer is spoken to: by the settings of the ticket's connection, and in the language that its sender
    asked for, if they did. `released`: the ticket has waited until now."""

    settings: Mapping[str, str] = field(default_factory=dict)
    asked_for: str = ""
    released: bool = False

    def language(self, customer: tables.Customer | None) -> Language:
        """The customer's own, else what the sender asked for, else that of the connection, else English."""
        return first_known(customer.language if customer else "", self.asked_for, self.settings.get("language", ""))


def judge(ticket: Ticket, as_of: datetime, deskgate: Deskgate) -> Decision:
    """Decide as of an aware UTC instant. When that fails, the ticket goes to people: `could_not_decide`.

    A database that does not answer is no reason to decide: its errors pass.
    """
    share_terms()
    try:
        licenses = licenses_of(ticket.requester.customer) if ticket.requester.customer else []
        if any(license.terms.sets_aside for license in licenses):
            take_turn("setting aside", ticket.requester.customer)  # what one sets aside the next must see
        usage = usage_of(licenses, since=(as_of - OLDEST_DAY_NEEDED).date())
    except TROUBLE:
        raise
    except Exception:
        log.exception("could not read the licenses")
        return _could_not(as_of)
    return judge_by(licenses, usage, ticket, as_of, deskgate)


def judge_by(licenses: Sequence[License], usage: Usage, ticket: Ticket, as_of: datetime,
             deskgate: Deskgate) -> Decision:
    """The same with licenses and usage at hand, be they stored or only thought of."""
    try:
        return decide(ticket, licenses, usage, as_of, deskgate.policy)
    except Exception:
        log.exception("could not decide")
        return _could_not(as_of)


def _could_not(as_of: datetime) -> Decision:
    return Decision(Outcome.ROUTE, Reason.COULD_NOT_DECIDE, as_of, triage=True)


def judge_arrival(ticket: Ticket, arrived_at: datetime, deskgate: Deskgate) -> Decision:
    """Judge as of the ticket's creation; once more as of its arrival when the release so decided is already past."""
    decision = judge(ticket, min(ticket.created_at, arrived_at), deskgate)
    if decision.release_at is not None and decision.release_at <= arrived_at:
        return judge(ticket, arrived_at, deskgate)
    return decision


def explained(decision: Decision, ticket: Ticket, deskgate: Deskgate, voice: Voice) -> Judged:
    """Put a decision into words, in the customer's own language and local time where they are known."""
    customer = find_customer(ticket.requester.customer) if ticket.requester.customer else None
    case = Case(decision, ticket, customer.zone if customer else "", deskgate.renewal_contact,
                voice.language(customer), voice.released)
    reply = reply_to(case, voice.settings)
    lines = tuple(CheckLine(check.name, check.passed, detail(check)) for check in decision.checks)
    return Judged(decision, Explanation(agent_text(case), reply.text), lines, case.language, reply.trouble)


def preview(question: Question, deskgate: Deskgate) -> Judged:
    """What would be decided, told as by the connection that such a ticket would go to. Nothing is recorded."""
    identity = Identity(customer=question.customer, email=question.contact)
    ticket = Ticket(requester=identify(identity), created_at=question.at, severity=question.severity,
                    product=question.product, channel=question.channel)
    decision = judge(ticket, question.at, deskgate)
    return explained(decision, ticket, deskgate, usual_voice(question.language, deskgate))


def usual_voice(asked_for: str, deskgate: Deskgate) -> Voice:
    """How somebody is spoken to whose ticket is not there yet: as by the connection that it would go to."""
    usual = default_connection(deskgate.default_connection)
    return Voice(usual.settings if usual else {}, asked_for)
