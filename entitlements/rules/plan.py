"""A plan as a value: the named terms that licenses start from, without dates, zone and customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.rules.license import Exemption, OverLimit
from entitlements.rules.target import Targets, require_one_each
from entitlements.rules.ticket import Severity
from entitlements.rules.windows import parse_week, parse_weekly


@dataclass(frozen=True)
class Plan:
    """What a license of this plan has unless it says otherwise. `weekly` is in the form that Schedule reads.

    Raises ConfigError, with the field named, for a plan that cannot be meant.
    """

    name: str
    weekly: Mapping[str, list[list[str]]]
    description: str = ""
    daily_limit: int | None = None
    over_limit: OverLimit = OverLimit.QUEUE
    reserve_minutes: int = 0
    grace_days: int = 0
    exempt_severities: frozenset[Severity] = frozenset()
    exempt_from: frozenset[Exemption] = frozenset(Exemption)
    targets: Targets = frozenset()

    def __post_init__(self) -> None:
        parse_week(self.weekly)
        for field in ("grace_days", "reserve_minutes", "daily_limit"):
            value = getattr(self, field)
            if value is not None and value < 0:
                raise ConfigError(f"{field} must not be negative", field=field)
        require_one_each(self.targets)


AROUND_THE_CLOCK = Plan(name="24x7", description="Support around the clock.",
                        weekly=parse_weekly("mon-sun 00:00-24:00"))
BUSINESS_HOURS = Plan(name="Business hours", description="Monday to Friday, 9 to 5.",
                      weekly=parse_weekly("mon-fri 09:00-17:00"))
THREE_HOURS_A_DAY = Plan(name="Three hours a day", description="At any time, up to three hours of work a day.",
                         weekly=parse_weekly("mon-sun 00:00-24:00"), daily_limit=3 * 3600)
STANDARD_PLANS = (AROUND_THE_CLOCK, BUSINESS_HOURS, THREE_HOURS_A_DAY)
"""The plans that every Deskgate knows, unless it has plans of its own by these names."""
