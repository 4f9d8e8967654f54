"""The reject breaker: bad data must not turn customers away in numbers."""

from __future__ import annotations

ALWAYS_ALLOWED = 5
TIMES_THE_USUAL = 3


def is_tripped(last_hour: int, usual_per_hour: float) -> bool:
    """True when the rejects of the last hour exceed both five and three times the usual number of an hour."""
    return last_hour > ALWAYS_ALLOWED and last_hour > TIMES_THE_USUAL * usual_per_hour
