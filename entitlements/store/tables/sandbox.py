"""The inbox of the sandbox helpdesk: what a real helpdesk would keep on its own side. Texts are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.store.database import Sealed, UtcDateTime, db


class SandboxTicket(db.Model):
    """A ticket in the sandbox. `status` is open, on_hold, waiting or closed."""

    __tablename__ = "sandbox_tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    subject: Mapped[str] = mapped_column(Sealed)
    requester_email: Mapped[str] = mapped_column(String(254), default="")
    severity: Mapped[str] = mapped_column(String(8))
    product: Mapped[str] = mapped_column(String(120), default="")
    channel: Mapped[str] = mapped_column(String(40), default="")
    group: Mapped[str] = mapped_column("group_name", String(60))
    status: Mapped[str] = mapped_column(String(8))
    assignee: Mapped[str] = mapped_column(String(120), default="")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    messages: Mapped[list[SandboxMessage]] = relationship(order_by="SandboxMessage.id", lazy="selectin")


class SandboxMessage(db.Model):
    """One entry below a sandbox ticket: a public word or an internal note, with time logged on it if any.

    `did` is what it stands for: opened, phoned, said, took, waits, goes_on, closed, reopened; before, where that was
    not kept yet.
    """

    __tablename__ = "sandbox_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("sandbox_tickets.id"), index=True)
    author: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(10))
    public: Mapped[bool]
    body: Mapped[str] = mapped_column(Sealed)
    seconds: Mapped[int] = mapped_column(default=0)
    marker: Mapped[str] = mapped_column(String(40), default="")
    did: Mapped[str] = mapped_column(String(8), default="said", server_default="before")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
