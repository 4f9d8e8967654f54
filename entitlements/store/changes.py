"""Changes: what people have worked out but not saved yet, and what was saved and moved."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from entitlements.errors import Conflict, NotFound
from entitlements.store.database import db
from entitlements.store.tables import Change, Fact

DRAFTS_LAST = timedelta(days=1)
LONGEST_SUBJECT = 200


def add_draft(kind: str, subject: str, payload: Mapping[str, Any], at: datetime, by: str) -> Change:
    """Keep a change that is not saved yet, for a day. The subject is cut to what is shown."""
    row = Change(id=secrets.token_hex(16), kind=kind, subject=subject[:LONGEST_SUBJECT], payload=dict(payload),
                 drafted_at=at, drafted_by=by)
    db.session.add(row)
    db.session.flush()
    return row


def get_change(change_id: str) -> Change:
    """Raises NotFound."""
    row = db.session.get(Change, change_id)
    if row is None:
        raise NotFound("there is no such change, or it was never saved and is forgotten")
    return row


def lock_draft(change_id: str) -> Change:
    """The same, locked until the transaction ends, and not saved yet. Raises NotFound, and Conflict for a saved one."""
    row = db.session.get(Change, change_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("there is no such change, or it was never saved and is forgotten")
    if row.saved_at is not None:
        raise Conflict("this change is saved already")
    return row


def discard_draft(change_id: str) -> None:
    """Forget a change that nobody wants to save. Raises NotFound, and Conflict for one that is saved."""
    db.session.delete(lock_draft(change_id))


def saved_changes(limit: int, since: datetime | None = None, kind: str = "") -> Sequence[Change]:
    """What was saved, the latest first."""
    query = select(Change).where(Change.saved_at.is_not(None)).order_by(Change.saved_at.desc(), Change.id).limit(limit)
    if since is not None:
        query = query.where(Change.saved_at >= since)
    return db.session.scalars(query.where(Change.kind == kind) if kind else query).all()


def forget_drafts(now: datetime) -> None:
    """Delete what was drafted more than a day ago and never saved."""
    db.session.execute(delete(Change).where(Change.saved_at.is_(None), Change.drafted_at < now - DRAFTS_LAST))


def fact(name: str) -> str:
    """What is remembered under that name; empty when nothing is."""
    row = db.session.get(Fact, name)
    return row.value if row else ""


def remember(name: str, value: str) -> None:
    """Remember it under that name, in place of what was remembered before."""
    db.session.merge(Fact(name=name, value=value))
