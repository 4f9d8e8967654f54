"""What is still owed to a helpdesk that is left, and which of its tickets we ever changed."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from entitlements.helpdesk import Action
from entitlements.store.database import db
from entitlements.store.tables import Delivery, Ticket

OWED = ("waiting", "sending")


def owed_to(connection_id: int) -> int:
    """Deliveries to a connection that wait or are on their way."""
    return int(db.session.scalar(select(func.count(Delivery.id)).where(
        Delivery.connection_id == connection_id, Delivery.state.in_(OWED))) or 0)


def held_for_good(connection_id: int) -> list[tuple[str, int]]:
    """The helpdesk's ids of the tickets of which the last that was owed is an end to their hold that the helpdesk did
    not take, each with the number of that delivery."""
    other = aliased(Delivery)
    last = select(func.max(other.id)).where(other.ticket_id == Delivery.ticket_id,
                                            other.connection_id == connection_id).correlate(Delivery)
    query = (select(Ticket.remote_id, Delivery.id).join(Ticket, Delivery.ticket_id == Ticket.id)
             .where(Delivery.connection_id == connection_id, Delivery.action == Action.RELEASE,
                    Delivery.state.in_(("dead", "parked")), Delivery.id == last.scalar_subquery())
             .order_by(Delivery.id))
    return [(str(remote_id), number) for remote_id, number in db.session.execute(query)]


def changed_tickets(connection_id: int) -> list[str]:
    """The helpdesk's ids of the tickets to which something was delivered."""
    query = (select(Ticket.remote_id).join(Delivery, Delivery.ticket_id == Ticket.id)
             .where(Delivery.connection_id == connection_id, Delivery.state == "done", Ticket.remote_id.is_not(None)))
    return [str(each) for each in db.session.scalars(query.distinct().order_by(Ticket.remote_id))]
