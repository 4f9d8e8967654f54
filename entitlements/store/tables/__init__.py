"""The schema, a file for each kind of thing. Importing this package registers every table."""

from entitlements.store.tables.access import ApiToken, AuditEntry, Session, SubmitLink, User
from entitlements.store.tables.connections import Connection, Ending, Event, RawBody, StoredAnswer
from entitlements.store.tables.customers import Contact, Customer, Domain, ExternalId
from entitlements.store.tables.deliveries import Attempt, Delivery, Worker
from entitlements.store.tables.licenses import License, LicenseVersion, Plan
from entitlements.store.tables.milestones import Milestone
from entitlements.store.tables.sandbox import SandboxMessage, SandboxTicket
from entitlements.store.tables.schedules import Change, Fact, Holiday, HolidaySet, Schedule, ScheduleVersion
from entitlements.store.tables.tickets import Decision, Notice, Ticket
from entitlements.store.tables.usage import Reservation, UsageEntry

__all__ = [
    "ApiToken", "Attempt", "AuditEntry", "Change", "Connection", "Contact", "Customer", "Decision", "Delivery",
    "Domain", "Ending", "Event", "ExternalId", "Fact", "Holiday", "HolidaySet", "License", "LicenseVersion",
    "Milestone", "Notice", "Plan", "RawBody", "Reservation", "SandboxMessage", "SandboxTicket", "Schedule",
    "ScheduleVersion", "Session", "StoredAnswer", "SubmitLink", "Ticket", "UsageEntry", "User", "Worker",
]
