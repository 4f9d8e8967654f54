"""What a license file would do, as its page tells it: license by license, and whose cover it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from entitlements.steps.import_licenses import ImportReport, are_many
from entitlements.steps.import_plan import Change, Kind
from entitlements.steps.license_change import LicenseChange
from entitlements.web.pages.differences import Difference, terms_differences

MOST_LICENSES = 50


@dataclass(frozen=True)
class Told:
    """One license that is added or changed, and how."""

    customer: str
    name: str
    is_new: bool
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Licenses:
    """The licenses that a file adds and changes: the first of them, how many there are, and what an import tells.

    `are_many`: it takes cover from so many of all `customers` that somebody has to say it is meant.
    """

    told: tuple[Told, ...]
    count: int
    report: ImportReport
    customers: int

    @property
    def are_many(self) -> bool:
        return are_many(len(self.report.cover.loses), self.customers)

    @property
    def touches(self) -> bool:
        """Whether anybody gains, changes or loses cover now, or is new."""
        cover = self.report.cover
        return bool(cover.loses or cover.gains or cover.changes or self.report.new_customers)


def licenses_shown(change: LicenseChange, at: datetime) -> Licenses:
    """As of an aware UTC instant. Raises ConfigError when the file does not fit what there is any more."""
    found = [each for each in change.planned.planner.changes if each.kind is not Kind.SAME]
    return Licenses(tuple(map(_told, found[:MOST_LICENSES])), len(found), change.report(at),
                    len(change.planned.known.customers))


def _told(change: Change) -> Told:
    return Told(change.customer, change.held.name, change.kind is Kind.ADD,
                tuple(terms_differences(change.was, change.held)))
