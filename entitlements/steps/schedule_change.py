"""A change to a schedule: new, edited, or with other holiday sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from entitlements.errors import ConfigError
from entitlements.rules.license import License
from entitlements.rules.schedule import Schedule
from entitlements.rules.schedule_warnings import ScheduleWarning, warnings_of
from entitlements.steps.changes import Kind
from entitlements.steps.impact import Licenses
from entitlements.store.holidays import get_set, set_value
from entitlements.store.licenses import customers_with, licenses_by_customer
from entitlements.store.schedules import find_schedule, get_schedule, save_schedule, with_sets

LONGEST_NAME = 160


@dataclass(frozen=True)
class ScheduleChange:
    """A schedule as it shall be: its name, as written, with the names of its holiday sets.

    `base` is the version that the edit began from, 0 for a new schedule.
    """

    name: str
    written: Mapping[str, Any]
    sets: tuple[str, ...] = ()
    base: int = 0

    kind = Kind.SCHEDULE

    @property
    def subject(self) -> str:
        return self.name

    def payload(self) -> dict[str, object]:
        return {**asdict(self), "sets": list(self.sets)}

    def is_stale(self) -> bool:
        row = find_schedule(self.name)
        return (row.version if row else 0) != self.base

    def differs(self) -> bool:
        row = find_schedule(self.name)
        if row is None:
            return True
        sets = sorted(get_set(name).name for name in self.sets)
        return self.schedule().to_dict() != row.written or sets != sorted(each.name for each in row.sets)

    def schedule(self) -> Schedule:
        """The schedule as written, without its sets. Raises ConfigError."""
        return Schedule.from_dict(self.written)

    def comes_to(self) -> Schedule:
        """The schedule with the dates of its sets. Raises ConfigError, and NotFound for an unknown set."""
        return with_sets(self.schedule().to_dict(), [set_value(get_set(name)) for name in self.sets])

    def licenses(self) -> tuple[Licenses, Licenses]:
        row = find_schedule(self.name)
        return licenses_given({row.name: self.comes_to()} if row else {})

    def warnings(self, now: datetime) -> tuple[ScheduleWarning, ...]:
        schedule = self.comes_to()
        return warnings_of(schedule, schedule.local(now).date())

    def seen(self) -> object:
        row = find_schedule(self.name)
        return [row.written, sorted(each.name for each in row.sets)] if row else None

    def anew(self) -> ScheduleChange:
        return self

    def write(self, actor: str, now: datetime) -> None:
        save_schedule(self.name, self.schedule(), [get_set(name) for name in self.sets], now, actor)


def schedule_change(name: str, written: Mapping[str, Any], sets: tuple[str, ...]) -> ScheduleChange:
    """The change that makes a schedule of that name this, be it new or known. Raises ConfigError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigError(f"a schedule needs a name of at most {LONGEST_NAME} printable characters", field="name")
    row = find_schedule(name)
    known = tuple(dict.fromkeys(get_set(each).name for each in sets))
    change = ScheduleChange(row.name if row else name, written, known, row.version if row else 0)
    change.comes_to()
    return replace(change, written=change.schedule().to_dict())


def read_schedule_change(payload: Mapping[str, Any]) -> ScheduleChange:
    """The change whose payload this is."""
    return ScheduleChange(**{**payload, "sets": tuple(payload["sets"])})


def present(name: str) -> ScheduleChange:
    """The schedule of that name as it is: what an edit begins from. Raises NotFound."""
    row = get_schedule(name)
    return ScheduleChange(row.name, row.written, tuple(each.name for each in row.sets), row.version)


def licenses_given(schedules: Mapping[str, Schedule]) -> tuple[Licenses, Licenses]:
    """The licenses of the customers concerned, as they are, and as they would be with these schedules by name."""
    before = licenses_by_customer(customers_with(schedules))
    after = {customer: [_given(each, schedules) for each in licenses] for customer, licenses in before.items()}
    return before, after


def _given(license: License, schedules: Mapping[str, Schedule]) -> License:
    schedule = schedules.get(license.terms.schedule_name)
    return replace(license, terms=replace(license.terms, schedule=schedule)) if schedule else license
