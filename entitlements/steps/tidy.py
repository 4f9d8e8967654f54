"""Housekeeping: what has had its time is deleted, and each worker gives signs of life."""

from __future__ import annotations

from datetime import datetime

from entitlements.store.changes import forget_drafts
from entitlements.store.connections import forget_old_secrets
from entitlements.store.database import transaction
from entitlements.store.deliveries import let_go_of
from entitlements.store.keeping import delete_expired, forget_refused_texts, forget_worker, note_alive
from entitlements.store.reading import let_go_of_events


def tidy(now: datetime, raw_days: int) -> None:
    """Delete what has expired; texts of tickets go after `raw_days`. Opens a transaction."""
    with transaction():
        delete_expired(now, raw_days)
        forget_refused_texts(now, raw_days)
        forget_drafts(now)
        forget_old_secrets(now)


def beat(worker: str, now: datetime, capacity: int) -> None:
    """Say that a worker is alive, and how many deliveries it can make at once. Opens a transaction."""
    with transaction():
        note_alive(worker, now, capacity)


def sign_off(worker: str) -> None:
    """Say that a worker has ended, so that nobody waits for it, and let go of what it had not begun. Opens a
    transaction."""
    with transaction():
        let_go_of(worker)
        let_go_of_events(worker)
        forget_worker(worker)
