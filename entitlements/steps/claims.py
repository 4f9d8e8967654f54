"""The right to try a delivery once: handed over in batches, begun by a worker, taken up when that worker falls silent.

A claim raises the delivery's generation, and a result is written only by the claim that is still the latest: two
workers never both win, and one that was paused and wakes up late changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from entitlements.helpdesk import Permit
from entitlements.rules.retry import UNKNOWN_DELAY, delay_after
from entitlements.rules.ticket import Severity
from entitlements.store import db, tables
from entitlements.store.database import transaction
from entitlements.store.deliveries import begin, is_anything_lost, lost_deliveries

SILENT_FOR = timedelta(seconds=5)
"""A worker that has not said for so long that it is alive is taken to be dead."""
LOST_AT_ONCE = 2
"""After so many tries a second worker that dies over a delivery makes it wait, lest it ends one after another."""


@dataclass(frozen=True)
class Claim:
    """One worker's right to try a delivery once."""

    delivery_id: int
    generation: int


@dataclass(frozen=True)
class Batch:
    """Claims that are tried together, in one call where there are several."""

    claims: tuple[Claim, ...]

    def __len__(self) -> int:
        return len(self.claims)


@dataclass(frozen=True)
class Trying:
    """Who tries (empty: nobody in particular), with what leave, and the chance in [0, 1) that spreads the next try."""

    worker: str = ""
    permit: Permit | None = None
    chance: float = 0.5


def is_still_mine(mine: Claim, worker: str, now: datetime) -> bool:
    """Whether the claim is this worker's to try; one that was handed over to nobody in particular becomes it."""
    row = db.session.get(tables.Delivery, mine.delivery_id, populate_existing=True)
    held = row is not None and row.generation == mine.generation and row.state == "sending"
    if row is None or not held or row.claimed_by == worker:
        return held
    if row.claimed_by:
        return False
    with transaction():
        return begin(mine.delivery_id, mine.generation, worker, now)


def take_up_lost(now: datetime) -> int:
    """Free what was claimed by a worker that has fallen silent, or handed over and never begun. Returns how many."""
    silent_since = now - SILENT_FOR
    if not is_anything_lost(silent_since):
        return 0
    with transaction():
        rows = lost_deliveries(silent_since)
        for row in rows:
            _free(row, now)
        return len(rows)


def _free(row: tables.Delivery, now: datetime) -> None:
    row.state = "waiting"
    if not row.claimed_by:
        return
    is_first_loss, row.repeat_from = row.repeat_from is None, now + timedelta(seconds=UNKNOWN_DELAY)
    row.tries += 1
    if row.tries > LOST_AT_ONCE and not is_first_loss:
        delay = delay_after(row.tries, Severity(row.ticket.severity), timedelta(seconds=row.waited), 0.5) or 0
        row.due_at, row.waited = now + timedelta(seconds=delay), row.waited + int(delay)
