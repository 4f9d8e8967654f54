"""Changes before and after they are saved: what differs, what to be warned of, and which promised times would move.

What an admin saves is what was shown: the page carries the digest of all that it told, and saving works it out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from entitlements.errors import Conflict, DeskgateError, NotFound
from entitlements.rules.reasons import Outcome
from entitlements.rules.schedule_warnings import ScheduleWarning
from entitlements.rules.windows import windows_text
from entitlements.steps.changes import MOVES_KEPT, Change, Kind, Outlook, read_move, save_draft, work_out
from entitlements.steps.holiday_change import HolidayChange, read_holiday_change
from entitlements.steps.license_change import LicenseChange, read_license_change
from entitlements.steps.move import RELEASE, Move
from entitlements.steps.schedule_change import ScheduleChange, read_schedule_change
from entitlements.store import tables
from entitlements.store.changes import add_draft, discard_draft, get_change, saved_changes
from entitlements.store.customers import find_customer
from entitlements.store.database import TAKEN, transaction
from entitlements.store.holidays import find_set
from entitlements.store.schedules import find_schedule
from entitlements.web.pages.differences import (
    Dates,
    Difference,
    date_differences,
    schedule_as_saved,
    schedule_differences,
)
from entitlements.web.pages.guard import for_admins, for_agents, me, now
from entitlements.web.pages.license_form import form_arguments
from entitlements.web.pages.losses import Licenses, licenses_shown
from entitlements.web.pages.typed import sentence

bp = Blueprint("changes", __name__, url_prefix="/changes")
for_agents(bp)
MOST_LISTED, MOST_MOVES = 50, 100
KINDS = {Kind.SCHEDULE: "Schedule", Kind.HOLIDAYS: "Holidays", Kind.LICENSE: "License", Kind.ZONE_DATA: "Time zones"}
READERS: Mapping[str, Callable[[Mapping[str, Any]], Change]] = {
    Kind.SCHEDULE: read_schedule_change, Kind.HOLIDAYS: read_holiday_change, Kind.LICENSE: read_license_change}


@dataclass(frozen=True)
class Shown:
    """A change as its page tells it, worked out or saved. `trouble` says why it cannot be worked out any more."""

    row: tables.Change
    moves: tuple[Move, ...] = ()
    outlook: Outlook | None = None
    is_stale: bool = False
    trouble: str = ""
    differences: tuple[Difference, ...] = ()
    dates: Dates | None = None
    schedules: tuple[str, ...] = ()
    licenses: Licenses | None = None

    @property
    def can_be_saved(self) -> bool:
        return self.outlook is not None and self.outlook.differs and not self.is_stale

    @property
    def warnings(self) -> tuple[ScheduleWarning, ...]:
        return self.outlook.warnings if self.outlook else ()

    @property
    def counted(self) -> str:
        """`3 queued tickets and 2 due times`."""
        return counted(self.moves)

    @property
    def rejected(self) -> int:
        """How many of the queued tickets would be rejected."""
        return sum(move.outcome == Outcome.REJECT for move in self.moves)

    @property
    def were_more(self) -> bool:
        """Whether more moved than was kept."""
        return self.row.saved_at is not None and len(self.moves) >= MOVES_KEPT


bp.add_app_template_filter(windows_text, "windows")


def counted(moves: tuple[Move, ...]) -> str:
    """How many of each move, in words; empty when nothing does."""
    tickets = sum(move.what == RELEASE for move in moves)
    counts = ((tickets, "queued ticket"), (len(moves) - tickets, "due time"))
    return " and ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts if count)


@bp.get("")
def index() -> str:
    return render_template("pages/changes.html", changes=saved_changes(MOST_LISTED), change_kinds=KINDS,
                           most=MOST_LISTED, most_kept=MOVES_KEPT)


@bp.get("/<change_id>")
def show(change_id: str) -> str:
    row = get_change(change_id)
    shown = _saved(row) if row.saved_at is not None else _worked_out(row)
    return render_template("pages/change.html", shown=shown, row=row, change_kinds=KINDS, most=MOST_MOVES,
                           back=_back(row), edit=_form_of(row))


def _worked_out(row: tables.Change) -> Shown:
    try:
        change = _read(row)
        outlook = work_out(change, now(), current_app.extensions["deskgate"])
        return Shown(row, outlook.impact.moves, outlook, is_stale=change.is_stale(), **_told(change, now()))
    except DeskgateError as error:
        return Shown(row, trouble=sentence(str(error)))


def _read(row: tables.Change) -> Change:
    if row.kind not in READERS:
        raise NotFound("there is nothing to be saved in it")
    return READERS[row.kind](row.payload)


def _told(change: Change, at: datetime) -> dict[str, Any]:
    """What differs, told by kind."""
    if isinstance(change, ScheduleChange):
        return {"differences": tuple(schedule_differences(change))}
    if isinstance(change, HolidayChange):
        return {"dates": date_differences(change), "schedules": tuple(change.schedules())}
    return {"licenses": licenses_shown(change, at)} if isinstance(change, LicenseChange) else {}


def _saved(row: tables.Change) -> Shown:
    """What is kept of it: what it wrote, and what moved."""
    moves = tuple(map(read_move, row.moves))
    if row.kind == Kind.SCHEDULE:
        return Shown(row, moves, differences=tuple(schedule_as_saved(read_schedule_change(row.payload))))
    if row.kind == Kind.HOLIDAYS:
        return Shown(row, moves, dates=date_differences(read_holiday_change(row.payload)))
    return Shown(row, moves)


@bp.post("/<change_id>/save")
@for_admins
def save(change_id: str) -> Response:
    actor, digest, losing = me().name, request.form.get("digest", ""), request.form.get("losing", 0, type=int)
    get_change(change_id)
    try:
        with transaction():
            change = _read(get_change(change_id))
            _check_losses(change, losing)
            moved = counted(save_draft(change_id, change, digest, actor, current_app.extensions["deskgate"])
                            .impact.moves)
        flash(f"Saved. {sentence(f'{moved} moved') if moved else 'No promised time moved.'}", "good")
    except DeskgateError as error:
        flash(f"Nothing was saved: {sentence(str(error))}", "bad")
    except TAKEN:
        flash("Nothing was saved: somebody else saved something at the same moment. Look at it again.", "bad")
    return redirect(url_for("changes.show", change_id=change_id), 303)


def _check_losses(change: Change, confirmed: int) -> None:
    """Raises Conflict when so many customers would lose cover that somebody has to say it is meant, and nobody has."""
    if isinstance(change, LicenseChange):
        licenses = licenses_shown(change, now())
        losing = len(licenses.report.cover.loses)
        if licenses.are_many and losing != confirmed:
            raise Conflict(f"{losing} {'customer' if losing == 1 else 'customers'} would lose the cover they have now; "
                           "say that this is meant")


@bp.post("/<change_id>/discard")
@for_admins
def discard(change_id: str) -> Response:
    row = get_change(change_id)
    back = _back(row)
    with transaction():
        discard_draft(change_id)
    flash("Discarded: nothing was changed.", "good")
    return redirect(back, 303)


def _back(row: tables.Change) -> str:
    """The page of what the change is about, as far as there is one."""
    if row.kind == Kind.SCHEDULE and find_schedule(row.subject):
        return url_for("schedules.show", name=row.subject)
    if row.kind == Kind.HOLIDAYS:
        return url_for("holidays.show", name=row.subject) if find_set(row.subject) else url_for("holidays.index")
    if row.kind == Kind.LICENSE:
        customer = find_customer(row.subject.partition(":")[0])
        return url_for("customers.one", name=customer.name) if customer else url_for("customers.everybody")
    return url_for("schedules.index")


def _form_of(row: tables.Change) -> str:
    """Where a draft that was begun in a form can be edited further; empty where it was not."""
    if row.kind == Kind.SCHEDULE:
        known = find_schedule(row.subject)
        return url_for("edits.schedule", name=known.name if known else None, draft=row.id)
    asked = form_arguments(row.payload["content"]) if row.kind == Kind.LICENSE else None
    return url_for("edits.license", draft=row.id, **asked) if asked else ""


def keep_draft(change: Change, actor: str) -> Response:
    """Keep the change for its page, and lead there."""
    with transaction():
        change_id = add_draft(change.kind.value, change.subject, change.payload(), now(), actor).id
    return redirect(url_for("changes.show", change_id=change_id), 303)
