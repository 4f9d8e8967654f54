"""How fast a helpdesk is written to: a share of what it allows, since agents work within the same limit.

The share falls while the helpdesk says that little is left, or refuses, and comes back slowly. What people wait for
goes before the herd that an opening lets go: the last part of what may be spent is kept for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

BURST_SECONDS = 10.0
KEPT_FOR_LIVE = 0.5
LOWEST_PACE, PACE_REGAINED = 0.1, 0.02
PLENTY = 0.3


@dataclass(frozen=True)
class Purse:
    """Changes that may be made now. It fills with time, up to those of ten seconds; `at` is aware UTC."""

    changes: float
    at: datetime

    def filled(self, per_minute: float, now: datetime) -> Purse:
        """As it is at `now`. A clock that went back fills nothing."""
        since = max(0.0, (now - self.at).total_seconds())
        return Purse(min(brimful(per_minute), self.changes + since * per_minute / 60), now)

    def less(self, changes: float) -> Purse:
        return Purse(self.changes - changes, self.at)

    def for_live(self) -> int:
        """How many deliveries may go out that somebody waits for."""
        return max(0, int(self.changes))

    def for_herd(self, per_minute: float) -> int:
        """How many calls of the herd may go out, leaving the part that is kept for live tickets."""
        kept = brimful(per_minute) * KEPT_FOR_LIVE
        return max(0, int(self.changes - kept)) if kept >= 1 else self.for_live()


def brimful(per_minute: float) -> float:
    """The most that a purse holds, in changes; never less than one."""
    return max(1.0, per_minute * BURST_SECONDS / 60)


def pace_by_quota(limit: int, remaining: int) -> float:
    """The part of the usual share to take when `remaining` of `limit` are left: all of it while there is plenty."""
    if limit <= 0:
        return 1.0
    return max(LOWEST_PACE, min(1.0, remaining / limit / PLENTY))


def pace_after_refusal(pace: float) -> float:
    """Half of it, when the helpdesk has said that it was too much."""
    return max(LOWEST_PACE, pace / 2)


def pace_after_success(pace: float) -> float:
    """A little more, call by call."""
    return min(1.0, pace + PACE_REGAINED)
