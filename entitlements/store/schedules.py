"""Schedules as rows and as values: finding them, sharing them, and adding a version whenever what they come to changes.

Licenses with the same hours, holidays and zone point at the same row, which may have holiday sets besides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import cast, select
from sqlalchemy.types import Text

from entitlements.errors import NotFound
from entitlements.rules.holiday_set import HolidaySet as SetValue
from entitlements.rules.holiday_set import with_holidays
from entitlements.rules.schedule import Schedule as ScheduleValue
from entitlements.rules.windows import WEEKDAYS, weekly_text
from entitlements.store.database import db
from entitlements.store.holidays import set_value
from entitlements.store.tables import HolidaySet, Schedule, ScheduleVersion

LONGEST_NAME = 140
_DAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b")


def schedule_value(row: Schedule | ScheduleVersion) -> ScheduleValue:
    """The schedule as a value. Building one is work, so that equal definitions share one."""
    return _built(json.dumps(row.definition))


def written_value(row: Schedule) -> ScheduleValue:
    """The same without the dates of its holiday sets: what people wrote."""
    return _built(json.dumps(row.written))


@lru_cache(maxsize=1024)
def _built(definition: str) -> ScheduleValue:
    return ScheduleValue.from_dict(json.loads(definition))


def all_schedules() -> Sequence[Schedule]:
    """By name."""
    return db.session.scalars(select(Schedule).order_by(Schedule.name)).all()


def find_schedule(name: str) -> Schedule | None:
    """The schedule of that name, case ignored."""
    wanted = name.strip().lower()  # not in SQL: databases differ in what they take for a capital letter
    names = db.session.execute(select(Schedule.id, Schedule.name))
    found = next((row.id for row in names if row.name.lower() == wanted), None)
    return db.session.get(Schedule, found) if found is not None else None


def get_schedule(name: str) -> Schedule:
    """Raises NotFound."""
    row = find_schedule(name)
    if row is None:
        raise NotFound(f"there is no schedule named {name!r}")
    return row


def shared_schedule(schedule: ScheduleValue, at: datetime, by: str) -> Schedule:
    """The row that was written like this; a new one, under a name that says what it is, where there is none yet."""
    written = schedule.to_dict()
    same = cast(Schedule.written, Text) == json.dumps(written)
    row = db.session.scalar(select(Schedule).where(same).order_by(Schedule.id).limit(1))
    if row is None:
        row = _written_down(Schedule(name=_free_name(schedule_name(schedule)), version=0), schedule, (), at, by)
    return row


def save_schedule(name: str, schedule: ScheduleValue, sets: Iterable[HolidaySet], at: datetime, by: str) -> Schedule:
    """Write a schedule down under that name, new or changed, with these holiday sets. `at` is aware UTC."""
    return _written_down(find_schedule(name) or Schedule(name=name, version=0), schedule, sets, at, by)


def _written_down(row: Schedule, schedule: ScheduleValue, sets: Iterable[HolidaySet], at: datetime,
                  by: str) -> Schedule:
    row.written, row.sets = schedule.to_dict(), [*sets]
    refresh(row, at, by)
    return row


def refresh(row: Schedule, at: datetime, by: str) -> bool:
    """Work out what the schedule comes to with its sets. Returns whether that is new, and so a new version."""
    definition = with_sets(row.written, map(set_value, row.sets)).to_dict()
    if definition == row.definition and row.version:
        return False
    row.definition, row.version = definition, row.version + 1
    db.session.add(row)
    db.session.flush()
    db.session.add(ScheduleVersion(schedule_id=row.id, number=row.version, definition=definition, changed_at=at,
                                   changed_by=by))
    db.session.flush()
    return True


def with_sets(written: dict[str, object], sets: Iterable[SetValue]) -> ScheduleValue:
    """What a schedule as written comes to with these holiday sets. Raises ConfigError."""
    return ScheduleValue.from_dict(with_holidays(written, sets))


def find_schedule_version(schedule_id: int, number: int) -> ScheduleValue | None:
    """The schedule as it stood in that version."""
    row = db.session.scalar(select(ScheduleVersion).where(ScheduleVersion.schedule_id == schedule_id,
                                                          ScheduleVersion.number == number))
    return schedule_value(row) if row else None


def schedule_name(schedule: ScheduleValue) -> str:
    """A name such as `Mon-Fri 09:00-17:00 Europe/Paris`, or `24x7 UTC`."""
    hours = "24x7" if _is_all_week(schedule) else weekly_text(schedule.week()) or "never open"
    titled = _DAY.sub(lambda found: found.group().title(), hours)
    return f"{titled[:LONGEST_NAME - len(schedule.zone)]} {schedule.zone}"


def _is_all_week(schedule: ScheduleValue) -> bool:
    return list(schedule.week().values()) == [[["00:00", "24:00"]]] * 7


def _free_name(name: str) -> str:
    """The name, with a number behind it when others have it: those differ in holidays or exceptions."""
    taken = set(db.session.scalars(select(Schedule.name).where(Schedule.name.startswith(name, autoescape=True))))
    number = 1
    while (numbered := f"{name} ({number})" if number > 1 else name) in taken:
        number += 1
    return numbered
