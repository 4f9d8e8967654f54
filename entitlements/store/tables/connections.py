"""Connections to helpdesks, the events they sent, and the answers given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.helpdesk import YES
from entitlements.store.database import Sealed, UtcDateTime, db


class Connection(db.Model):
    """One configured helpdesk. `settings` are those of its kind; `secrets` holds one secret a line, newest first.

    `failures` counts calls in a row that found nobody there. From `broken_since` on the circuit is open: nothing is
    tried before `probe_at`. Until `calm_until` the helpdesk wants no calls. `pace` is what part of its usual share of
    the helpdesk's limit Deskgate takes at present. `looked_at` is up to when everything that happened there is known:
    when the last complete look began, or when it was connected. `look_at` is when the next look is due, `look_trouble`
    why the last one failed. Secrets but the first are taken until `old_secrets_until`. `reply_trouble` tells which
    reply of its own could not be used, until its replies change.
    """

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
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    broken_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    probe_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    calm_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pace: Mapped[float] = mapped_column(default=1.0, server_default="1")
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    look_trouble: Mapped[str] = mapped_column(String(300), default="", server_default="")
    old_secrets_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply_trouble: Mapped[str] = mapped_column(String(300), default="", server_default="")

    @property
    def is_listen_only(self) -> bool:
        return self.settings.get("listen_only", "").strip().lower() in YES


class Event(db.Model):
    """One authenticated inbound webhook, or what a look at the helpdesk found in its place (`source` is then `look`).

    `answer` is the body that was sent back, kept so that a repeat gets the same. `state` is decided, applied, ignored,
    parked or to_read. `about` is the helpdesk's id of the ticket, where Deskgate did not know that ticket yet or has to
    read it. What is `to_read` is looked at again at `due_at`, and `trouble` says why the last try failed. A worker that
    reads claims it under its name by raising `generation`; `tries` counts tries that failed and `waited` the seconds it
    has waited because of them.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("connection_id", "event_key"),
        Index("ix_events_state", "state", "received_at"),
        Index("ix_events_about", "connection_id", "about"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    event_key: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    kinds: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(String(8), default="webhook", server_default="webhook")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    trouble: Mapped[str] = mapped_column(String(500), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    about: Mapped[str | None] = mapped_column(String(120))
    answer: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    generation: Mapped[int] = mapped_column(default=0, server_default="0")
    claimed_by: Mapped[str] = mapped_column(String(32), default="", server_default="")
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    waited: Mapped[int] = mapped_column(default=0, server_default="0")
    connection: Mapped[Connection] = relationship(lazy="joined")
    raw: Mapped[RawBody | None] = relationship(cascade="all, delete-orphan", back_populates="event")


class Ending(db.Model):
    """A ticket that was closed, merged or deleted before Deskgate heard of it: `at` is when, as the helpdesk says."""

    __tablename__ = "endings"
    __table_args__ = (UniqueConstraint("connection_id", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    remote_id: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


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
