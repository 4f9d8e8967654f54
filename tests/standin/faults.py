"""How the stand-in misbehaves: which fault comes next is thrown from a seed, and each one that fires is counted."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

LOST = "applied, then the answer dropped"
LATE = "applied long after the client gave up"
HANGS = "never answered, never applied"
BUSY = "429 with Retry-After"
BROKEN = "500, 502 or 503"
BROKEN_AFTER = "applied, then 500"
CUT = "applied, then the answer cut"
HTML = "HTML instead of JSON, not applied"
HTML_AFTER = "applied, then HTML instead of JSON"

USUAL = {LOST: 20, CUT: 15, BUSY: 15, BROKEN: 20, BROKEN_AFTER: 10, HTML: 8, HTML_AFTER: 8, LATE: 3, HANGS: 1}
"""How often each comes, beside the others. The last two keep a thread of the client for seconds, hence so rarely."""

LATE_BY = (8.0, 11.0)
"""Seconds after which a change is applied late: the client has given up after seven."""

ODD_WAITS = ("0", "-5", "", "soon", "1.5", "2, 3", "NaN", "1e3", "99999999999999999999", "Thu, 99 Foo 2026 25:61 GMT")


class Faults:
    """Throws faults for a share of the requests. Thread-safe; `counts` says how often each fired."""

    def __init__(self, seed: int):
        self.counts: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._late_by = LATE_BY
        self._share, self._kinds, self._weights = 0.0, list(USUAL), list(USUAL.values())

    def set(self, share: float, weights: dict[str, float] | None, late_by: tuple[float, float]) -> None:
        """Misbehave in a share of the requests, 0 to 1; with other kinds than the usual ones if told."""
        with self._lock:
            self._late_by = late_by
            chosen = weights or USUAL
            self._share, self._kinds, self._weights = share, list(chosen), list(chosen.values())

    def next(self) -> str:
        """The fault for the next request, or an empty text."""
        with self._lock:
            if self._random.random() >= self._share:
                return ""
            fault = self._random.choices(self._kinds, self._weights)[0]
            self.counts[fault] += 1
            return fault

    def wait(self) -> str:
        """A Retry-After: seconds, a date, or something that is neither."""
        with self._lock:
            form = self._random.randrange(3)
            if form == 0:
                return str(self._random.randint(1, 2))
            if form == 1:
                at = datetime.now(timezone.utc) + timedelta(seconds=self._random.choice((-3600, 1, 2)))
                return format_datetime(at, usegmt=True)
            return self._random.choice(ODD_WAITS)

    def status(self) -> int:
        with self._lock:
            return self._random.choice((500, 502, 503))

    def late_by(self) -> float:
        with self._lock:
            return self._random.uniform(*self._late_by)
