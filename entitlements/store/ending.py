"""Schedules whose holidays run out, so that nobody is promised an answer on a holiday that nobody has entered.

It is counted on every page, so it is worked out once a day and whenever a schedule or a license changes; what the
holidays of a version come to is never worked out twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from entitlements.rules.schedule_warnings import TELL_DAYS, holidays_end_on
from entitlements.store.database import db, in_slices
from entitlements.store.latest import is_current
from entitlements.store.schedules import schedule_value
from entitlements.store.tables import LicenseVersion, Schedule, ScheduleVersion

ONE_DAY = timedelta(days=1)  # in no zone is it another date by more than this
KEPT = "deskgate_ending_holidays"
Version = tuple[int, int]  # of a schedule: its id, and the number of the version


@dataclass(frozen=True)
class EndingHolidays:
    """A schedule in use, the last local date that is a holiday of it, and the holiday sets it has them from."""

    schedule: str
    ends_on: date
    sets: tuple[str, ...]


@dataclass(frozen=True)
class _Kept:
    """What was worked out, of which state of the database and for which date."""

    state: tuple[object, ...]
    ends: dict[Version, date | None]
    found: tuple[EndingHolidays, ...]


def ending_holidays(now: datetime) -> tuple[EndingHolidays, ...]:
    """Those whose last holiday is at most TELL_DAYS from an aware UTC instant, or past; the first to end comes first.

    Only schedules that a license has which was not cancelled and has not ended.
    """
    kept: _Kept | None = current_app.extensions.get(KEPT)
    state = (now.date(), *_newest())
    if kept is None or kept.state != state:
        kept = current_app.extensions[KEPT] = _work_out(now.date(), state, kept.ends if kept else {})
    return kept.found


def _newest() -> tuple[int, int]:
    """Grows whenever a schedule or a license changes."""
    row = db.session.execute(select(select(func.max(ScheduleVersion.id)).scalar_subquery(),
                                    select(func.max(LicenseVersion.id)).scalar_subquery())).one()
    return row[0] or 0, row[1] or 0


def _work_out(today: date, state: tuple[object, ...], known: dict[Version, date | None]) -> _Kept:
    used = _used(today)
    ends = {version: known[version] for version in used if version in known}
    ends |= _ends([schedule_id for schedule_id, number in used if (schedule_id, number) not in known])
    near = [schedule_id for (schedule_id, _), last in ends.items()
            if last is not None and last <= today + timedelta(days=TELL_DAYS)]
    lasts = {schedule_id: last for (schedule_id, _), last in ends.items()}
    found = [EndingHolidays(row.name, lasts[row.id], tuple(each.name for each in row.sets)) for row in _rows(near)]
    return _Kept(state, ends, tuple(sorted(found, key=lambda each: (each.ends_on, each.schedule))))


def _used(today: date) -> list[Version]:
    """The schedules that licenses have now or will have, each in its present version."""
    rows = db.session.execute(
        select(Schedule.id, Schedule.version).join(LicenseVersion, LicenseVersion.schedule_id == Schedule.id)
        .where(is_current(), LicenseVersion.ends_on >= today - ONE_DAY,
               LicenseVersion.standing != "cancelled").distinct())
    return [(schedule_id, number) for schedule_id, number in rows]


def _ends(schedule_ids: list[int]) -> dict[Version, date | None]:
    return {(row.id, row.version): holidays_end_on(schedule_value(row)) for row in _rows(schedule_ids)}


def _rows(schedule_ids: list[int]) -> list[Schedule]:
    return [row for ids in in_slices(schedule_ids)
            for row in db.session.scalars(select(Schedule).where(Schedule.id.in_(ids)))]
