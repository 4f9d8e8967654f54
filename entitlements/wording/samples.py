"""A sample decision for each reason: what a preview of the wording shows.

The sample customer has a license in Paris and people who read clocks in Tokyo. What the rules can decide they decide
here too; what people or caution decide is put in place of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from entitlements.rules.decision import Decision, Doubt, Policy, decide
from entitlements.rules.language import Language
from entitlements.rules.license import License, Standing, Terms
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.schedule import Schedule
from entitlements.rules.ticket import MatchStep, Requester, Severity, Ticket
from entitlements.rules.usage import Usage
from entitlements.rules.windows import parse_weekly
from entitlements.wording.case import Case
from entitlements.wording.replies import Usual

CUSTOMER, LICENSE, CONTACT, PRODUCT = "Lutece", "Gold", "it@lutece.example", "Pump"
ZONE, READER_ZONE = "Europe/Paris", "Asia/Tokyo"
BUSINESS_HOURS, ALL_HOURS = "mon-fri 09:00-17:00", "mon-sun 00:00-24:00"
KNOWN = Requester(customer=CUSTOMER, step=MatchStep.CONTACT, contact=CONTACT)
STRANGER = Requester(contact="somebody@elsewhere.example")
TWO = Requester(candidates=(CUSTOMER, "Aurora"), step=MatchStep.CONTACT, contact=CONTACT)
REFUSED = Policy(Doubt.REJECT, Doubt.REJECT)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scene:
    """What differs from an ordinary ticket on a Saturday. Days are counted from that Saturday, license dates too."""

    on_monday: bool = False
    weekly: str = BUSINESS_HOURS
    is_holiday: bool = False
    begins_in: int = -60
    ends_in: int = 300
    has_license: bool = True
    used: int = 0
    requester: Requester = KNOWN
    ticket: Mapping[str, Any] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)


SCENES = {
    Reason.UNKNOWN_CUSTOMER: Scene(requester=STRANGER),
    Reason.AMBIGUOUS_CUSTOMER: Scene(requester=TWO),
    Reason.NO_LICENSE: Scene(has_license=False),
    Reason.LICENSE_EXPIRED: Scene(ends_in=-7),
    Reason.LICENSE_SUSPENDED: Scene(terms={"standing": Standing.SUSPENDED}),
    Reason.LICENSE_CANCELLED: Scene(terms={"standing": Standing.CANCELLED}),
    Reason.LICENSE_NOT_STARTED: Scene(begins_in=1),
    Reason.CONTACT_NOT_COVERED: Scene(terms={"contacts": frozenset({"boss@lutece.example"})}),
    Reason.NOT_COVERED: Scene(ticket={"product": PRODUCT}, terms={"products": frozenset({"Valve"})}),
    Reason.OUTSIDE_HOURS: Scene(),
    Reason.HOLIDAY: Scene(on_monday=True, is_holiday=True),
    Reason.DAILY_LIMIT_REACHED: Scene(on_monday=True, used=3 * 3600, terms={"daily_limit": 3 * 3600}),
    Reason.IN_GRACE: Scene(on_monday=True, ends_in=-3, terms={"grace_days": 14}),
    Reason.SEVERITY_EXEMPT: Scene(ticket={"severity": Severity.URGENT},
                                  terms={"exempt_severities": frozenset({Severity.URGENT})}),
    Reason.ALWAYS_OPEN: Scene(weekly=ALL_HOURS),
    Reason.WITHIN_HOURS: Scene(on_monday=True),
    Reason.LIVE_CONTACT: Scene(ticket={"channel": "phone"}),
}
TRIAGE = frozenset({Reason.REJECTED_AGAIN, Reason.REJECT_BREAKER, Reason.COULD_NOT_DECIDE})
IN_DOUBT = (Usual.ROUTE, Usual.REJECT)
OUTCOMES: dict[Reason, tuple[Usual, ...]] = {
    Reason.UNKNOWN_CUSTOMER: IN_DOUBT, Reason.AMBIGUOUS_CUSTOMER: IN_DOUBT, Reason.CONTACT_NOT_COVERED: IN_DOUBT,
    Reason.NO_LICENSE: (Usual.REJECT,), Reason.LICENSE_EXPIRED: (Usual.REJECT,),
    Reason.LICENSE_SUSPENDED: (Usual.REJECT,), Reason.LICENSE_CANCELLED: (Usual.REJECT,),
    Reason.NOT_COVERED: (Usual.REJECT,), Reason.LICENSE_NOT_STARTED: (Usual.QUEUE,),
    Reason.OUTSIDE_HOURS: (Usual.QUEUE,), Reason.HOLIDAY: (Usual.QUEUE,), Reason.DAILY_LIMIT_REACHED: (Usual.QUEUE,),
    Reason.IN_GRACE: (Usual.ROUTE, Usual.RELEASE), Reason.WITHIN_HOURS: (Usual.ROUTE, Usual.RELEASE),
    Reason.SEVERITY_EXEMPT: (Usual.ROUTE, Usual.RELEASE), Reason.ALWAYS_OPEN: (Usual.ROUTE, Usual.RELEASE),
    Reason.OVERRIDDEN: (Usual.ROUTE, Usual.QUEUE, Usual.RELEASE, Usual.REJECT),
    Reason.TAKEN_EARLY: (Usual.RELEASE,),
}
"""What each reason usually goes with; the others are routed."""


def outcomes_of(reason: Reason) -> tuple[Usual, ...]:
    """What a reason goes with, the most usual first."""
    return OUTCOMES.get(reason, (Usual.ROUTE,))


def sample(reason: Reason, usual: Usual, now: datetime, language: Language, renewal_contact: str = "") -> Case:
    """A case of that reason and outcome in the week after an aware UTC instant."""
    scene = SCENES.get(reason, SCENES[Reason.OUTSIDE_HOURS])
    saturday = _saturday_after(now)
    at = saturday + 2 * DAY if scene.on_monday else saturday
    ticket = Ticket(scene.requester, at, **scene.ticket)
    decision = _decision(scene, ticket, saturday, usual)
    if reason not in SCENES or decision.outcome.value != usual.value:
        decision = _by_people(decision, reason, usual)
    return Case(decision, ticket, READER_ZONE, renewal_contact, language, released=usual is Usual.RELEASE)


def _saturday_after(now: datetime) -> datetime:
    """The next Saturday, nine in the morning in UTC."""
    day = now.astimezone(timezone.utc).date()
    return datetime(day.year, day.month, day.day, 9, tzinfo=timezone.utc) + ((5 - day.weekday()) % 7) * DAY


def _decision(scene: Scene, ticket: Ticket, saturday: datetime, usual: Usual) -> Decision:
    license = _license(scene, saturday.date())
    usage = Usage({(1, license.terms.schedule.day_of(ticket.created_at)): scene.used})
    policy = REFUSED if usual is Usual.REJECT else Policy()
    return decide(ticket, [license] if scene.has_license else [], usage, ticket.created_at, policy)


def _license(scene: Scene, saturday: date) -> License:
    holidays = [(saturday + 2 * DAY).isoformat()] if scene.is_holiday else []
    schedule = Schedule.from_dict({"zone": ZONE, "weekly": parse_weekly(scene.weekly), "holidays": holidays})
    return License(1, 1, LICENSE, CUSTOMER, Terms(
        schedule=schedule, starts_on=saturday + scene.begins_in * DAY, ends_on=saturday + scene.ends_in * DAY,
        **scene.terms))


def _by_people(decision: Decision, reason: Reason, usual: Usual) -> Decision:
    """The same ticket, decided by somebody, or with caution."""
    outcome = Outcome.ROUTE if usual is Usual.RELEASE else Outcome(usual.value)
    return replace(decision, outcome=outcome, reason=reason, triage=reason in TRIAGE,
                   release_at=decision.release_at if outcome is Outcome.QUEUE else None)
