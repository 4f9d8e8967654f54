"""What the agent is told: the verdict, then the fact it rests on, in one line fit for a note and a list."""

from __future__ import annotations

from collections.abc import Callable

from entitlements.rules.reasons import IN_HOURS, CheckName, Outcome, Reason
from entitlements.rules.ticket import MatchStep
from entitlements.wording.case import WAITS, Case, reason_label
from entitlements.wording.hours import hours_text
from entitlements.wording.times import all_of, city, date_text, duration_text, moment_text


def agent_text(case: Case) -> str:
    """The line for the agent: `Queued until Monday 9 March at 09:00 (Paris): license Gold of Acme covers ...`."""
    by_domain = " (known by mail domain only)" if case.ticket.requester.is_known_by_domain_only else ""
    return f"{_verdict(case)}: {WHY[case.decision.reason](case)}{_no_opening(case)}{by_domain}."


def _verdict(case: Case) -> str:
    decision = case.decision
    if decision.release_at is not None:
        return f"Queued until {moment_text(decision.release_at, case.zone, case.now)}"
    if decision.outcome is Outcome.REJECT:
        return "Rejected"
    return "Routed to triage" if decision.triage else "Routed"


def _no_opening(case: Case) -> str:
    waits_for_ever = case.decision.triage and case.decision.reason in WAITS
    return ", and no hours to wait for lie ahead" if waits_for_ever else ""


def _license(case: Case) -> str:
    return f'license "{case.license.name}" of {case.license.customer}'


def _unknown(case: Case) -> str:
    contact = case.ticket.requester.contact
    if case.ticket.requester.step is MatchStep.NAMED:
        return "there is no customer of the name that was given"
    return f"no customer is known for {contact}" if contact else "the ticket does not say which customer it is from"


def _ambiguous(case: Case) -> str:
    candidates = case.ticket.requester.candidates
    names = all_of(candidates) if candidates else "several customers"
    return f"{names} fit {case.ticket.requester.contact or 'what the ticket says'}"


def _no_license(case: Case) -> str:
    return f"{case.ticket.requester.customer or 'the customer'} has no license"


def _expired(case: Case) -> str:
    return f"{_license(case)} ended on {case.ends_on()} ({city(case.zone)})"


def _not_started(case: Case) -> str:
    return f"{_license(case)} begins on {date_text(case.license.terms.starts_on)} ({city(case.zone)})"


def _contact(case: Case) -> str:
    return f"{case.ticket.requester.contact} is not among the contacts of {_license(case)}"


def _not_covered(case: Case) -> str:
    missing = f'the {case.missing} "{case.missing_name}"' if case.missing else "this request"
    return f"{_license(case)} does not cover {missing}"


def _outside_hours(case: Case) -> str:
    return f"{_license(case)} covers {hours_text(case.license.terms.schedule)}"


def _daily_limit(case: Case) -> str:
    used = case.seen(CheckName.DAILY_LIMIT, "used")
    limit = duration_text(case.license.terms.daily_limit or 0)
    return f"{_license(case)} includes {limit} a day, and {duration_text(_whole(used))} are used"


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _in_grace(case: Case) -> str:
    ended = f"{_license(case)} ended on {case.ends_on()}"
    return f"{ended} and is in grace until {case.grace_ends_on()} ({city(case.zone)})"


def _exempt(case: Case) -> str:
    return f"{_license(case)} is closed now but covers {case.ticket.severity} severity at any hour"


def _within_hours(case: Case) -> str:
    closes = case.license.terms.schedule.next_close(case.now)
    until = f" until {moment_text(closes, case.zone, case.now)}" if closes else ""
    return f"{_license(case)} is open{until}"


def _live(case: Case) -> str:
    why = "opened by staff" if case.ticket.staff_made else f"somebody is on the line ({case.ticket.channel})"
    return f"{why}, so it does not wait{_alone(case)}"


def _alone(case: Case) -> str:
    """What the license says by itself, where that was overruled and is worth knowing."""
    verdict = case.decision.verdict
    if verdict is None or verdict in IN_HOURS:
        return ""
    name = f"{_license(case)} alone" if case.decision.license else "the license alone"
    return f"; {name} says: {reason_label(verdict)}"


def _says(fact: str) -> Callable[[Case], str]:
    return lambda case: fact + _alone(case)


WHY: dict[Reason, Callable[[Case], str]] = {
    Reason.UNKNOWN_CUSTOMER: _unknown,
    Reason.AMBIGUOUS_CUSTOMER: _ambiguous,
    Reason.NO_LICENSE: _no_license,
    Reason.LICENSE_EXPIRED: _expired,
    Reason.LICENSE_SUSPENDED: lambda case: f"{_license(case)} is suspended",
    Reason.LICENSE_CANCELLED: lambda case: f"{_license(case)} was cancelled",
    Reason.LICENSE_NOT_STARTED: _not_started,
    Reason.CONTACT_NOT_COVERED: _contact,
    Reason.NOT_COVERED: _not_covered,
    Reason.OUTSIDE_HOURS: _outside_hours,
    Reason.HOLIDAY: lambda case: f"{_license(case)} is closed for a holiday",
    Reason.DAILY_LIMIT_REACHED: _daily_limit,
    Reason.IN_GRACE: _in_grace,
    Reason.SEVERITY_EXEMPT: _exempt,
    Reason.ALWAYS_OPEN: _outside_hours,
    Reason.WITHIN_HOURS: _within_hours,
    Reason.LIVE_CONTACT: _live,
    Reason.TAKEN_EARLY: _says("an agent took it before its time, which counts as given outside the license"),
    Reason.OVERRIDDEN: _says("decided by hand"),
    Reason.REJECTED_AGAIN: _says("the customer replied to a refusal, so a person should look"),
    Reason.REJECT_BREAKER: _says("unusually many tickets were rejected within the hour, which may mean bad data"),
    Reason.ARRIVED_LATE: _says("more than a day old when it arrived, so it does not wait"),
    Reason.COULD_NOT_DECIDE: _says("a fault of Deskgate's own kept it from deciding; please check the license by hand"),
}
