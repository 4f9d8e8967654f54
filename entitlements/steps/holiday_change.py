"""A change to a holiday set: imported from a country's list or a calendar file, or written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import BY_HAND, Holiday, HolidaySet
from entitlements.rules.schedule import Schedule
from entitlements.rules.schedule_warnings import ScheduleWarning, warnings_of
from entitlements.rules.windows import parse_windows, windows_list
from entitlements.sources.countries import country_holidays, country_source
from entitlements.sources.ical import ical_holidays
from entitlements.steps.changes import Kind
from entitlements.steps.impact import Licenses
from entitlements.steps.schedule_change import licenses_given
from entitlements.store import tables
from entitlements.store.holidays import find_set, get_set, save_set, schedules_with, set_value
from entitlements.store.schedules import refresh, with_sets

LONGEST_NAME, LONGEST_HOLIDAY, LONGEST_SOURCE = 80, 200, 160


@dataclass(frozen=True)
class HolidayChange:
    """A holiday set as it shall be, and as it was when the edit began (None: it is new)."""

    after: HolidaySet
    base: HolidaySet | None = None

    kind = Kind.HOLIDAYS

    @property
    def subject(self) -> str:
        return self.after.name

    def payload(self) -> dict[str, object]:
        return {"after": _written(self.after), "base": _written(self.base) if self.base else None}

    def is_stale(self) -> bool:
        row = find_set(self.after.name)
        return (set(set_value(row).entries) if row else None) != (set(self.base.entries) if self.base else None)

    def differs(self) -> bool:
        return self.base is None or set(self.after.entries) != set(self.base.entries)

    def added(self) -> tuple[Holiday, ...]:
        """The dates that are new, or told otherwise than before."""
        before = set(self.base.holidays()) if self.base else set()
        return tuple(each for each in self.after.holidays() if each not in before)

    def dropped(self) -> tuple[Holiday, ...]:
        """The dates that are no holidays any more."""
        after = {each.day for each in self.after.holidays()}
        return tuple(each for each in self.base.holidays() if each.day not in after) if self.base else ()

    def schedules(self) -> dict[str, Schedule]:
        """What the schedules that use the set would come to, by name."""
        return {row.name: with_sets(row.written, [self.after if each.name == self.after.name else set_value(each)
                                                  for each in row.sets]) for row in self._rows()}

    def licenses(self) -> tuple[Licenses, Licenses]:
        return licenses_given(self.schedules())

    def warnings(self, now: datetime) -> tuple[ScheduleWarning, ...]:
        return tuple(replace(warning, message=f"{name}: {warning.message}") for name, schedule in
                     self.schedules().items() for warning in warnings_of(schedule, schedule.local(now).date()))

    def seen(self) -> object:
        return {row.name: row.version for row in self._rows()}

    def anew(self) -> HolidayChange:
        return self

    def write(self, actor: str, now: datetime) -> None:
        save_set(self.after)
        for row in self._rows():
            refresh(row, now, actor)

    def _rows(self) -> Sequence[tables.Schedule]:
        row = find_set(self.after.name)
        return schedules_with(row) if row else ()


def with_country(name: str, country: str, subdivision: str, years: Sequence[int]) -> HolidayChange:
    """The change that puts a country's public holidays of these years into a set. Raises ConfigError."""
    imported = country_holidays(country, subdivision, years)
    return _imported(name, _base(name), country_source(country, subdivision), imported, years)


def with_calendar(name: str, content: bytes, source: str, years: Sequence[int], zone: str = "") -> HolidayChange:
    """The change that puts the events of an iCalendar file into a set. Raises ConfigError."""
    printable = "".join(letter for letter in source if letter.isprintable() or letter.isspace())
    base, source = _base(name), " ".join(printable.split())[:LONGEST_SOURCE] or "a calendar file"
    if source == BY_HAND:
        raise ConfigError("that is what dates written by hand are called; take another name", field="source")
    return _imported(name, base, source, ical_holidays(content, source, years, zone), years)


def with_days(name: str, days: Iterable[Holiday] = ()) -> HolidayChange:
    """The change that writes these dates by hand, or takes them out. Without any, a new and empty set."""
    base = _base(name)
    after = base or HolidaySet(_name(name))
    for day in days:
        _check(day)
        after = after.with_hand(day)
    return HolidayChange(after, base)


def _check(day: Holiday) -> None:
    if len(day.name) > LONGEST_HOLIDAY or not day.name.isprintable():
        raise ConfigError(f"a holiday is called something of at most {LONGEST_HOLIDAY} printable characters",
                          field="holiday")
    if any(window.tail for window in day.closed):
        raise ConfigError("closed hours end on their own date; write the rest on the next one", field="closed")


def without_hand(name: str, day: date) -> HolidayChange:
    """The change that takes back what a person wrote of a date, a removal as well. Raises NotFound."""
    base = set_value(get_set(name))
    return HolidayChange(base.without_hand(day), base)


def _imported(name: str, base: HolidaySet | None, source: str, imported: Iterable[Holiday],
              years: Sequence[int]) -> HolidayChange:
    return HolidayChange((base or HolidaySet(_name(name))).with_imported(source, imported, years), base)


def _base(name: str) -> HolidaySet | None:
    row = find_set(name)
    return set_value(row) if row else None


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigError(f"a holiday set needs a name of at most {LONGEST_NAME} printable characters", field="name")
    return name


def read_holiday_change(payload: Mapping[str, Any]) -> HolidayChange:
    """The change whose payload this is."""
    return HolidayChange(_read(payload["after"]), _read(payload["base"]) if payload["base"] else None)


def _written(value: HolidaySet) -> dict[str, object]:
    return {"name": value.name, "entries": [
        {"day": each.day.isoformat(), "name": each.name, "source": each.source, "closed": windows_list(each.closed),
         "removed": each.removed} for each in value.entries]}


def _read(written: Mapping[str, Any]) -> HolidaySet:
    return HolidaySet(written["name"], tuple(
        Holiday(date.fromisoformat(each["day"]), each["name"], each["source"], parse_windows(each["closed"]),
                each["removed"]) for each in written["entries"]))
