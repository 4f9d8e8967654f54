"""What is put into words: a decision, the ticket it is about, and what its reader needs besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from entitlements.rules.decision import Decision, Value
from entitlements.rules.language import Language
from entitlements.rules.license import License
from entitlements.rules.reasons import CheckName, Reason
from entitlements.rules.ticket import Ticket
from entitlements.wording.times import date_text

LABELS = {
    Reason.UNKNOWN_CUSTOMER: "customer unknown",
    Reason.AMBIGUOUS_CUSTOMER: "customer ambiguous",
    Reason.NO_LICENSE: "no license",
    Reason.LICENSE_EXPIRED: "license expired",
    Reason.LICENSE_SUSPENDED: "license suspended",
    Reason.LICENSE_CANCELLED: "license cancelled",
    Reason.LICENSE_NOT_STARTED: "license not started",
    Reason.CONTACT_NOT_COVERED: "contact not covered",
    Reason.NOT_COVERED: "not covered",
    Reason.OUTSIDE_HOURS: "outside hours",
    Reason.HOLIDAY: "holiday",
    Reason.DAILY_LIMIT_REACHED: "daily limit reached",
    Reason.IN_GRACE: "in grace",
    Reason.SEVERITY_EXEMPT: "covered at any hour",
    Reason.ALWAYS_OPEN: "always open",
    Reason.WITHIN_HOURS: "within hours",
    Reason.LIVE_CONTACT: "live contact",
    Reason.TAKEN_EARLY: "taken early",
    Reason.OVERRIDDEN: "decided by hand",
    Reason.REJECTED_AGAIN: "rejected again",
    Reason.REJECT_BREAKER: "too many rejects",
    Reason.ARRIVED_LATE: "arrived late",
    Reason.COULD_NOT_DECIDE: "could not decide",
}
CLOSED = frozenset({Reason.OUTSIDE_HOURS, Reason.HOLIDAY})
WAITS = CLOSED | {Reason.DAILY_LIMIT_REACHED}


def reason_label(reason: Reason) -> str:
    """The reason in two or three words, for lists: `outside hours`."""
    return LABELS[reason]


@dataclass(frozen=True)
class Case:
    """A decision to be explained. `customer_zone` is where the customer's people read clocks, empty if not known;
    `renewal_contact` whom to turn to about a license; `language` that of the customer. `released`: the ticket has
    waited in the queue until now."""

    decision: Decision
    ticket: Ticket
    customer_zone: str = ""
    renewal_contact: str = ""
    language: Language = Language.ENGLISH
    released: bool = False

    @property
    def license(self) -> License:
        """The license the decision comes from; only asked for where the reason implies that there is one."""
        assert self.decision.license is not None
        return self.decision.license

    @property
    def zone(self) -> str:
        """The zone times are told in: the license's, else the customer's, else UTC."""
        return self.decision.license.zone if self.decision.license else self.customer_zone or "UTC"

    @property
    def now(self) -> datetime:
        return self.decision.as_of

    def seen(self, check: CheckName, value: str) -> Value:
        """A value that a check of the decision saw; None where it saw none."""
        return next((each.values.get(value) for each in self.decision.checks if each.name is check), None)

    @property
    def opens_at_release(self) -> bool:
        """True when the release is the very opening of the schedule, and not a later one for want of time left."""
        release_at = self.decision.release_at
        return self.decision.reason in CLOSED and release_at == self.seen(CheckName.SCHEDULE, "opens")

    def ends_on(self, language: Language = Language.ENGLISH) -> str:
        return date_text(self.license.terms.ends_on, language)

    def grace_ends_on(self, language: Language = Language.ENGLISH) -> str:
        terms = self.license.terms
        return date_text(terms.ends_on + timedelta(days=terms.grace_days), language)

    @property
    def missing(self) -> str:
        """What of the ticket the license does not cover: `product`, `channel`, or nothing that has a name."""
        missing = self.seen(CheckName.COVERAGE, "missing")
        return str(missing) if missing in ("product", "channel") else ""

    @property
    def missing_name(self) -> str:
        """That product or channel."""
        return {"product": self.ticket.product, "channel": self.ticket.channel}.get(self.missing, "")
