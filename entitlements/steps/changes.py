"""Changes that people make to schedules, holiday sets and licenses: worked out, shown, and saved as shown.

One path for pages and commands. A change is worked out against the database as it is: what it writes, what an admin
should be warned of, and which promised times would move. What was shown has a digest; saving works everything out once
more in its own transaction and refuses when it comes out differently.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from entitlements.errors import Conflict
from entitlements.rules.schedule_warnings import ScheduleWarning
from entitlements.steps.context import Deskgate
from entitlements.steps.impact import Impact, Licenses, impact_of, schedules_changed
from entitlements.steps.milestones import replan_milestones
from entitlements.steps.move import RELEASE, Move
from entitlements.store import tables
from entitlements.store.access import audit
from entitlements.store.changes import add_draft, lock_draft
from entitlements.store.database import hold_terms
from entitlements.store.tickets import wake

MOVES_KEPT = 1000


class Kind(StrEnum):
    """What a change is about."""

    SCHEDULE = "schedule"
    HOLIDAYS = "holidays"
    LICENSE = "license"
    ZONE_DATA = "zone_data"


class Change(Protocol):
    """One edit, as a value. Reading and writing happen in the caller's session."""

    @property
    def kind(self) -> Kind: ...

    @property
    def subject(self) -> str:
        """What is changed, by name."""

    def payload(self) -> dict[str, object]:
        """What will be written, JSON-able; it comes back through the kind's own reader."""

    def is_stale(self) -> bool:
        """Whether somebody else has saved another change to the same thing since this one was begun."""

    def differs(self) -> bool:
        """Whether saving it would change anything."""

    def licenses(self) -> tuple[Licenses, Licenses]:
        """The licenses of the customers concerned, as they are and as they would be."""

    def warnings(self, now: datetime) -> tuple[ScheduleWarning, ...]:
        """What an admin should know before saving."""

    def seen(self) -> object:
        """What else was shown, JSON-able: the state of the database that it was worked out against."""

    def anew(self) -> Change:
        """The same change, with nothing kept in mind of the database."""

    def write(self, actor: str, now: datetime) -> None:
        """Write it down. Called inside a transaction."""


@dataclass(frozen=True)
class Outlook:
    """A change worked out: what it would move and what to be warned of. `digest` stands for all that was shown."""

    kind: Kind
    subject: str
    differs: bool
    warnings: tuple[ScheduleWarning, ...]
    impact: Impact
    digest: str


def work_out(change: Change, now: datetime, deskgate: Deskgate) -> Outlook:
    """What saving the change would do, as of an aware UTC instant. Writes nothing. Raises ConfigError, NotFound."""
    impact, warnings = impact_of(*change.licenses(), now, deskgate), change.warnings(now)
    return Outlook(change.kind, change.subject, change.differs(), warnings, impact, _digest(change, warnings, impact))


def _digest(change: Change, warnings: tuple[ScheduleWarning, ...], impact: Impact) -> str:
    shown = [change.kind, change.payload(), change.seen(), [warning.message for warning in warnings],
             [_stand_for(move) for move in impact.moves]]
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()


def _stand_for(move: Move) -> dict[str, object]:
    """What of a move has to stay as shown. The due time of a running milestone does not: where the new hours are closed
    and the old ones open, it comes nearer with every second that is still used up."""
    told = move_dict(move)
    return told if move.what == RELEASE else {**told, "after": None}


def save(change: Change, shown: Outlook, actor: str, now: datetime, deskgate: Deskgate) -> Outlook:
    """Save a change that was shown. Called inside a transaction.

    Raises Conflict when somebody saved another one meanwhile, or when other times would move than were shown.
    """
    outlook = _save(change, shown.digest, actor, now, deskgate)
    row = add_draft(change.kind, change.subject, change.payload(), now, actor)
    keep_moves(row, outlook.impact, actor, now)
    return outlook


def _save(change: Change, digest: str, actor: str, now: datetime, deskgate: Deskgate) -> Outlook:
    hold_terms()
    change = change.anew()
    if change.is_stale():
        raise Conflict(f"{change.subject} has been changed by somebody else meanwhile; look at it again")
    outlook = work_out(change, now, deskgate)
    if outlook.digest != digest:
        raise Conflict("what would move is not what was shown any more; look at it again")
    before, after = change.licenses()
    changed = schedules_changed(before, after)
    change.write(actor, now)
    wake(outlook.impact.ticket_ids, now)
    replan_milestones(changed, now)
    audit(actor=actor, action=f"{change.kind}.save", subject=f"{change.kind}:{change.subject}", at=now,
          values={"moved": len(outlook.impact.moves)})
    return outlook


def save_draft(change_id: str, change: Change, digest: str, actor: str, deskgate: Deskgate) -> Outlook:
    """Save a change that was kept as a draft, as it was shown. Called inside a transaction. Raises Conflict."""
    hold_terms()
    row, now = lock_draft(change_id), deskgate.clock.now()
    outlook = _save(change, digest, actor, now, deskgate)
    keep_moves(row, outlook.impact, actor, now)
    return outlook


def keep_moves(row: tables.Change, impact: Impact, actor: str, now: datetime) -> None:
    """Note on the change that it was saved, by whom, and what it moved."""
    row.saved_at, row.saved_by = now, actor
    row.moves = [move_dict(move) for move in impact.moves[:MOVES_KEPT]]


def move_dict(move: Move) -> dict[str, object]:
    """A move as JSON, instants as text."""
    written = asdict(move)
    return {**written, "before": _text(move.before), "after": _text(move.after)}


def read_move(written: Mapping[str, object]) -> Move:
    """The move that `move_dict` wrote."""
    move = Move(**written)  # type: ignore[arg-type]
    return replace(move, before=_instant(written["before"]), after=_instant(written["after"]))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
