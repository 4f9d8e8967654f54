"""What must hold of schedules, licenses and their versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import cast, exists, func, or_, select
from sqlalchemy.types import Text

from entitlements.store.invariants.invariant import Invariant
from entitlements.store.tables import Decision, License, LicenseVersion, Schedule, ScheduleVersion


def _numbered(owner: Any, number: Any) -> Any:
    """Selects the owners whose versions are not numbered 1, 2, 3 and so on."""
    return select(owner).group_by(owner).having(or_(func.min(number) != 1, func.max(number) != func.count()))


_present = exists().where(ScheduleVersion.schedule_id == Schedule.id, ScheduleVersion.number == Schedule.version,
                          cast(ScheduleVersion.definition, Text) == cast(Schedule.definition, Text))
_newer = exists().where(ScheduleVersion.schedule_id == Schedule.id, ScheduleVersion.number > Schedule.version)
_made_with = exists().where(ScheduleVersion.schedule_id == LicenseVersion.schedule_id,
                            ScheduleVersion.number == Decision.schedule_version)

TERMS = (
    Invariant("a schedule is its latest version", "decisions would be made by hours that nobody wrote down",
              "schedule", select(Schedule.id).where(~_present | _newer)),
    Invariant("versions of a schedule are numbered without a gap", "a version is missing", "schedule",
              _numbered(ScheduleVersion.schedule_id, ScheduleVersion.number)),
    Invariant("each license has terms", "a license without terms cannot be judged by", "license",
              select(License.id).where(~exists().where(LicenseVersion.license_id == License.id))),
    Invariant("versions of a license are numbered without a gap", "a version is missing", "license",
              _numbered(LicenseVersion.license_id, LicenseVersion.number)),
    Invariant("a license ends after it starts", "a license that never holds", "license",
              select(LicenseVersion.license_id).where(LicenseVersion.ends_on < LicenseVersion.starts_on)),
    Invariant("a decision by a license names the version it was made with", "a receipt could not be proved",
              "decision", select(Decision.id).where(
                  (Decision.license_name != "") != Decision.license_version_id.is_not(None))),
    Invariant("a decision names a version of the schedule that there is", "a receipt could not be proved", "decision",
              select(Decision.id).join(LicenseVersion, LicenseVersion.id == Decision.license_version_id)
              .where(Decision.schedule_version.is_not(None), ~_made_with), is_fast=False),
)
