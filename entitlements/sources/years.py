"""The years that holidays can be asked for.

They end with 2037, where time-zone data ends too, and are few enough that an import stays a matter of a moment.
"""

from __future__ import annotations

from collections.abc import Sequence

from entitlements.errors import ConfigError

FIRST_YEAR, LAST_YEAR = 1990, 2037
MOST_YEARS = 30


def checked_years(years: Sequence[int]) -> tuple[int, ...]:
    """The years in order, each once; raises ConfigError (field `years`) for none, too many, or one out of range."""
    if not years:
        raise ConfigError("Name at least one year.", field="years")
    if len(years) > MOST_YEARS:
        raise ConfigError(f"Holidays are read for at most {MOST_YEARS} years at a time.", field="years")
    ordered = tuple(sorted(set(years)))
    if ordered[0] < FIRST_YEAR or ordered[-1] > LAST_YEAR:
        raise ConfigError(f"Holidays are known from {FIRST_YEAR} to {LAST_YEAR} only.", field="years")
    return ordered
