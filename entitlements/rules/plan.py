"""A plan as a value: the named terms that licenses start from, without dates, zone and customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.rules.license import Exemption, OverLimit
from entitlements.rules.ticket import Severity
from entitlements.rules.windows import parse_week


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

    def __post_init__(self) -> None:
        parse_week(self.weekly)
        for field in ("grace_days", "reserve_minutes", "daily_limit"):
            value = getattr(self, field)
            if value is not None and value < 0:
                raise ConfigError(f"{field} must not be negative", field=field)
