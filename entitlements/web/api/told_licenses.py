"""What callers are told of customers, licenses, plans, schedules and usage, a model for each.

Ids are texts, instants UTC to the second, days local to the license.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from entitlements.rules.license import LicenseState
from entitlements.rules.target import MilestoneKind, TargetClock
from entitlements.rules.ticket import Severity
from entitlements.web.api.values import Id, Instant, MaybeId, NextCursor, Told


class Customer(Told):
    """A customer and what it is recognized by."""

    id: Id
    name: str
    zone: str
    language: str = Field(description="What it is told things in, as in fr; empty for the language of each connection.")
    contacts: list[str]
    domains: list[str]
    organization_ids: list[str]
    external_ids: list[str]


class Schedule(Told):
    """A schedule, in the form in which licenses are imported, with the dates of its holiday sets among the others."""

    id: Id
    name: str
    version: int = Field(description="Grows with each change; decisions name the one they were made with.")
    zone: str
    weekly: dict[str, list[list[str]]]
    holidays: list[str]
    exceptions: dict[str, list[list[str]]]
    closures: dict[str, list[list[str]]] = Field(description="Hours that part-day holidays close.")
    holiday_sets: list[str]


class Target(Told):
    """How many seconds a ticket has until its first answer, or until it is resolved, on the clock named."""

    kind: MilestoneKind
    severity: Severity
    seconds: int
    clock: TargetClock


class License(Told):
    """A license in its current version, and the state it is in now. Durations are seconds, dates local to its zone."""

    id: Id
    name: str
    customer: str
    plan: str | None
    state: LicenseState
    version: int
    zone: str
    schedule: str
    starts_on: date
    ends_on: date
    grace_days: int
    daily_limit: int | None
    over_limit: str
    reserve_seconds: int
    exempt_severities: list[str]
    exempt_from: list[str]
    targets: list[Target]
    contacts: list[str]
    products: list[str]
    channels: list[str]
    changed_at: Instant


class Plan(Told):
    """A plan: the terms that a license starts from. The usual plans, which every Deskgate knows, have no id."""

    id: MaybeId
    name: str
    description: str
    weekly: dict[str, Any]
    daily_limit: int | None
    over_limit: str
    reserve_minutes: int
    grace_days: int
    exempt_severities: list[str]
    exempt_from: list[str]
    targets: list[Target]


class Used(Told):
    """A recorded entry of usage, and its day's total. `remaining_seconds` is null for a license without a limit."""

    id: Id
    license: str
    day: date
    used_seconds: int
    remaining_seconds: int | None


class Usage(Told):
    """One entry of usage; negative seconds were given back. `day` is local to the license."""

    id: Id
    customer: str
    license: str
    day: date
    at: Instant
    seconds: int
    overrun_seconds: int
    ticket: MaybeId
    source: str
    note: str


class Day(Told):
    """The total of one license's day: reserved seconds are set aside for tickets whose time is not logged yet."""

    customer: str
    license: str
    day: date
    used_seconds: int
    reserved_seconds: int
    limit_seconds: int | None
    remaining_seconds: int | None


class Customers(Told):
    """Customers, in the order in which they came."""

    customers: list[Customer]
    next: NextCursor


class Licenses(Told):
    """Licenses, in the order in which they came."""

    licenses: list[License]
    next: NextCursor


class Plans(Told):
    """Plans: the usual ones, then your own in the order in which they came."""

    plans: list[Plan]
    next: NextCursor


class Schedules(Told):
    """Schedules, in the order in which they came."""

    schedules: list[Schedule]
    next: NextCursor


class Usages(Told):
    """Entries of usage, the newest first, and the totals of all the days that they fall on."""

    usage: list[Usage]
    days: list[Day]
    next: NextCursor
