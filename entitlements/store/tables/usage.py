"""Time used up of daily limits, and time set aside."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from entitlements.store.database import UtcDateTime, db


class UsageEntry(db.Model):
    """Seconds used on a local day of a license; negative gives back. `entry_key` counts each entry once."""

    __tablename__ = "usage_entries"
    __table_args__ = (UniqueConstraint("source", "entry_key"), Index("ix_usage_license_day", "license_id", "day"))

    id: Mapped[int] = mapped_column(primary_key=True)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    source: Mapped[str] = mapped_column(String(80))
    entry_key: Mapped[str] = mapped_column(String(300))
    seconds: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    day: Mapped[date]
    overrun: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(300), default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reservation(db.Model):
    """Seconds set aside for a routed ticket until time is logged, the ticket closes or the day ends."""

    __tablename__ = "reservations"
    __table_args__ = (Index("ix_reservations_license_day", "license_id", "day"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"))
    day: Mapped[date]
    seconds: Mapped[int]
