"""Counting time against daily limits: told by a helpdesk, by the REST API, or given back. Each entry counts once.

Called inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from entitlements.errors import ConfigError
from entitlements.helpdesk import Event
from entitlements.rules.license import License, LicenseState
from entitlements.store import db, tables
from entitlements.store.customers import find_customer, identify
from entitlements.store.licenses import licenses_of
from entitlements.store.tickets import wake_queued
from entitlements.store.usage import find_entry, free_reservation, seconds_used, versions_of

IN_FORCE = (LicenseState.ACTIVE, LicenseState.GRACE)


@dataclass(frozen=True)
class UsageReport:
    """Seconds used at an instant, negative to give back. (`source`, `entry_key`) names the entry for ever."""

    customer: str
    seconds: int
    source: str
    entry_key: str
    license: str = ""
    at: datetime | None = None
    ticket_id: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Used:
    """What an entry led to: the day it counts on, and that day's total. `remaining_seconds` is None without a limit."""

    entry_id: int
    license: str
    day: date
    used_seconds: int
    remaining_seconds: int | None


def record_usage(report: UsageReport, now: datetime) -> Used:
    """Count an entry, or find it counted already. Raises ConfigError naming the field that is wrong."""
    license = _license_for(report, now)
    entry = find_entry(report.source, report.entry_key)
    if entry is None:
        entry = _add(report, license, now)
    used = max(0, seconds_used(entry.license_id, entry.day))
    limit = license.terms.daily_limit
    return Used(entry.id, license.name, entry.day, used, None if limit is None else limit - used)


def _license_for(report: UsageReport, now: datetime) -> License:
    customer = find_customer(report.customer)
    if customer is None:
        raise ConfigError(f"there is no customer named {report.customer!r}", field="customer")
    if report.ticket_id is not None and not _is_theirs(report.ticket_id, customer.id):
        raise ConfigError(f"{customer.name} has no ticket {report.ticket_id}", field="ticket")
    licenses = licenses_of(customer.name)
    if report.license:
        named = [each for each in licenses if each.name == report.license]
        if not named:
            raise ConfigError(f"{customer.name} has no license named {report.license!r}", field="license")
        return named[0]
    chosen = _metered(licenses, report.ticket_id, report.at or now)
    if chosen is None:
        raise ConfigError(f"{customer.name} has no license to count time against", field="license")
    return chosen


def _is_theirs(ticket_id: int, customer_id: int) -> bool:
    ticket = db.session.get(tables.Ticket, ticket_id)
    return ticket is not None and ticket.customer_id == customer_id


def _metered(licenses: Sequence[License], ticket_id: int | None, at: datetime) -> License | None:
    """The license that time counts against: the ticket's own, else one in force with a limit, else any in force."""
    ticket = db.session.get(tables.Ticket, ticket_id) if ticket_id is not None else None
    names = [each.license_name for each in ticket.decisions if each.license_name] if ticket else []
    own = names[-1] if names else ""
    ranked = sorted(licenses, key=lambda each: (each.name != own, each.state_at(at) not in IN_FORCE,
                                                each.terms.daily_limit is None, each.terms.ends_on, each.name))
    return ranked[0] if ranked else None


def _add(report: UsageReport, license: License, now: datetime) -> tables.UsageEntry:
    at = report.at or now
    day = license.terms.schedule.day_of(at)
    entry = tables.UsageEntry(license_id=license.id, ticket_id=report.ticket_id, source=report.source,
                              entry_key=report.entry_key, seconds=report.seconds, at=at, day=day, note=report.note,
                              overrun=_overrun(license, day, report.seconds), recorded_at=now)
    db.session.add(entry)
    db.session.flush()
    if report.seconds < 0:
        _wake(license.customer, now)
    if report.ticket_id is not None:
        give_back_reservation(report.ticket_id, license.customer, now)
    return entry


def give_back_reservation(ticket_id: int, customer: str, now: datetime) -> None:
    """Free what was set aside for a ticket; if there was any, the customer's waiting tickets are looked at again."""
    if free_reservation(ticket_id):
        _wake(customer, now)


def _overrun(license: License, day: date, seconds: int) -> int:
    """The part of an entry that lies past the limit."""
    limit = license.terms.daily_limit
    if limit is None or seconds <= 0:
        return 0
    return max(0, min(seconds, seconds_used(license.id, day) + seconds - limit))


def _wake(name: str, now: datetime) -> None:
    customer = find_customer(name)
    if customer is not None:
        wake_queued([customer.id], now)


def meter_event(connection: tables.Connection, ticket: tables.Ticket | None, event: Event, now: datetime) -> str:
    """Count time logged in a helpdesk. That of nobody we know, or of a customer without license, is ignored."""
    customer = ticket.customer.name if ticket and ticket.customer else identify(event.identity).customer
    if not customer or not (event.seconds or event.entry_version) or not licenses_of(customer):
        return "ignored"
    report = UsageReport(customer=customer, seconds=event.seconds, source=f"connection:{connection.name}",
                         entry_key=f"{event.ticket_id}/{event.entry_id or event.key}",
                         at=min(event.at, now) if event.at else None, ticket_id=ticket.id if ticket else None)
    newer = _newer(report, event.entry_version) if event.entry_version else report
    if newer is None:
        return "ignored"
    record_usage(newer, now)
    return "applied"


def _newer(report: UsageReport, version: str) -> UsageReport | None:
    """What an entry that is told anew adds to what was counted of it; None when something as new is counted already.

    Also a difference of nothing is counted: by it, an older version that comes late is known to be older.
    """
    earlier, key = versions_of(report.source, report.entry_key), f"{report.entry_key}@{version}"
    if any(entry.entry_key >= key for entry in earlier):
        return None
    seconds = report.seconds - sum(entry.seconds for entry in earlier)
    if not earlier:
        return replace(report, entry_key=key, seconds=seconds)
    own = db.session.get_one(tables.License, earlier[-1].license_id)
    still = own.name if own.customer.name == report.customer else ""
    return replace(report, entry_key=key, seconds=seconds, license=still, at=earlier[0].at)
