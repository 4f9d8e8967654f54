"""How long a helpdesk asks to be left alone: every product has a header of its own for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

RETRY = ("Retry-After", "X-RateLimit-Retry-After")
RESET = ("X-RateLimit-Reset", "RateLimit-Reset")
"""When a limit begins anew: an instant or seconds. Sent with every answer, so that only a refusal makes it a wish."""
TOO_MANY = frozenset({429, 503})
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 3600.0
FIRST_UNIX_TIME = 1e9
"""What is larger is no number of seconds to wait, it is an instant in unix time: this one was in 2001."""


def told_wait(header: Callable[[str], str], status: int, now: datetime | None) -> float | None:
    """The first wait that makes sense among the headers of an answer, in seconds; None when it names none."""
    names = RETRY + RESET if status in TOO_MANY else RETRY
    waits = (seconds_to_wait(header(name), now) for name in names)
    return next((wait for wait in waits if wait is not None), None)


def seconds_to_wait(value: str, now: datetime | None) -> float | None:
    """A wait in seconds, or until a unix time, an ISO time or an HTTP date: seconds from `now`, between 1 and 3600."""
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,15}", value):
        number = float(value)
        if number < FIRST_UNIX_TIME:
            return _clamped(number)
        return None if now is None else _clamped(number - now.timestamp())
    until = _instant(value)
    return None if now is None or until is None else _clamped((until - now).total_seconds())


def _instant(value: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            until = read(value)
            return until.astimezone(timezone.utc) if until.tzinfo else until.replace(tzinfo=timezone.utc)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _clamped(seconds: float) -> float:
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)
