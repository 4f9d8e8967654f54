"""Every outcome and every reason a decision can give. The sentences that go with them are in `wording`."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What happens to a ticket: to agents now, wait until `release_at`, or decline with a reason."""

    ROUTE = "route"
    QUEUE = "queue"
    REJECT = "reject"


class CheckName(StrEnum):
    """The checks of a decision, in the order in which they are made."""

    CUSTOMER = "customer"
    LICENSE = "license"
    COVERAGE = "coverage"
    SEVERITY = "severity"
    SCHEDULE = "schedule"
    DAILY_LIMIT = "daily_limit"


class Reason(StrEnum):
    """Why. The first block comes from the checks, the second from people and from care taken around them."""

    UNKNOWN_CUSTOMER = "unknown_customer"
    AMBIGUOUS_CUSTOMER = "ambiguous_customer"
    NO_LICENSE = "no_license"
    LICENSE_EXPIRED = "license_expired"
    LICENSE_SUSPENDED = "license_suspended"
    LICENSE_CANCELLED = "license_cancelled"
    LICENSE_NOT_STARTED = "license_not_started"
    CONTACT_NOT_COVERED = "contact_not_covered"
    NOT_COVERED = "not_covered"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    DAILY_LIMIT_REACHED = "daily_limit_reached"
    IN_GRACE = "in_grace"
    SEVERITY_EXEMPT = "severity_exempt"
    ALWAYS_OPEN = "always_open"
    WITHIN_HOURS = "within_hours"

    LIVE_CONTACT = "live_contact"
    TAKEN_EARLY = "taken_early"
    OVERRIDDEN = "overridden"
    REJECTED_AGAIN = "rejected_again"
    REJECT_BREAKER = "reject_breaker"
    ARRIVED_LATE = "arrived_late"
    COULD_NOT_DECIDE = "could_not_decide"


IN_HOURS = frozenset({Reason.ALWAYS_OPEN, Reason.WITHIN_HOURS})
"""Reasons of an everyday route: at most one write in the helpdesk, no comment."""
