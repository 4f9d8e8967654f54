"""How much of each license's daily limit is used up. A value: the store counts, this only answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from entitlements.rules.license import License


@dataclass(frozen=True)
class Usage:
    """Seconds used, reservations included, by license id and local day."""

    seconds: Mapping[tuple[int, date], int] = field(default_factory=dict)

    def used(self, license: License, day: date) -> int:
        """Seconds used on that day; what is given back beyond that adds nothing to the limit."""
        return max(0, self.seconds.get((license.id, day), 0))

    def remaining(self, license: License, day: date) -> int | None:
        """Seconds left on that day, negative past the limit; None when the license has no daily limit."""
        limit = license.terms.daily_limit
        return None if limit is None else limit - self.used(license, day)

    def is_open_to_use(self, license: License, at: datetime) -> bool:
        """True when something is left of the limit of the day that the instant belongs to."""
        left = self.remaining(license, license.terms.schedule.day_of(at))
        return left is None or left > 0
