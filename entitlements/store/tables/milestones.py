"""Milestones: the due times of tickets that agents have, and how much of each has been used up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.store.database import UtcDateTime, db
from entitlements.store.tables.licenses import LicenseVersion
from entitlements.store.tables.tickets import Ticket


class Milestone(db.Model):
    """One due time of a ticket's life (`revision`). Seconds are of the clock named: `business` or `wall`.

    `used_seconds` had been used up by `counted_from`, from which the rest is planned: `due_at` follows from both.
    While it is stopped, `counted_from` tells until when it was counted. While it is paused, `due_at` is empty, unless
    it had run out before: then it stays. It is also empty when no open hour is left to be due in. The terms are those
    of the license version it was set by, whatever became of it since.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        UniqueConstraint("ticket_id", "revision", "kind"),
        Index("ix_milestones_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    revision: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    license_version_id: Mapped[int] = mapped_column(ForeignKey("license_versions.id"))
    seconds: Mapped[int]
    clock: Mapped[str] = mapped_column(String(8))
    used_seconds: Mapped[int] = mapped_column(default=0)
    counted_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ticket: Mapped[Ticket] = relationship(back_populates="milestones")
    license_version: Mapped[LicenseVersion] = relationship(lazy="select")
