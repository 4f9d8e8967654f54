"""The second look at a queued ticket, before anybody acts on it: what would be decided about it now.

A second look may route, re-time or improve. It turns a queued ticket into a reject only when the license was cancelled
or suspended; whatever else it finds, the ticket goes to people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from entitlements.rules.decision import Decision
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Ticket

log = logging.getLogger(__name__)
MAY_STILL_REJECT = frozenset({Reason.LICENSE_CANCELLED, Reason.LICENSE_SUSPENDED})
Judge = Callable[[Ticket, datetime], Decision]


def second_look(ticket: Ticket, release_at: datetime | None, now: datetime, judge: Judge) -> Decision:
    """Judge as of the promised time, should we be late for it, else as of now. A queue always ends in the future."""
    decision = judge(ticket, as_of(release_at, now))
    if decision.release_at is not None and decision.release_at <= now:
        decision = judge(ticket, now)
    if decision.release_at is not None and decision.release_at <= now:
        log.error("a ticket would be queued until the past; a person has to look")
        return as_routed(decision, Reason.COULD_NOT_DECIDE, triage=True)
    if decision.outcome is Outcome.REJECT and decision.reason not in MAY_STILL_REJECT:
        return replace(decision, outcome=Outcome.ROUTE, triage=True)
    return decision


def as_of(release_at: datetime | None, now: datetime) -> datetime:
    """Now, or the promised time when we are late for it: an outage of ours must not cost the customer an opening."""
    return min(release_at, now) if release_at is not None else now


def as_routed(decision: Decision, reason: Reason, *, triage: bool = False) -> Decision:
    """The same decision, let through for a reason that is not the license's. The verdict stays readable."""
    return replace(decision, outcome=Outcome.ROUTE, reason=reason, release_at=None, triage=triage,
                   verdict=decision.verdict or decision.reason)
