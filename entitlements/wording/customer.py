"""What the customer is told: why, and what happens next. Plain and kind, and never more than they may know.

Somebody known by a mail domain alone could be anybody there, so they learn nothing about the license: no hours, no
limits, no dates of it; only what happens to their ticket.

When a ticket reaches the team is told with "about": when many wait for the same hour, they go out one after another.
"""

from __future__ import annotations

from collections.abc import Callable

from entitlements.rules.reasons import Outcome, Reason
from entitlements.wording.case import Case
from entitlements.wording.hours import hours_text
from entitlements.wording.times import city, clock_text, date_text, duration_text, local, moment_for, moment_text

WITH_THE_TEAM = "Your ticket is with the support team now."
SOMEBODY_LOOKS = "Somebody on the support team will look at your request and get back to you."
MISTAKE = "If you think that this is a mistake"


def customer_text(case: Case) -> str:
    """The sentences for the customer."""
    if case.ticket.requester.is_known_by_domain_only:
        return _discreet(case)
    why = WHY[case.decision.reason](case)
    if case.decision.outcome is Outcome.REJECT:
        return _refused(case, why)
    return f"{why}. {_what_next(case)}" if why else _what_next(case)


def _what_next(case: Case) -> str:
    if case.decision.release_at is not None:
        return _promise(case)
    if case.decision.reason is Reason.TAKEN_EARLY:
        return "The support team has taken up your ticket already."
    return SOMEBODY_LOOKS if case.decision.triage else WITH_THE_TEAM


def _promise(case: Case) -> str:
    """When the ticket reaches the team, in the license's time and, where that differs, the customer's own."""
    assert case.decision.release_at is not None
    promised = (case.decision.release_at, case.zone, case.customer_zone, case.now)
    if case.opens_at_release:
        return f"Support opens on {moment_for(*promised)}; your ticket reaches the team at about that time."
    return f"Your ticket is in line and reaches the team on {moment_for(*promised, about=True)}."


def _refused(case: Case, why: str) -> str:
    so = f"{why}, so we cannot take up this ticket." if why else "We cannot take up this ticket."
    return f"{so} {TO_CHANGE_THAT.get(case.decision.reason, MISTAKE)}, please contact {_whom(case)}."


def _whom(case: Case) -> str:
    return case.renewal_contact or "the team that looks after your support license"


def _discreet(case: Case) -> str:
    release_at = case.decision.release_at
    if case.decision.outcome is Outcome.REJECT:
        return f"We could not confirm support cover for this request. {MISTAKE}, please contact {_whom(case)}."
    if release_at is None:
        return _what_next(case)
    return ("Your ticket is in line and reaches the team on "
            f"{moment_text(release_at, case.customer_zone or case.zone, case.now, about=True)}.")


TO_CHANGE_THAT = {
    Reason.UNKNOWN_CUSTOMER: "To arrange support",
    Reason.NO_LICENSE: "To arrange support",
    Reason.LICENSE_EXPIRED: "To renew it",
    Reason.LICENSE_SUSPENDED: "To have it resumed",
    Reason.LICENSE_CANCELLED: "To take out a new one",
    Reason.CONTACT_NOT_COVERED: "To be added to it",
    Reason.NOT_COVERED: "To have it added",
}


def _nothing(case: Case) -> str:
    return ""


def _within_hours(case: Case) -> str:
    closes = case.license.terms.schedule.next_close(case.now)
    if closes is None:
        return "Support is open now"
    shown, today = local(closes, case.zone), local(case.now, case.zone).date()
    if shown.date() != today:
        return f"Support is open now, until {moment_text(closes, case.zone, case.now)}"
    return f"Support is open now, until {clock_text(shown)} ({city(case.zone)})"


def _daily_limit(case: Case) -> str:
    limit = case.license.terms.daily_limit or 0
    if limit == 0:
        return "Your license includes no support time"
    return f"Your license includes {duration_text(limit)} of support a day, and today's time is used up"


def _not_started(case: Case) -> str:
    return f"Your support license begins on {date_text(case.license.terms.starts_on)}"


def _in_grace(case: Case) -> str:
    renewal = f"; to renew it, please contact {case.renewal_contact}" if case.renewal_contact else ""
    return f"Your support license ended on {case.ended_on}, and support goes on until {case.grace_ends_on}{renewal}"


def _exempt(case: Case) -> str:
    return f"Your license covers tickets of {case.ticket.severity} severity around the clock"


def _not_covered(case: Case) -> str:
    return f"Your support license does not cover {case.what_is_missing}"


def _says(sentence: str) -> Callable[[Case], str]:
    return lambda case: sentence


WHY: dict[Reason, Callable[[Case], str]] = {
    Reason.UNKNOWN_CUSTOMER: _says("We could not match you to a support license"),
    Reason.AMBIGUOUS_CUSTOMER: _says("We could not tell which support license your request belongs to"),
    Reason.NO_LICENSE: _says("We found no support license for your organization"),
    Reason.LICENSE_EXPIRED: lambda case: f"Your support license ended on {case.ended_on}",
    Reason.LICENSE_SUSPENDED: _says("Your support license is suspended at present"),
    Reason.LICENSE_CANCELLED: _says("Your support license was cancelled"),
    Reason.LICENSE_NOT_STARTED: _not_started,
    Reason.CONTACT_NOT_COVERED: _says("Your address is not among the contacts named in your support license"),
    Reason.NOT_COVERED: _not_covered,
    Reason.OUTSIDE_HOURS: lambda case: f"Your license covers {hours_text(case.license.terms.schedule)}",
    Reason.HOLIDAY: _says("Support is closed for a holiday"),
    Reason.DAILY_LIMIT_REACHED: _daily_limit,
    Reason.IN_GRACE: _in_grace,
    Reason.SEVERITY_EXEMPT: _exempt,
    Reason.ALWAYS_OPEN: lambda case: f"Your license covers {hours_text(case.license.terms.schedule)}",
    Reason.WITHIN_HOURS: _within_hours,
    Reason.LIVE_CONTACT: _nothing,
    Reason.TAKEN_EARLY: _nothing,
    Reason.OVERRIDDEN: _nothing,
    Reason.REJECTED_AGAIN: _says("Thank you for your reply"),
    Reason.REJECT_BREAKER: _nothing,
    Reason.ARRIVED_LATE: _nothing,
    Reason.COULD_NOT_DECIDE: _nothing,
}
