"""When to try a delivery again. The schedule is data; chance and time are handed in."""

from __future__ import annotations

from datetime import timedelta

from entitlements.rules.ticket import Severity

DELAYS = (5, 30, 120, 600, 1800, 3600, 7200)
"""Seconds to wait after the first, second, ... try that failed."""
LAST_DELAY = 4 * 3600
GIVE_UP_AFTER = timedelta(days=7)
URGENT_CAP = 60
URGENT_CAP_FOR = timedelta(hours=2)
JITTER = 0.2
UNKNOWN_DELAY = 60
"""Seconds that a try without an answer is given to have its effect: a proxy in front of a helpdesk waits that long."""


def delay_after(tries: int, severity: Severity, waited: timedelta, chance: float) -> float | None:
    """Seconds to wait after the given number of failed tries, or None when it is time to give up.

    `waited` is how long the delivery has waited because of failures; an outage of the whole helpdesk is no part of it.
    `chance` in [0, 1) spreads the delay by a fifth either way, so that what failed together does not come back
    together. Urgent tickets wait a minute at most during the first two hours.
    """
    if waited >= GIVE_UP_AFTER:
        return None
    delay: float = DELAYS[tries - 1] if tries <= len(DELAYS) else LAST_DELAY
    delay *= 1 - JITTER + 2 * JITTER * chance
    return min(delay, URGENT_CAP) if severity is Severity.URGENT and waited < URGENT_CAP_FOR else delay
