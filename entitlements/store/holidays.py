"""Holiday sets as rows and as values."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from entitlements.errors import NotFound
from entitlements.rules.holiday_set import Holiday as HolidayValue
from entitlements.rules.holiday_set import HolidaySet as SetValue
from entitlements.rules.windows import parse_windows, windows_list
from entitlements.store.database import db
from entitlements.store.tables import Holiday, HolidaySet, Schedule
from entitlements.store.tables.schedules import schedule_sets


def all_sets() -> Sequence[HolidaySet]:
    """By name."""
    return db.session.scalars(select(HolidaySet).order_by(HolidaySet.name)).all()


def find_set(name: str) -> HolidaySet | None:
    """The set of that name, case ignored."""
    return next((row for row in all_sets() if row.name.lower() == name.strip().lower()), None)


def get_set(name: str) -> HolidaySet:
    """Raises NotFound."""
    row = find_set(name)
    if row is None:
        raise NotFound(f"there is no holiday set named {name!r}")
    return row


def schedules_with(row: HolidaySet) -> Sequence[Schedule]:
    """The schedules that use a set, by name."""
    return db.session.scalars(select(Schedule).join(schedule_sets, schedule_sets.c.schedule_id == Schedule.id)
                              .where(schedule_sets.c.holiday_set_id == row.id).order_by(Schedule.name)).all()


def set_value(row: HolidaySet) -> SetValue:
    """The set as a value."""
    return SetValue(row.name, tuple(
        HolidayValue(each.day, each.name, each.source, parse_windows(each.closed), each.removed)
        for each in row.entries))


def save_set(value: SetValue) -> HolidaySet:
    """Write a set down under its name, new or changed."""
    row = find_set(value.name)
    if row is None:
        row = HolidaySet(name=value.name, entries=[])
        db.session.add(row)
    kept = {(each.day, each.source): each for each in row.entries}
    for holiday in value.entries:
        entry = kept.pop((holiday.day, holiday.source), None)
        if entry is None:
            entry = Holiday(day=holiday.day, source=holiday.source)
            row.entries.append(entry)
        entry.name, entry.closed, entry.removed = holiday.name, windows_list(holiday.closed), holiday.removed
    for entry in kept.values():
        row.entries.remove(entry)
    db.session.flush()
    return row
