"""The rows that hold: of each license its latest version, of each ticket its latest decision."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from entitlements.store.tables import Decision, LicenseVersion


def is_current(version: type[LicenseVersion] = LicenseVersion) -> ColumnElement[bool]:
    """The condition that a version, of the table or of an alias of it, is its license's latest."""
    other = aliased(LicenseVersion)
    latest = select(func.max(other.number)).where(other.license_id == version.license_id).correlate(version)
    return version.number == latest.scalar_subquery()


def is_in_force() -> ColumnElement[bool]:
    """The condition that a decision is its ticket's latest."""
    other = aliased(Decision)
    latest = select(func.max(other.id)).where(other.ticket_id == Decision.ticket_id).correlate(Decision)
    return Decision.id == latest.scalar_subquery()
