"""Importing in tests: a short way to load a text, and the three printed cases."""

from __future__ import annotations

from textwrap import dedent

from entitlements.steps.import_licenses import How, ImportReport, import_licenses
from entitlements.store import db
from entitlements.store.customers import list_customers
from entitlements.store.database import transaction
from tests.steps.house import House

CASES = """\
    Customer,License,LicenseStartDate,LicenseEndDate,DailyStartTime,DailyEndTime,DailyTimeConsumptionLimit
    Initech,Case 1,01-Jan-2026,31-Dec-2026,09:00:00,17:00:00,24hrs
    Hooli,Case 2,01-Jan-2026,31-Dec-2026,00:00:00,23:59:59,3hrs
    Umbrella,,01-Jan-2026,31-Dec-2026,09:00:00,17:00:00,3hrs
"""


def load(house: House, text: str, *, dry_run: bool = False, confirmed: int | None = None) -> ImportReport:
    with transaction():
        return import_licenses(dedent(text).encode(), How("admin", dry_run, confirmed), house.clock.now())


def customers() -> list[str]:
    db.session.rollback()
    return [line.name for line in list_customers()]
