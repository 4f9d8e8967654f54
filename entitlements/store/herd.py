"""The tickets that wait for the same hour, and how busy a helpdesk is kept besides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from entitlements.helpdesk import Action
from entitlements.rules.fair import Waiting
from entitlements.rules.ticket import Severity
from entitlements.store.database import db
from entitlements.store.tables import Delivery, Ticket

RANK = {severity.value: severity.rank for severity in Severity}


def herd_of(connection_id: int, now: datetime) -> list[Waiting]:
    """The queued tickets of a connection by their release, and those whose release is decided but still owed.

    Whoever's time has come already stands in one line as of now.
    """
    queued = db.session.execute(
        select(Ticket.id, Ticket.customer_id, Ticket.severity, Ticket.release_at)
        .where(Ticket.connection_id == connection_id, Ticket.state == "queued", Ticket.release_at.is_not(None)))
    owed = db.session.execute(
        select(Ticket.id, Ticket.customer_id, Ticket.severity, Delivery.created_at)
        .join(Ticket, Ticket.id == Delivery.ticket_id)
        .where(Delivery.connection_id == connection_id, Delivery.state == "waiting",
               Delivery.action == Action.RELEASE, Ticket.connection_id == connection_id))
    return [Waiting(number, customer, RANK[severity], max(at, now))
            for number, customer, severity, at in [*queued, *owed]]


def live_changes(connection_id: int, since: datetime) -> int:
    """How many changes other than releases have become owed to a connection since then."""
    return db.session.scalar(
        select(func.count(Delivery.id)).where(Delivery.connection_id == connection_id, Delivery.created_at >= since,
                                              Delivery.action != Action.RELEASE)) or 0
