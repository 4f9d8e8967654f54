"""Tickets, the decisions made about them, and the public notices given."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.store.database import Sealed, UtcDateTime, db
from entitlements.store.tables.connections import Connection
from entitlements.store.tables.customers import Customer

if TYPE_CHECKING:
    from entitlements.store.tables.milestones import Milestone


class Ticket(db.Model):
    """A ticket as Deskgate knows it: no text, only what decisions need. Instants are UTC.

    `remote_id` is the helpdesk's id, empty until it is created there. `due_at` is when a queued ticket is looked at
    again, `waiting_since` since when it waits for the customer. `revision` counts its lives: a reopened ticket is a new
    one. `quiet` forbids public words on it. `language` is what its sender asked to be told things in, if they did.
    `pending` is the text of a ticket that does not exist in the helpdesk yet; it is cleared once it does.

    Events come late and out of order, so it is kept when what is known happened: `told_at` is the instant of the latest
    event whose fields it has, `turned_at` that of the latest closing or reopening, `touched_at` that of the latest
    thing by which an agent took it, `waiting_told_at` that of the latest word on whether it waits for the customer,
    `heard_at` that of the latest event of any kind.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("connection_id", "remote_id"),
        Index("ix_tickets_due", "state", "due_at"),
        Index("ix_tickets_customer", "customer_id", "arrived_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    remote_id: Mapped[str | None] = mapped_column(String(120))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    candidates: Mapped[list[str]] = mapped_column(JSON, default=list)
    match_step: Mapped[str] = mapped_column(String(16), default="")
    contact: Mapped[str] = mapped_column(String(254), default="", index=True)
    severity: Mapped[str] = mapped_column(String(8))
    product: Mapped[str] = mapped_column(String(120), default="")
    channel: Mapped[str] = mapped_column(String(40), default="")
    staff_made: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at_source: Mapped[str] = mapped_column(String(80))
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(default=1)
    release_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    turned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    touched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waiting_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quiet: Mapped[bool] = mapped_column(default=False)
    public_messages: Mapped[int] = mapped_column(default=0)
    requeued: Mapped[bool] = mapped_column(default=False)
    early: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(8), default="", server_default="")
    pending: Mapped[str | None] = mapped_column(Sealed)
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    connection: Mapped[Connection] = relationship(lazy="joined")
    decisions: Mapped[list[Decision]] = relationship(order_by="Decision.id", back_populates="ticket", lazy="select")
    milestones: Mapped[list[Milestone]] = relationship(order_by="Milestone.id", back_populates="ticket", lazy="select")

    @property
    def decision(self) -> Decision:
        """The decision in force: the latest."""
        return self.decisions[-1]

    @property
    def acted_on(self) -> bool:
        """False for what is older than the connection: recorded, but never touched in the helpdesk."""
        return self.created_at >= self.connection.admit_from


class Decision(db.Model):
    """What was decided, why, by which checks, as of when. Recorded once, never edited.

    `cause` is what made us decide: arrival, release, reply, override and so on; `verdict` what the license alone said
    where people or caution came in between. `schedule_version` is the number of the version of the license's schedule,
    `zone_data` the release of the time-zone data that it was worked out with, `language` that of the customer's text.
    """

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_made_at", "made_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    revision: Mapped[int]
    cause: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(120), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(32))
    verdict: Mapped[str] = mapped_column(String(32), default="")
    triage: Mapped[bool] = mapped_column(default=False)
    release_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    license_version_id: Mapped[int | None] = mapped_column(ForeignKey("license_versions.id"))
    schedule_version: Mapped[int | None]
    zone_data: Mapped[str] = mapped_column(String(16), default="")
    license_name: Mapped[str] = mapped_column(String(120), default="")
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    agent_text: Mapped[str] = mapped_column(Text, default="")
    customer_text: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(8), default="en", server_default="en")
    ticket: Mapped[Ticket] = relationship(back_populates="decisions")


class Notice(db.Model):
    """A public word given to a contact: no second one before `until`, the end of that closed stretch."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_contact", "contact", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact: Mapped[str] = mapped_column(String(254))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
