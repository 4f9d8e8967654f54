"""Named schedules with every version of what they came to, and the holiday sets that they share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.store.database import UtcDateTime, db

schedule_sets = Table(
    "schedule_sets", db.metadata,
    Column("schedule_id", ForeignKey("schedules.id"), primary_key=True),
    Column("holiday_set_id", ForeignKey("holiday_sets.id"), primary_key=True),
)


class HolidaySet(db.Model):
    """A named list of holidays. Hours in it are read on the clocks of the schedules that use it."""

    __tablename__ = "holiday_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    entries: Mapped[list[Holiday]] = relationship(order_by="Holiday.day, Holiday.source", cascade="all, delete-orphan",
                                                  lazy="selectin")


class Holiday(db.Model):
    """What one source says of one date. `closed` are hours as `[start, end]`; none: all day. `removed`: by hand."""

    __tablename__ = "holidays"
    __table_args__ = (UniqueConstraint("set_id", "day", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("holiday_sets.id"))
    day: Mapped[date]
    name: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(160))
    closed: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    removed: Mapped[bool] = mapped_column(default=False)


class Schedule(db.Model):
    """A named schedule: `written` as people wrote it, `definition` with the dates of its holiday sets, which is what
    decisions use. `version` is the number of the version that holds."""

    __tablename__ = "schedules"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160), unique=True)
    written: Mapped[dict[str, Any]] = mapped_column(JSON)
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    sets: Mapped[list[HolidaySet]] = relationship(secondary=schedule_sets, order_by=HolidaySet.name, lazy="select")


class ScheduleVersion(db.Model):
    """A schedule's definition as it stood from `changed_at` on. Never edited; a change adds a version."""

    __tablename__ = "schedule_versions"
    __table_args__ = (UniqueConstraint("schedule_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedules.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(120))


class Change(db.Model):
    """An edit of a schedule, a holiday set or a license: worked out and shown, and saved once a person has said so.

    `payload` is what will be written; `moves` are the times that moved, once it is saved. New time-zone data is kept as
    a change too, which nobody has to confirm.
    """

    __tablename__ = "changes"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drafted_by: Mapped[str] = mapped_column(String(120))
    saved_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    saved_by: Mapped[str] = mapped_column(String(120), default="")
    moves: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class Fact(db.Model):
    """A thing that Deskgate has to remember about itself, such as the time-zone data it planned with last."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
