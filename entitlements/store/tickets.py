"""Tickets and decisions: finding them, and turning rows into the values that rules judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, case, delete, func, select, update
from sqlalchemy.orm import contains_eager, lazyload

from entitlements.errors import NotFound
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import MatchStep, Requester, Severity
from entitlements.rules.ticket import Ticket as TicketValue
from entitlements.store.database import db, in_slices, rows_changed, take_turn
from entitlements.store.latest import is_in_force
from entitlements.store.tables import Connection, Customer, Decision, Notice, Ticket


def find_ticket(connection_id: int, remote_id: str) -> Ticket | None:
    """The ticket that a helpdesk knows by this id."""
    return db.session.scalar(_by_remote_id(connection_id, remote_id))


def find_and_lock(connection_id: int, remote_id: str) -> Ticket | None:
    """The same, fresh and locked until the transaction ends, so that nobody decides about it at the same time."""
    return db.session.scalar(_locked(_by_remote_id(connection_id, remote_id)))


def find_or_reserve(connection_id: int, remote_id: str) -> Ticket | None:
    """The same; where there is none, nobody else admits it or keeps anything about it until the transaction ends."""
    row = find_and_lock(connection_id, remote_id)
    if row is None and take_turn(f"ticket of {connection_id}", remote_id):
        row = find_and_lock(connection_id, remote_id)
    return row


def lock_ticket(ticket_id: int) -> Ticket:
    """The ticket, fresh and locked until the transaction ends. Raises NotFound."""
    row = db.session.scalar(_locked(select(Ticket).where(Ticket.id == ticket_id)))
    if row is None:
        raise NotFound(f"there is no ticket {ticket_id}")
    return row


def _by_remote_id(connection_id: int, remote_id: str) -> Select[Ticket]:
    return select(Ticket).where(Ticket.connection_id == connection_id, Ticket.remote_id == remote_id)


def _locked(query: Select[Ticket]) -> Select[Ticket]:
    return query.with_for_update(of=Ticket, key_share=True).execution_options(populate_existing=True)


def get_ticket(ticket_id: int) -> Ticket:
    """Raises NotFound."""
    row = db.session.get(Ticket, ticket_id)
    if row is None:
        raise NotFound(f"there is no ticket {ticket_id}")
    return row


def ticket_value(row: Ticket) -> TicketValue:
    """The ticket as the rules judge it."""
    requester = Requester(customer=row.customer.name if row.customer else "", candidates=tuple(row.candidates),
                          step=MatchStep(row.match_step) if row.match_step else None, contact=row.contact)
    return TicketValue(requester=requester, created_at=row.created_at, severity=Severity(row.severity),
                       product=row.product, channel=row.channel, staff_made=row.staff_made)


def due_ticket_ids(now: datetime, limit: int) -> list[int]:
    """Queued tickets whose time has come, most urgent first, then the longest waiting."""
    urgency = case({severity.value: severity.rank for severity in Severity}, value=Ticket.severity)
    return list(db.session.scalars(
        select(Ticket.id).where(Ticket.state == "queued", Ticket.due_at <= now)
        .order_by(urgency.desc(), Ticket.due_at, Ticket.id).limit(limit)))


def wake_queued(customer_ids: Iterable[int], now: datetime) -> int:
    """Have the queued tickets of these customers looked at again at once. Returns how many there are."""
    return rows_changed(
        update(Ticket).where(Ticket.state == "queued", Ticket.customer_id.in_(list(customer_ids))).values(due_at=now))


@dataclass(frozen=True)
class Queued:
    """A queued ticket with the promise it has: when (aware UTC), why, and what the rules judge.

    At `due_at` (aware UTC) the worker looks at it. `acted_on` is False for what is older than its connection.
    """

    ticket_id: int
    number: str
    customer: str
    release_at: datetime | None
    reason: str
    value: TicketValue
    due_at: datetime | None
    connection_id: int
    acted_on: bool

    def is_due(self, now: datetime) -> bool:
        """Whether its time has come: the worker would release it, or look at it again, whatever else happens."""
        return any(at is not None and at <= now for at in (self.release_at, self.due_at))

    def turn(self, now: datetime) -> tuple[int, datetime, int]:
        """Sorts as the worker would go through the tickets if all were due at `now`."""
        return -self.value.severity.rank, min(self.due_at or now, now), self.ticket_id


def queued_of(customers: Iterable[str]) -> list[Queued]:
    """The queued tickets of these customers, the next to be released first."""
    query = (select(Ticket, Decision.reason, Connection.admit_from)
             .join(Decision, Decision.ticket_id == Ticket.id).join(Ticket.customer).join(Ticket.connection)
             .where(Ticket.state == "queued", is_in_force())
             .options(contains_eager(Ticket.customer), lazyload(Ticket.connection))
             .order_by(Ticket.release_at, Ticket.id))
    return [_queued(*row) for names in in_slices(customers)
            for row in db.session.execute(query.where(Customer.name.in_(names))).unique()]


def _queued(row: Ticket, reason: str, admit_from: datetime) -> Queued:
    value = ticket_value(row)
    return Queued(row.id, row.remote_id or "", value.requester.customer, row.release_at, reason, value, row.due_at,
                  row.connection_id, row.created_at >= admit_from)


def wake(ticket_ids: Iterable[int], now: datetime) -> int:
    """Have these tickets looked at again at once, as far as they are queued and not due already, which would cost them
    their place. Returns how many that are."""
    later = (Ticket.state == "queued", Ticket.due_at > now)
    return sum(rows_changed(update(Ticket).where(Ticket.id.in_(ids), *later).values(due_at=now))
               for ids in in_slices(ticket_ids))


def queued_ids_of(connection_id: int) -> list[int]:
    return list(db.session.scalars(
        select(Ticket.id).where(Ticket.connection_id == connection_id, Ticket.state == "queued").order_by(Ticket.id)))


def rejects_since(connection_id: int, since: datetime, until: datetime) -> int:
    """Tickets of a connection rejected in `[since, until)`."""
    count = db.session.scalar(
        select(func.count(Decision.id))
        .where(Decision.connection_id == connection_id, Decision.outcome == Outcome.REJECT,
               Decision.made_at >= since, Decision.made_at < until))
    return int(count or 0)


def usual_rejects_per_hour(connection_id: int, now: datetime) -> float:
    """The mean of the week before the last hour."""
    week, hour = timedelta(days=7), timedelta(hours=1)
    return rejects_since(connection_id, now - hour - week, now - hour) / (week / hour)


def forget_notice(ticket_id: int, given_at: datetime) -> None:
    """Take a notice back that was written down but never went out."""
    db.session.execute(delete(Notice).where(Notice.ticket_id == ticket_id, Notice.given_at == given_at))


def has_been_told(contact: str, now: datetime) -> bool:
    """True when the contact has had a public word about a closed stretch that is still running. Until the transaction
    ends nobody else finds that there was none."""
    if contact:
        take_turn("notice", contact)
    return bool(contact) and db.session.scalar(
        select(Notice.id).where(Notice.contact == contact, Notice.until > now).limit(1)) is not None
