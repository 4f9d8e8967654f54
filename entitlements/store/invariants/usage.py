"""What must hold of time used up and set aside."""

from __future__ import annotations

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import aliased

from entitlements.store.invariants.invariant import Invariant
from entitlements.store.tables import LicenseVersion, Reservation, Ticket, UsageEntry

_entries = select(UsageEntry.id, UsageEntry.license_id, UsageEntry.recorded_at, UsageEntry.seconds, UsageEntry.overrun,
                  func.sum(UsageEntry.seconds).over(partition_by=(UsageEntry.license_id, UsageEntry.day),
                                                    order_by=UsageEntry.id).label("total")).subquery()
_version, _next = aliased(LicenseVersion), aliased(LicenseVersion)
_past = _entries.c.total - _version.daily_limit
_expected = case((or_(_version.daily_limit.is_(None), _entries.c.seconds <= 0, _past <= 0), 0),
                 (_past > _entries.c.seconds, _entries.c.seconds), else_=_past)
_over_by_then = exists().where(_next.license_id == _version.license_id, _next.number > _version.number,
                               _next.changed_at < _entries.c.recorded_at).correlate(_version, _entries)
# Where terms were changed at the very instant, either may have been in force.
_agrees = exists().where(_version.license_id == _entries.c.license_id, _version.changed_at <= _entries.c.recorded_at,
                         ~_over_by_then, _entries.c.overrun == _expected).correlate(_entries)

USAGE = (
    Invariant("overrun is what lies past the limit of the day", "sums and entries do not agree", "entry",
              select(_entries.c.id).where(~_agrees)),
    Invariant("time is set aside for open routed tickets only", "a limit is used up by a ticket that nobody works on",
              "ticket", select(Reservation.ticket_id).join(Ticket, Ticket.id == Reservation.ticket_id)
              .where((Ticket.state != "routed") | Ticket.closed_at.is_not(None))),
    Invariant("what is set aside is time", "less than nothing was set aside", "ticket",
              select(Reservation.ticket_id).where(Reservation.seconds <= 0)),
)
