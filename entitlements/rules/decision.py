"""Whether a ticket is routed, queued or rejected, and why: the promise itself, the page to show a customer's lawyer.

`decide` looks at nothing but its arguments: the ticket, the customer's licenses, their usage, and the instant as of
which to judge. The checks are made in the order of `CheckName`. The first that fails decides; the others are still made
where they can be, so that the receipt is complete. With several licenses each is judged alone, and the one that is best
for the customer wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from entitlements.rules.license import Exemption, License, LicenseState, OverLimit
from entitlements.rules.reasons import CheckName, Outcome, Reason
from entitlements.rules.ticket import Ticket
from entitlements.rules.usage import Usage

Value = str | int | bool | date | datetime | tuple[str, ...] | None

REASON_OF_STATE = {
    LicenseState.UPCOMING: Reason.LICENSE_NOT_STARTED,
    LicenseState.EXPIRED: Reason.LICENSE_EXPIRED,
    LicenseState.SUSPENDED: Reason.LICENSE_SUSPENDED,
    LicenseState.CANCELLED: Reason.LICENSE_CANCELLED,
}
NEAREST_TO_COVER = (Reason.NOT_COVERED, Reason.LICENSE_SUSPENDED, Reason.LICENSE_EXPIRED, Reason.LICENSE_CANCELLED)


class Doubt(StrEnum):
    """What to do when the requester is in doubt: let a person look first, or decline."""

    TRIAGE = "triage"
    REJECT = "reject"


@dataclass(frozen=True)
class Policy:
    """The two choices a house may make about tickets whose requester is in doubt."""

    unknown_customer: Doubt = Doubt.TRIAGE
    contact_not_covered: Doubt = Doubt.TRIAGE


@dataclass(frozen=True)
class Check:
    """One check: passed, failed, or not evaluated (None), with the values it saw."""

    name: CheckName
    passed: bool | None
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Outcome and reason, the license they come from, and every check, judged as of an aware UTC instant.

    `release_at` is set for a queue, and only then. `triage` marks a route to a person who looks at the entitlement
    first. `verdict` is what the license said where something else, a live contact for one, overruled it.
    """

    outcome: Outcome
    reason: Reason
    as_of: datetime
    checks: tuple[Check, ...] = ()
    license: License | None = None
    release_at: datetime | None = None
    triage: bool = False
    verdict: Reason | None = None

    @property
    def failed(self) -> Check | None:
        """The first check that failed, or None."""
        return next((check for check in self.checks if check.passed is False), None)


def decide(ticket: Ticket, licenses: Sequence[License], usage: Usage, now: datetime,
           policy: Policy = Policy()) -> Decision:
    """Judge a ticket as of `now`, an aware UTC instant.

    Validity, contact, product and channel are judged as of the ticket's creation, hours and daily limit as of `now`.
    Drafts are invisible. A live contact is routed whatever the verdict, which stays in `verdict`.
    """
    decision = _judge(ticket, licenses, usage, now, policy)
    if not ticket.is_live_contact:
        return decision
    return replace(decision, outcome=Outcome.ROUTE, reason=Reason.LIVE_CONTACT, release_at=None, triage=False,
                   verdict=decision.reason)


def _judge(ticket: Ticket, licenses: Sequence[License], usage: Usage, now: datetime, policy: Policy) -> Decision:
    requester = ticket.requester
    if not requester.customer:
        return _without_customer(ticket, now, policy)
    known = Check(CheckName.CUSTOMER, True, {"customer": requester.customer, "step": requester.step})
    visible = [each for each in licenses if each.state_at(ticket.created_at) is not LicenseState.DRAFT]
    if not visible:
        missing = Check(CheckName.LICENSE, False, {"customer": requester.customer})
        return Decision(Outcome.REJECT, Reason.NO_LICENSE, now, _filled([known, missing]))
    judged = [_Judge(ticket, license, usage, now, policy).decision(known) for license in visible]
    return min(judged, key=_best_first)


def _without_customer(ticket: Ticket, now: datetime, policy: Policy) -> Decision:
    requester = ticket.requester
    reason = Reason.AMBIGUOUS_CUSTOMER if requester.is_ambiguous else Reason.UNKNOWN_CUSTOMER
    check = Check(CheckName.CUSTOMER, False, {"contact": requester.contact, "candidates": requester.candidates,
                                              "step": requester.step})
    return _in_doubt(reason, policy.unknown_customer, now, _filled([check]))


def _in_doubt(reason: Reason, doubt: Doubt, now: datetime, checks: tuple[Check, ...],
              license: License | None = None) -> Decision:
    if doubt is Doubt.REJECT:
        return Decision(Outcome.REJECT, reason, now, checks, license)
    return Decision(Outcome.ROUTE, reason, now, checks, license, triage=True)


def _filled(checks: Sequence[Check]) -> tuple[Check, ...]:
    """All checks in their order; those not made are listed as not evaluated."""
    made = {check.name: check for check in checks}
    return tuple(made.get(name, Check(name, None)) for name in CheckName)


class _Judge:
    """One ticket against one license, as of one instant."""

    def __init__(self, ticket: Ticket, license: License, usage: Usage, now: datetime, policy: Policy):
        self.ticket, self.license, self.usage, self.now, self.policy = ticket, license, usage, now, policy
        self.terms = license.terms
        self.schedule = license.terms.schedule
        self.state = self._state()
        self.exempt = ticket.severity in self.terms.exempt_severities

    def _state(self) -> LicenseState:
        """As of the ticket's creation; a ticket that came before the start is judged as of now once it has come."""
        at_creation = self.license.state_at(self.ticket.created_at)
        if at_creation is LicenseState.UPCOMING and self.now >= self.license.starts_at():
            return self.license.state_at(self.now)
        return at_creation

    def decision(self, known: Check) -> Decision:
        checks = (known, self._license(), self._coverage(), self._severity(), self._hours(), self._limit())
        failed = next((check.name for check in checks if check.passed is False), None)
        if failed is CheckName.LICENSE:
            return self._not_in_force(checks)
        if failed is CheckName.COVERAGE:
            return self._outside_coverage(checks)
        if failed is CheckName.SCHEDULE:
            holiday = self.schedule.is_holiday_closed(self.now)
            return self._queue(Reason.HOLIDAY if holiday else Reason.OUTSIDE_HOURS, checks, self.now)
        if failed is CheckName.DAILY_LIMIT:
            return self._queue(Reason.DAILY_LIMIT_REACHED, checks, self.now)
        return Decision(Outcome.ROUTE, self._reason_to_route(), self.now, checks, self.license)

    def _license(self) -> Check:
        in_force = self.state in (LicenseState.ACTIVE, LicenseState.GRACE)
        return Check(CheckName.LICENSE, in_force, {
            "license": self.license.name, "state": self.state, "starts_on": self.terms.starts_on,
            "ends_on": self.terms.ends_on, "grace_days": self.terms.grace_days, "zone": self.license.zone})

    def _coverage(self) -> Check:
        values = {name: value for name, value, _ in self._coverage_lists()}
        missing = self._missing()
        return Check(CheckName.COVERAGE, missing is None, {**values, "missing": missing})

    def _coverage_lists(self) -> tuple[tuple[str, str, frozenset[str]], ...]:
        return (("contact", self.ticket.requester.contact, self.terms.contacts),
                ("product", self.ticket.product, self.terms.products),
                ("channel", self.ticket.channel, self.terms.channels))

    def _missing(self) -> str | None:
        """The first thing not covered. An empty list covers all; what a ticket does not say is not held against it."""
        return next((name for name, value, listed in self._coverage_lists()
                     if value and listed and value.lower() not in {each.lower() for each in listed}), None)

    def _severity(self) -> Check:
        skipped = tuple(sorted(self.terms.exempt_from)) if self.exempt else ()
        return Check(CheckName.SEVERITY, True if self.exempt else None,
                     {"severity": self.ticket.severity, "skips": skipped})

    def _skips(self, exemption: Exemption) -> bool:
        return self.exempt and exemption in self.terms.exempt_from

    def _hours(self) -> Check:
        is_open = self.schedule.is_open(self.now)
        passed = None if not is_open and self._skips(Exemption.SCHEDULE) else is_open
        return Check(CheckName.SCHEDULE, passed, {
            "open": is_open, "holiday": self.schedule.is_holiday_closed(self.now), "at": self.now,
            "zone": self.license.zone, "opens": None if is_open else self.schedule.next_open(self.now),
            "closes": self.schedule.next_close(self.now) if is_open else None})

    def _limit(self) -> Check:
        limit = self.terms.daily_limit
        if limit is None:
            return Check(CheckName.DAILY_LIMIT, True, {"limit": None})
        day = self.schedule.day_of(self.now)
        used = self.usage.used(self.license, day)
        tolerated = self._skips(Exemption.DAILY_LIMIT) or self.terms.over_limit is OverLimit.ALLOW
        passed = True if used < limit else None if tolerated else False
        return Check(CheckName.DAILY_LIMIT, passed, {"limit": limit, "used": used, "remaining": limit - used,
                                                     "day": day, "zone": self.license.zone})

    def _not_in_force(self, checks: tuple[Check, ...]) -> Decision:
        reason = REASON_OF_STATE[self.state]
        if reason is not Reason.LICENSE_NOT_STARTED:
            return Decision(Outcome.REJECT, reason, self.now, checks, self.license)
        if self.license.starts_within_a_day_of(self.now):
            return self._queue(reason, checks, max(self.now, self.license.starts_at()))
        return Decision(Outcome.ROUTE, reason, self.now, checks, self.license, triage=True)

    def _outside_coverage(self, checks: tuple[Check, ...]) -> Decision:
        if self._missing() == "contact":
            return _in_doubt(Reason.CONTACT_NOT_COVERED, self.policy.contact_not_covered, self.now, checks,
                             self.license)
        return Decision(Outcome.REJECT, Reason.NOT_COVERED, self.now, checks, self.license)

    def _queue(self, reason: Reason, checks: tuple[Check, ...], earliest: datetime) -> Decision:
        """Wait until the first instant that routes; a ticket that would wait for ever goes to a person instead."""
        release_at = self._first_routable(earliest)
        if release_at is None:
            return Decision(Outcome.ROUTE, reason, self.now, checks, self.license, triage=True)
        return Decision(Outcome.QUEUE, reason, self.now, checks, self.license, release_at)

    def _first_routable(self, earliest: datetime) -> datetime | None:
        at: datetime | None = earliest
        if not self._skips(Exemption.SCHEDULE):
            at = self.schedule.next_open(earliest)
        if self._skips(Exemption.DAILY_LIMIT) or self.terms.over_limit is OverLimit.ALLOW:
            return at
        while at is not None and not self.usage.is_open_to_use(self.license, at):
            at = self._start_of_next_day(at)
        return at

    def _start_of_next_day(self, at: datetime) -> datetime | None:
        if self.terms.daily_limit == 0:
            return None
        return self.schedule.day_after(at)

    def _reason_to_route(self) -> Reason:
        if self.state is LicenseState.GRACE:
            return Reason.IN_GRACE
        if not self.schedule.is_open(self.now):
            return Reason.SEVERITY_EXEMPT
        return Reason.ALWAYS_OPEN if self.schedule.always_open else Reason.WITHIN_HOURS


def _best_first(decision: Decision) -> tuple[object, ...]:
    """Order of what is best for the customer; ties go to the license that ends first, then to the first name.

    A route to triage is not service yet: it comes after a queue, which promises an hour, and before any reject. So a
    license that starts next month does not send tonight's ticket of a running license to triage.
    """
    assert decision.license is not None
    terms = decision.license.terms
    nearness = 0
    ends = terms.ends_on.toordinal()
    if decision.outcome is Outcome.REJECT:
        nearness = NEAREST_TO_COVER.index(decision.reason) if decision.reason in NEAREST_TO_COVER else 0
        ends = -ends if decision.reason is Reason.LICENSE_EXPIRED else ends
    rank = (Outcome.ROUTE, Outcome.QUEUE, None, Outcome.REJECT).index(None if decision.triage else decision.outcome)
    released = decision.release_at.timestamp() if decision.release_at else 0.0
    return rank, released, nearness, ends, decision.license.name
