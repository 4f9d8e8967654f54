"""The lists that the REST API answers, a page at a time. A page goes on after the id that the one before ended with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from entitlements.errors import NotFound
from entitlements.rules.plan import STANDARD_PLANS
from entitlements.rules.plan import Plan as PlanValue
from entitlements.store.database import db
from entitlements.store.licenses import plan_value
from entitlements.store.tables import (
    Connection,
    Customer,
    Delivery,
    HolidaySet,
    License,
    Plan,
    Reservation,
    Schedule,
    StoredAnswer,
    Ticket,
    UsageEntry,
)

Row = TypeVar("Row")
AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Span:
    """How many rows at most, and the id that the page before ended with, if there was one."""

    limit: int
    after: int | None = None


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """One page; `next` is what `Span.after` has to be for the next one, None when this is the last."""

    rows: tuple[Row, ...]
    next: int | None


@dataclass(frozen=True)
class KnownPlan:
    """A plan that licenses can start from; one of the usual plans has no row, and so no id."""

    id: int | None
    plan: PlanValue


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets; what is empty filters nothing. Names are short names, case ignored for customers."""

    state: str = ""
    customer: str = ""
    connection: str = ""


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries; what is empty filters nothing."""

    state: str = ""
    connection: str = ""
    ticket_id: int | None = None


@dataclass(frozen=True)
class UsageFilter:
    """Which entries of usage; what is empty filters nothing. Local days of the license, both inclusive."""

    customer: str = ""
    license: str = ""
    since: date | None = None
    until: date | None = None


def list_tickets(wanted: TicketFilter, span: Span) -> Listed[Ticket]:
    """The newest first, each with its decisions and milestones."""
    query = select(Ticket).options(selectinload(Ticket.decisions), selectinload(Ticket.milestones))
    if wanted.state:
        query = query.where(Ticket.state == wanted.state)
    if wanted.customer:
        query = query.join(Ticket.customer).where(_is_named(wanted.customer))
    if wanted.connection:
        query = query.join(Ticket.connection).where(Connection.name == wanted.connection)
    return _newest_first(query, Ticket.id, span)


def list_deliveries(wanted: DeliveryFilter, span: Span) -> Listed[Delivery]:
    """The newest first, each with its attempts."""
    query = select(Delivery).options(selectinload(Delivery.attempts))
    if wanted.state:
        query = query.where(Delivery.state == wanted.state)
    if wanted.ticket_id is not None:
        query = query.where(Delivery.ticket_id == wanted.ticket_id)
    if wanted.connection:
        query = query.join(Delivery.connection).where(Connection.name == wanted.connection)
    return _newest_first(query, Delivery.id, span)


def list_usage(wanted: UsageFilter, span: Span) -> Listed[tuple[UsageEntry, License]]:
    """The newest first, each with its license."""
    query: AnySelect = select(UsageEntry, License).join(License, License.id == UsageEntry.license_id)
    if wanted.customer:
        query = query.join(License.customer).where(_is_named(wanted.customer))
    if wanted.license:
        query = query.where(License.name == wanted.license)
    if wanted.since is not None:
        query = query.where(UsageEntry.day >= wanted.since)
    if wanted.until is not None:
        query = query.where(UsageEntry.day <= wanted.until)
    found = db.session.execute(_before(query, UsageEntry.id, span)).unique().all()
    rows = tuple((entry, license) for entry, license in found[:span.limit])
    return Listed(rows, rows[-1][0].id if len(found) > span.limit else None)


def list_customers(span: Span) -> Listed[Customer]:
    """In the order in which they came, each with what it is recognized by."""
    query = select(Customer).options(selectinload(Customer.contacts), selectinload(Customer.domains),
                                     selectinload(Customer.external_ids))
    return _oldest_first(query, Customer.id, span)


def list_licenses(customer: str, span: Span) -> Listed[License]:
    """In the order in which they came; of one customer, or of all when the name is empty."""
    query = select(License)
    if customer:
        query = query.join(License.customer).where(_is_named(customer))
    return _oldest_first(query, License.id, span)


def list_plans(span: Span) -> Listed[KnownPlan]:
    """The usual plans, but for those whose name a row has taken; then the rows in the order in which they came."""
    rows = db.session.scalars(select(Plan).order_by(Plan.id)).all()
    taken = {row.name.lower() for row in rows}
    usual = [(place, KnownPlan(None, plan)) for place, plan in enumerate(STANDARD_PLANS, start=1)
             if plan.name.lower() not in taken]
    own = [(len(STANDARD_PLANS) + row.id, KnownPlan(row.id, plan_value(row))) for row in rows]
    found = [each for each in (*usual, *own) if each[0] > (span.after or 0)]
    page = found[:span.limit]
    return Listed(tuple(known for _, known in page), page[-1][0] if len(found) > span.limit else None)


def list_schedules(span: Span) -> Listed[Schedule]:
    """In the order in which they came."""
    return _oldest_first(select(Schedule).options(selectinload(Schedule.sets).lazyload(HolidaySet.entries)),
                         Schedule.id, span)


def list_connections(span: Span) -> Listed[Connection]:
    """In the order in which they came."""
    return _oldest_first(select(Connection), Connection.id, span)


def deliveries_of(ticket_id: int) -> Sequence[Delivery]:
    """All that was owed because of a ticket, the oldest first, with the attempts."""
    return db.session.scalars(select(Delivery).options(selectinload(Delivery.attempts))
                              .where(Delivery.ticket_id == ticket_id).order_by(Delivery.id)).unique().all()


def get_delivery(delivery_id: int) -> Delivery:
    """Raises NotFound."""
    row = db.session.get(Delivery, delivery_id)
    if row is None:
        raise NotFound(f"there is no delivery {delivery_id}")
    return row


def seconds_by_day(wanted: Collection[tuple[int, date]]) -> dict[tuple[int, date], tuple[int, int]]:
    """Seconds used and seconds reserved on each of these days, each day of a license by its id."""
    totals = []
    for table in (UsageEntry, Reservation):
        rows = db.session.execute(
            select(table.license_id, table.day, func.sum(table.seconds))
            .where(table.license_id.in_({license_id for license_id, _ in wanted}),
                   table.day.in_({day for _, day in wanted}))
            .group_by(table.license_id, table.day))
        totals.append({(license_id, day): int(seconds) for license_id, day, seconds in rows})
    return {each: (totals[0].get(each, 0), totals[1].get(each, 0)) for each in wanted}


def find_answer(owner: str, route: str, key: str) -> StoredAnswer | None:
    """The answer that was given to this owner's call of the route with this Idempotency-Key."""
    return db.session.scalar(select(StoredAnswer).where(
        StoredAnswer.owner == owner, StoredAnswer.route == route, StoredAnswer.key == key))


def _is_named(customer: str) -> ColumnElement[bool]:
    return func.lower(Customer.name) == customer.lower()


def _newest_first(query: Select[tuple[Row]], id: InstrumentedAttribute[int], span: Span) -> Listed[Row]:
    return _cut(db.session.scalars(_before(query, id, span)).unique().all(), span)


def _before(query: AnySelect, id: InstrumentedAttribute[int], span: Span) -> AnySelect:
    if span.after is not None:
        query = query.where(id < span.after)
    return query.order_by(id.desc()).limit(span.limit + 1)


def _oldest_first(query: Select[tuple[Row]], id: InstrumentedAttribute[int], span: Span) -> Listed[Row]:
    if span.after is not None:
        query = query.where(id > span.after)
    return _cut(db.session.scalars(query.order_by(id).limit(span.limit + 1)).unique().all(), span)


def _cut(found: Sequence[Any], span: Span) -> Listed[Any]:
    """One row more than wanted was asked for: it says that there is a next page."""
    rows = tuple(found[:span.limit])
    return Listed(rows, rows[-1].id if len(found) > span.limit else None)
