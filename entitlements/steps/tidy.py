"""Housekeeping: what has had its time is deleted, and each worker gives signs of life."""

from __future__ import annotations

from datetime import datetime

from entitlements.store.changes import forget_drafts
from entitlements.store.database import transaction
from entitlements.store.keeping import delete_expired, forget_refused_texts, forget_worker, note_alive


def tidy(now: datetime, raw_days: int) -> None:
    """Delete what has expired; texts of tickets go after `raw_days`. Opens a transaction."""
    with transaction():
        delete_expired(now, raw_days)
        forget_refused_texts(now, raw_days)
        forget_drafts(now)


def beat(worker: str, now: datetime) -> None:
    """Say that a worker is alive. Opens a transaction."""
    with transaction():
        note_alive(worker, now)


def sign_off(worker: str) -> None:
    """Say that a worker has ended, so that nobody waits for it. Opens a transaction."""
    with transaction():
        forget_worker(worker)
