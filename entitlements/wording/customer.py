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
from entitlements.wording.sentences import say, say_special
from entitlements.wording.times import city, clock_text, date_text, duration_text, local, moment_for, moment_text


def customer_text(case: Case) -> str:
    """The sentences for the customer, in the language of the case."""
    if case.ticket.requester.is_known_by_domain_only:
        return _discreet(case)
    why = why_text(case)
    if case.decision.outcome is Outcome.REJECT:
        return say(case.language, "told.refused" if why else "refused", why=why, mend=_mend(case))
    return say(case.language, "told", why=why, next=next_text(case)) if why else next_text(case)


def why_text(case: Case) -> str:
    """Why, as a clause without its full stop; empty where the customer is told no reason."""
    return WHY.get(case.decision.reason, _plainly)(case)


def next_text(case: Case) -> str:
    """What happens next, in a sentence; for a refusal, whom to turn to."""
    decision = case.decision
    if decision.outcome is Outcome.REJECT:
        return _mend(case)
    if decision.release_at is not None:
        return _promise(case)
    if decision.reason is Reason.TAKEN_EARLY:
        return say(case.language, "next.taken")
    return say(case.language, "next.triage" if decision.triage else "next.team")


def release_text(case: Case, *, about: bool = False) -> str:
    """When a queued ticket reaches the team, in the license's time and, where that differs, the customer's own; empty
    for a ticket that does not wait."""
    release_at = case.decision.release_at
    if release_at is None:
        return ""
    return moment_for(release_at, case.zone, case.customer_zone, case.now, about=about, language=case.language)


def contact_text(case: Case) -> str:
    """Whom to turn to about a license."""
    return case.renewal_contact or say(case.language, "contact")


def _promise(case: Case) -> str:
    if case.opens_at_release:
        return say(case.language, "next.opens", moment=release_text(case))
    return say(case.language, "next.waits", moment=release_text(case, about=True))


def _mend(case: Case) -> str:
    return say_special(case.language, "mend", case.decision.reason.value, contact=contact_text(case))


def _discreet(case: Case) -> str:
    release_at = case.decision.release_at
    if case.decision.outcome is Outcome.REJECT:
        mend = say(case.language, "mend", contact=contact_text(case))
        return say(case.language, "discreet.refused", mend=mend)
    if release_at is None:
        return next_text(case)
    return say(case.language, "next.waits", moment=moment_text(
        release_at, case.customer_zone or case.zone, case.now, about=True, language=case.language))


def _why(case: Case, special: str = "", **places: object) -> str:
    """The clause of the reason, in the special form that is asked for if there is one."""
    return say_special(case.language, f"why.{case.decision.reason}", special, **places)


def _plainly(case: Case) -> str:
    return _why(case)


def _within_hours(case: Case) -> str:
    closes = case.license.terms.schedule.next_close(case.now)
    if closes is None:
        return _why(case)
    shown, today = local(closes, case.zone), local(case.now, case.zone).date()
    if shown.date() != today:
        return _why(case, "until", moment=moment_text(closes, case.zone, case.now, language=case.language))
    return _why(case, "today", time=clock_text(shown), place=city(case.zone, case.language))


def _hours(case: Case) -> str:
    return _why(case, hours=hours_text(case.license.terms.schedule, case.language))


def _daily_limit(case: Case) -> str:
    limit = case.license.terms.daily_limit or 0
    return _why(case, limit=duration_text(limit, case.language)) if limit else _why(case, "none")


def _in_grace(case: Case) -> str:
    return _why(case, "renew" if case.renewal_contact else "", ended_on=case.ends_on(case.language),
                grace_ends_on=case.grace_ends_on(case.language), contact=case.renewal_contact)


def _exempt(case: Case) -> str:
    return _why(case, severity=say(case.language, f"severity.{case.ticket.severity}"))


WHY: dict[Reason, Callable[[Case], str]] = {
    Reason.LICENSE_EXPIRED: lambda case: _why(case, ended_on=case.ends_on(case.language)),
    Reason.LICENSE_NOT_STARTED: lambda case: _why(case, starts_on=date_text(case.license.terms.starts_on,
                                                                            case.language)),
    Reason.NOT_COVERED: lambda case: _why(case, case.missing, name=case.missing_name),
    Reason.OUTSIDE_HOURS: _hours,
    Reason.DAILY_LIMIT_REACHED: _daily_limit,
    Reason.IN_GRACE: _in_grace,
    Reason.SEVERITY_EXEMPT: _exempt,
    Reason.ALWAYS_OPEN: _hours,
    Reason.WITHIN_HOURS: _within_hours,
}
"""The clauses with places to fill in; the others stand as they are."""
