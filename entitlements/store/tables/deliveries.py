"""What is owed to helpdesks, every try to pay it, and the workers that do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.store.database import Sealed, UtcDateTime, db
from entitlements.store.tables.connections import Connection
from entitlements.store.tables.tickets import Decision, Ticket


class Delivery(db.Model):
    """One change owed to one connection. `state` is waiting, sending, done, gone, parked or dead.

    `generation` counts its claims; a result is written only by the claim that is still the latest. `claimed_at` is
    when it was handed over, `claimed_by` the worker that has begun it, empty before. `tries` counts the tries that
    failed and `waited` the seconds it has waited because of them; while the circuit of its connection is open, neither
    grows. Before `repeat_from` a try that was cut short with its worker may still have its effect. Texts are sealed.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "state", "due_at"),
        Index("ix_deliveries_ticket", "ticket_id", "connection_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    action: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    urgency: Mapped[int]
    advise: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str | None] = mapped_column(Sealed)
    note: Mapped[str | None] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    generation: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(String(32), default="")
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    repeat_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waited: Mapped[int] = mapped_column(default=0, server_default="0")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")
    ticket: Mapped[Ticket] = relationship(lazy="joined")
    decision: Mapped[Decision] = relationship(lazy="joined")
    connection: Mapped[Connection] = relationship(lazy="joined")
    attempts: Mapped[list[Attempt]] = relationship(order_by="Attempt.id", back_populates="delivery")


class Attempt(db.Model):
    """One try at a delivery: when, how it ended (done, later, dead, parked, gone), and what the helpdesk said."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String(8))
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text, default="")
    delivery: Mapped[Delivery] = relationship(back_populates="attempts")


class Worker(db.Model):
    """A worker process that says it is alive, and how many deliveries it makes at once. What a silent one had claimed
    is taken up by the others."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int] = mapped_column(default=0, server_default="0")
