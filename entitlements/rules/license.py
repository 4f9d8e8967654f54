"""A license as a value: the terms a customer bought, and the state those terms are in at an instant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from entitlements.errors import ConfigError
from entitlements.rules.schedule import Schedule
from entitlements.rules.target import MilestoneKind, Target, TargetClock, Targets, find_target, require_one_each
from entitlements.rules.ticket import Severity


class LicenseState(StrEnum):
    """Where a license stands at an instant, worked out from its dates and its standing."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    ACTIVE = "active"
    GRACE = "grace"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """What people have set; `in_force` leaves the rest to the dates."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class OverLimit(StrEnum):
    """What a reached daily limit does to the next ticket: it waits, or it is let through and recorded as overrun."""

    QUEUE = "queue"
    ALLOW = "allow"


class Exemption(StrEnum):
    """The two checks that an exempt severity may skip."""

    SCHEDULE = "schedule"
    DAILY_LIMIT = "daily_limit"


@dataclass(frozen=True)
class Terms:
    """What was agreed: everything about a license but whose it is. Seconds for durations, local dates for the ends.

    Both dates are inclusive and read in the schedule's zone. An empty contact, product or channel list covers all.
    `schedule_name` is the name under which the schedule is kept, empty for hours that come with the license.
    Raises ConfigError, with the field named, for terms that cannot be meant.
    """

    schedule: Schedule
    starts_on: date
    ends_on: date
    grace_days: int = 0
    standing: Standing = Standing.IN_FORCE
    daily_limit: int | None = None
    over_limit: OverLimit = OverLimit.QUEUE
    reserve_seconds: int = 0
    exempt_severities: frozenset[Severity] = frozenset()
    exempt_from: frozenset[Exemption] = frozenset(Exemption)
    targets: Targets = frozenset()
    contacts: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    schedule_name: str = field(default="", compare=False)

    @property
    def sets_aside(self) -> bool:
        """Whether something of a daily limit is set aside for each ticket that is let in."""
        return bool(self.reserve_seconds) and self.daily_limit is not None

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise ConfigError(f"ends_on {self.ends_on} is before starts_on {self.starts_on}", field="ends_on")
        for name in ("grace_days", "reserve_seconds"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} must not be negative", field=name)
        if self.daily_limit is not None and self.daily_limit < 0:
            raise ConfigError("daily_limit must not be negative", field="daily_limit")
        require_one_each(self.targets)

    def target(self, kind: MilestoneKind, severity: Severity) -> Target | None:
        """How soon a ticket of that severity is to be answered or resolved; None where nothing is promised.

        Who is served around the clock has all hours for business time, so that the target runs on the wall clock.
        """
        found = find_target(self.targets, kind, severity)
        if found and severity in self.exempt_severities and Exemption.SCHEDULE in self.exempt_from:
            return replace(found, clock=TargetClock.WALL)
        return found


@dataclass(frozen=True)
class License:
    """One customer's license in one version of its terms. `id` and `version` point at the stored rows.

    `schedule_version` is the number of the version of its schedule, 0 for one that is not kept.
    """

    id: int
    version: int
    name: str
    customer: str
    terms: Terms
    plan: str = ""
    schedule_version: int = 0

    @property
    def zone(self) -> str:
        """The time zone of its dates, of its windows and of the day of its daily limit."""
        return self.terms.schedule.zone

    def state_at(self, at: datetime) -> LicenseState:
        """The state at an aware instant: what people set comes first, then the dates, grace included."""
        terms = self.terms
        if terms.standing is not Standing.IN_FORCE:
            return LicenseState(terms.standing.value)
        today = terms.schedule.local(at).date()
        if today < terms.starts_on:
            return LicenseState.UPCOMING
        if today <= terms.ends_on:
            return LicenseState.ACTIVE
        if (today - terms.ends_on).days <= terms.grace_days:
            return LicenseState.GRACE
        return LicenseState.EXPIRED

    def is_in_force(self, at: datetime) -> bool:
        """Whether it serves at an aware instant, grace included."""
        return self.state_at(at) in (LicenseState.ACTIVE, LicenseState.GRACE)

    def starts_at(self) -> datetime:
        """The aware UTC instant at which the start date begins in the license's zone."""
        return self.terms.schedule.first_instant_of(self.terms.starts_on)

    def starts_within_a_day_of(self, at: datetime) -> bool:
        return self.starts_at() - at <= timedelta(hours=24)
