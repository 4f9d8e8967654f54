"""Connections to helpdesks, the events they sent, and the answers given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.helpdesk import YES
from entitlements.store.database import Sealed, UtcDateTime, db


class Connection(db.Model):
    """One configured helpdesk. `settings` are those of its kind; `secrets` holds one secret a line, newest first."""

    __tablename__ = "connections"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(500), default="")
    secrets: Mapped[str] = mapped_column(Sealed, default="")
    token: Mapped[str] = mapped_column(Sealed, default="")
    settings: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    mode: Mapped[str] = mapped_column(String(8))
    admit_from: Mapped[datetime] = mapped_column(UtcDateTime)
    acting_as: Mapped[str] = mapped_column(String(80), default="")
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pause_reason: Mapped[str] = mapped_column(String(300), default="")
    oversized_hooks: Mapped[int] = mapped_column(default=0)
    last_event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_listen_only(self) -> bool:
        return self.settings.get("listen_only", "").strip().lower() in YES


class Event(db.Model):
    """One authenticated inbound webhook. `answer` is the body that was sent back, kept so that a repeat gets the same.

    `state` is decided, applied, ignored, parked or to_read.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("connection_id", "event_key"),
        Index("ix_events_state", "state", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    event_key: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    kinds: Mapped[str] = mapped_column(String(120), default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    trouble: Mapped[str] = mapped_column(String(500), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    answer: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    connection: Mapped[Connection] = relationship(lazy="joined")
    raw: Mapped[RawBody | None] = relationship(cascade="all, delete-orphan", back_populates="event")


class RawBody(db.Model):
    """The body of an event as received, encrypted, deleted RAW_DAYS after the event was settled."""

    __tablename__ = "raw_bodies"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True)
    body: Mapped[str] = mapped_column(Sealed)
    headers: Mapped[str] = mapped_column(Sealed)
    event: Mapped[Event] = relationship(back_populates="raw")


class StoredAnswer(db.Model):
    """The answer to an API call that carried an Idempotency-Key: the same call again gets it once more."""

    __tablename__ = "stored_answers"
    __table_args__ = (UniqueConstraint("owner", "route", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(60))
    route: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
