"""Plans, and licenses with every version of their terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.store.database import UtcDateTime, db
from entitlements.store.tables.customers import Customer
from entitlements.store.tables.schedules import Schedule


class Plan(db.Model):
    """A named template: the terms a license starts from, without dates, zone and customer."""

    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    description: Mapped[str] = mapped_column(String(300), default="")
    weekly: Mapped[dict[str, Any]] = mapped_column(JSON)
    daily_limit: Mapped[int | None]
    over_limit: Mapped[str] = mapped_column(String(8), default="queue")
    reserve_minutes: Mapped[int] = mapped_column(default=0)
    grace_days: Mapped[int] = mapped_column(default=0)
    exempt_severities: Mapped[list[str]] = mapped_column(JSON, default=list)
    exempt_from: Mapped[list[str]] = mapped_column(JSON, default=lambda: ["schedule", "daily_limit"])
    targets: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class License(db.Model):
    """One customer's license. Its terms are in its versions; `current` is the latest."""

    __tablename__ = "licenses"
    __table_args__ = (UniqueConstraint("customer_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    customer: Mapped[Customer] = relationship(lazy="joined")
    plan: Mapped[Plan | None] = relationship(lazy="joined")
    versions: Mapped[list[LicenseVersion]] = relationship(order_by="LicenseVersion.number", back_populates="license",
                                                          lazy="selectin")

    @property
    def current(self) -> LicenseVersion:
        return self.versions[-1]


class LicenseVersion(db.Model):
    """The terms of a license as they stood from `changed_at` on. Never edited; a change adds a version."""

    __tablename__ = "license_versions"
    __table_args__ = (UniqueConstraint("license_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"), index=True)
    number: Mapped[int]
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedules.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    grace_days: Mapped[int] = mapped_column(default=0)
    standing: Mapped[str] = mapped_column(String(12), default="in_force")
    daily_limit: Mapped[int | None]
    over_limit: Mapped[str] = mapped_column(String(8), default="queue")
    reserve_seconds: Mapped[int] = mapped_column(default=0)
    exempt_severities: Mapped[list[str]] = mapped_column(JSON, default=list)
    exempt_from: Mapped[list[str]] = mapped_column(JSON, default=list)
    targets: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    contacts: Mapped[list[str]] = mapped_column(JSON, default=list)
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    channels: Mapped[list[str]] = mapped_column(JSON, default=list)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(120))
    license: Mapped[License] = relationship(back_populates="versions")
    schedule: Mapped[Schedule] = relationship(lazy="joined")
