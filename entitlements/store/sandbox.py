"""The sandbox's inbox as its pages show it. Writing to it is the adapter's business."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from entitlements.errors import NotFound
from entitlements.store.database import db
from entitlements.store.tables import Contact, SandboxMessage, SandboxTicket, Ticket


@dataclass(frozen=True)
class Shelf:
    """The latest tickets of one sandbox, newest first, and under each one's id Deskgate's own id of it."""

    tickets: tuple[SandboxTicket, ...]
    known_as: dict[str, int]


def sandbox_shelf(connection_id: int, limit: int) -> Shelf:
    rows = tuple(db.session.scalars(
        select(SandboxTicket).where(SandboxTicket.connection_id == connection_id).order_by(SandboxTicket.id.desc())
        .limit(limit).options(lazyload(SandboxTicket.messages))))
    known = db.session.execute(select(Ticket.remote_id, Ticket.id).where(
        Ticket.connection_id == connection_id, Ticket.remote_id.in_([str(row.id) for row in rows])))
    return Shelf(rows, dict(known.all()))


def shelf_version(connection_id: int) -> tuple[object, ...]:
    """Differs whenever the inbox has changed."""
    rows = db.session.execute(select(SandboxTicket.id, SandboxTicket.status, SandboxTicket.group,
                                     SandboxTicket.assignee, SandboxTicket.tags)
                              .where(SandboxTicket.connection_id == connection_id)
                              .order_by(SandboxTicket.id.desc()).limit(100))
    messages = db.session.scalar(select(func.max(SandboxMessage.id)))
    return messages, tuple((row.id, row.status, row.group, row.assignee, tuple(row.tags)) for row in rows)


def get_sandbox_ticket(connection_id: int, ticket_id: int) -> SandboxTicket:
    """Raises NotFound."""
    row = db.session.get(SandboxTicket, ticket_id)
    if row is None or row.connection_id != connection_id:
        raise NotFound(f"there is no ticket {ticket_id} in this sandbox")
    return row


def some_contacts(limit: int) -> tuple[str, ...]:
    """Addresses of customers' contacts, for a form that proposes some."""
    return tuple(db.session.scalars(select(Contact.email).order_by(Contact.email).limit(limit)))
