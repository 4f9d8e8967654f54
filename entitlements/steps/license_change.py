"""A change to licenses: a license file, of one row or of many, looked at before it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from entitlements.errors import ConfigError
from entitlements.rules.schedule_warnings import ScheduleWarning, warnings_of
from entitlements.steps.changes import Kind
from entitlements.steps.impact import Licenses
from entitlements.steps.import_licenses import ImportReport, PlannedImport, apply_import, plan_import, tells_new
from entitlements.steps.import_plan import Kind as RowKind
from entitlements.store.licenses import terms_columns


@dataclass(frozen=True)
class LicenseChange:
    """The text of a license file, and the versions of the licenses concerned as they were when it was read.

    `known` is the plan of it, where it is worked out already.
    """

    content: str
    base: Mapping[str, int]
    known: PlannedImport | None = field(default=None, compare=False, repr=False)

    kind = Kind.LICENSE

    @property
    def subject(self) -> str:
        named = [f"{change.customer}: {change.held.name}" for change in self.planned.planner.changes]
        return named[0] if len(named) == 1 else f"{len(named)} licenses"

    @cached_property
    def planned(self) -> PlannedImport:
        return self.known or _without_problems(plan_import(self.content.encode()))

    def payload(self) -> dict[str, object]:
        return {"content": self.content, "base": dict(self.base)}

    def is_stale(self) -> bool:
        return _versions(self.licenses()[0]) != self.base

    def differs(self) -> bool:
        return any(change.kind is not RowKind.SAME or tells_new(change) for change in self.planned.planner.changes)

    def report(self, now: datetime) -> ImportReport:
        """Who gains, changes or loses cover at that instant, and the rest that an import tells."""
        return self.planned.report(now)

    def licenses(self) -> tuple[Licenses, Licenses]:
        return self.planned.licenses()

    def warnings(self, now: datetime) -> tuple[ScheduleWarning, ...]:
        """Of the hours of each license that the file adds or changes, each schedule once."""
        changed = [change for change in self.planned.planner.changes if change.kind is not RowKind.SAME]
        schedules = {change.held.terms.schedule: f"{change.customer}, {change.held.name}" for change in changed}
        return tuple(replace(warning, message=f"{whose}: {warning.message}") for schedule, whose in schedules.items()
                     for warning in warnings_of(schedule, schedule.local(now).date()))

    def seen(self) -> object:
        """The terms that the file would give, with what their schedules come to, and who would lose cover."""
        changed = [each for each in self.planned.planner.changes if each.kind is not RowKind.SAME]
        return [[each.customer, each.held.name, terms_columns(each.held.terms), each.held.terms.schedule.to_dict()]
                for each in changed]

    def anew(self) -> LicenseChange:
        return LicenseChange(self.content, self.base)

    def write(self, actor: str, now: datetime) -> None:
        apply_import(self.planned, actor, now)


def license_change(content: bytes, planned: PlannedImport | None = None) -> LicenseChange:
    """The change that imports a license file, by the plan of it where there is one already.

    Raises ConfigError for a file with anything wrong in it.
    """
    planned = _without_problems(planned or plan_import(content))
    return LicenseChange(content.decode("utf-8-sig"), _versions(planned.licenses()[0]), planned)


def read_license_change(payload: Mapping[str, Any]) -> LicenseChange:
    """The change whose payload this is."""
    return LicenseChange(**payload)


def _without_problems(planned: PlannedImport) -> PlannedImport:
    if planned.problems:
        first, *others = planned.problems
        more = f" (and {len(others)} more)" if others else ""
        raise ConfigError(f"{first}{more}", field=first.field)
    return planned


def _versions(licenses: Licenses) -> dict[str, int]:
    return {str(each.id): each.version for some in licenses.values() for each in some}
