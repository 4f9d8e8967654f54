"""The sandbox's inbox, kept in Deskgate's own database. Each call is complete in itself, as at an API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from entitlements.inbox import Did, InboxMessage, InboxStatus, InboxTicket, Role
from entitlements.rules.ticket import Severity
from entitlements.store.connections import get_connection
from entitlements.store.database import db, transaction
from entitlements.store.tables import Connection, SandboxMessage, SandboxTicket


class DatabaseInbox:
    """Keeps the tickets of all sandbox connections."""

    def find(self, ticket_id: str) -> InboxTicket | None:
        row = _find(ticket_id)
        found = _ticket(row) if row else None
        db.session.rollback()
        return found

    def create(self, connection: str, ticket: InboxTicket) -> str:
        with transaction():
            row = SandboxTicket(
                connection_id=get_connection(connection).id, subject=ticket.subject, product=ticket.product,
                requester_email=ticket.requester_email, severity=ticket.severity, channel=ticket.channel,
                group=ticket.group, status=ticket.status, assignee=ticket.assignee, tags=list(ticket.tags),
                created_at=ticket.created_at)
            db.session.add(row)
            db.session.flush()
            return str(row.id)

    def change(self, ticket_id: str, *, group: str | None = None, status: InboxStatus | None = None,
               assignee: str | None = None, tags: tuple[str, ...] | None = None) -> None:
        with transaction():
            row = _find(ticket_id)
            if row is None:
                return
            row.group = row.group if group is None else group
            row.status = row.status if status is None else status
            row.assignee = row.assignee if assignee is None else assignee
            row.tags = row.tags if tags is None else list(tags)

    def messages(self, ticket_id: str) -> Sequence[InboxMessage]:
        row = _find(ticket_id)
        found = [_message(each) for each in row.messages] if row else []
        db.session.rollback()
        return found

    def post(self, message: InboxMessage) -> str:
        with transaction():
            row = SandboxMessage(ticket_id=int(message.ticket_id), author=message.author, role=message.role,
                                 public=message.public, body=message.body, seconds=message.seconds,
                                 marker=message.marker, did=message.did, at=message.at)
            db.session.add(row)
            db.session.flush()
            return str(row.id)

    def find_marked(self, connection: str, marker: str) -> str | None:
        found = db.session.scalar(
            select(SandboxTicket.id).join(SandboxMessage).join(Connection)
            .where(Connection.name == connection, SandboxMessage.marker == marker).limit(1))
        db.session.rollback()
        return None if found is None else str(found)

    def written(self, connection: str, since: datetime, after: str, limit: int) -> Sequence[InboxMessage]:
        rows = db.session.scalars(
            select(SandboxMessage).join(SandboxTicket, SandboxTicket.id == SandboxMessage.ticket_id).join(Connection)
            .where(Connection.name == connection, SandboxMessage.at >= since, SandboxMessage.id > int(after or 0))
            .order_by(SandboxMessage.id).limit(limit))
        found = [_message(each) for each in rows]
        db.session.rollback()
        return found


def _find(ticket_id: str) -> SandboxTicket | None:
    return db.session.get(SandboxTicket, int(ticket_id)) if ticket_id.isdecimal() else None


def _ticket(row: SandboxTicket) -> InboxTicket:
    return InboxTicket(
        subject=row.subject, requester_email=row.requester_email, severity=Severity(row.severity), group=row.group,
        status=InboxStatus(row.status), created_at=row.created_at, product=row.product, channel=row.channel,
        assignee=row.assignee, tags=tuple(row.tags), id=str(row.id))


def _message(row: SandboxMessage) -> InboxMessage:
    return InboxMessage(
        ticket_id=str(row.ticket_id), role=Role(row.role), author=row.author, public=row.public, body=row.body,
        at=row.at, seconds=row.seconds, marker=row.marker, did=Did(row.did), id=str(row.id))
