"""Who uses a schedule: the licenses whose terms, as they stand, point at it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from entitlements.store.database import db
from entitlements.store.latest import is_current
from entitlements.store.tables import Customer, License, LicenseVersion


@dataclass(frozen=True)
class Use:
    """One license that uses a schedule, and its customer's short name."""

    customer: str
    license: str


def license_counts() -> dict[int, int]:
    """How many licenses use each schedule, by its id; a schedule that none uses is left out."""
    rows = db.session.execute(select(LicenseVersion.schedule_id, func.count()).where(is_current())
                              .group_by(LicenseVersion.schedule_id))
    return dict(rows.all())


def count_uses(schedule_id: int) -> int:
    """How many licenses use a schedule."""
    return db.session.scalar(select(func.count()).select_from(LicenseVersion)
                             .where(is_current(), LicenseVersion.schedule_id == schedule_id)) or 0


def uses_of(schedule_id: int, limit: int) -> tuple[Use, ...]:
    """The first licenses that use a schedule, by customer."""
    query = (select(Customer.name, License.name).join(License, License.customer_id == Customer.id)
             .join(LicenseVersion, LicenseVersion.license_id == License.id))
    rows = db.session.execute(query.where(is_current(), LicenseVersion.schedule_id == schedule_id)
                              .order_by(func.lower(Customer.name), License.name).limit(limit))
    return tuple(Use(*row) for row in rows)
