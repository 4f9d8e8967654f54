"""A move: a promised time that would come out differently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

RELEASE = "release_at"


@dataclass(frozen=True)
class Move:
    """A time that would come out differently: `what` is `release_at`, `respond_by` or `resolve_by`.

    `after` is None where the ticket would go at once, or would never be due; `outcome` and `reason` are what would be
    decided about a queued ticket. Instants are aware UTC, `zone` the license's.
    """

    what: str
    ticket_id: int
    number: str
    customer: str
    zone: str
    before: datetime | None
    after: datetime | None
    outcome: str = ""
    reason: str = ""
