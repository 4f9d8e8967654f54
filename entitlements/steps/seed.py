"""Demo data: plans, customers and a sandbox, so that a first look shows every outcome whatever the hour.

Seeding again adds what is missing and brings last year's demo licenses to this year; what people changed stays. A
database with customers of its own is left alone. Called inside a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from entitlements.helpdesk import ConnectionConfig
from entitlements.rules.license import Exemption, Terms
from entitlements.rules.plan import AROUND_THE_CLOCK, BUSINESS_HOURS, STANDARD_PLANS, THREE_HOURS_A_DAY, Plan
from entitlements.rules.schedule import Schedule
from entitlements.rules.target import MilestoneKind, Targets
from entitlements.rules.target_cells import targets_cell
from entitlements.rules.ticket import Severity
from entitlements.steps.meter import UsageReport, record_usage
from entitlements.store import tables
from entitlements.store.access import ADMIN, add_user, audit, find_user, set_password
from entitlements.store.connections import SANDBOX, add_connection, find_connection
from entitlements.store.customers import Identifiers, add_customer, add_identifiers, customer_names, find_customer
from entitlements.store.licenses import (
    add_license,
    add_plan,
    find_license,
    find_plan,
    license_value,
    licenses_of,
    save_terms,
)
from entitlements.store.usage import seconds_used
from entitlements.store.vault import new_webhook_secret

ACTOR = "seed"
FIRST_ADMIN = "admin"
URGENT = frozenset({Severity.URGENT})


@dataclass(frozen=True)
class DemoCustomer:
    """A made-up customer. `zone` is its license's, `reads_clocks_in` that of its people; `years_ago` dates it back;
    `any_hour` are the severities that it is served for around the clock."""

    name: str
    plan: Plan
    about: str
    zone: str = "UTC"
    reads_clocks_in: str = ""
    years_ago: int = 0
    used_up: bool = False
    any_hour: frozenset[Severity] = frozenset()
    contacts: tuple[str, ...] = field(default=("support", "it"))

    @property
    def domain(self) -> str:
        return f"{self.name.lower()}.example"

    @property
    def address(self) -> str:
        """The address that its demo tickets come from."""
        return f"{self.contacts[0]}@{self.domain}"


DEMO = (
    DemoCustomer("Aurora", AROUND_THE_CLOCK, "24x7", reads_clocks_in="Europe/Oslo"),
    DemoCustomer("Lutece", BUSINESS_HOURS, "business hours in Paris, people in Tokyo", "Europe/Paris", "Asia/Tokyo",
                 any_hour=URGENT),
    DemoCustomer("Hudson", BUSINESS_HOURS, "business hours in New York", "America/New_York", "America/New_York"),
    DemoCustomer("Trio", THREE_HOURS_A_DAY, "three hours a day, used up", used_up=True),
    DemoCustomer("Bygone", BUSINESS_HOURS, "expired", "Europe/Paris", "Europe/Paris", years_ago=1),
)


PROMISED = {
    AROUND_THE_CLOCK.name: ("urgent 30min; high 1h; all 4h", "urgent 4h; high 8h; all 24h"),
    BUSINESS_HOURS.name: ("urgent 1h; high 2h; all 4h", "urgent 4h; all 16h"),
    THREE_HOURS_A_DAY.name: ("all 2h", "none"),
}
"""What the demo's plans promise: how soon tickets are answered, and resolved. Plans by themselves promise nothing."""


@dataclass(frozen=True)
class Seeded:
    """What is there now. `demo` is False for a database that has customers of its own and was left alone."""

    demo: bool


def seed(now: datetime) -> Seeded:
    """Make the demo data, or complete it."""
    known = customer_names()
    if known and not any(each.name.lower() in known for each in DEMO):
        return Seeded(demo=False)
    for plan in STANDARD_PLANS:
        if find_plan(plan.name) is None:
            add_plan(replace(plan, targets=_targets(plan)))
    for demo in DEMO:
        _seed_customer(demo, now)
    if find_connection(SANDBOX) is None:
        config = ConnectionConfig(name=SANDBOX, kind=SANDBOX, secrets=(new_webhook_secret(),),
                                  settings={"reject_breaker": "off"})
        add_connection(config, now.replace(microsecond=0))
        audit(actor=ACTOR, action="connection.add", subject=f"connection:{SANDBOX}", at=now)
    return Seeded(demo=True)


def _seed_customer(demo: DemoCustomer, now: datetime) -> None:
    customer = find_customer(demo.name)
    if customer is None:
        customer = add_customer(demo.name, demo.reads_clocks_in)
        add_identifiers(customer, Identifiers(contacts=frozenset(f"{each}@{demo.domain}" for each in demo.contacts),
                                              domains=frozenset({demo.domain})))
        audit(actor=ACTOR, action="customer.add", subject=f"customer:{demo.name}", at=now)
    row = find_license(customer.id, demo.plan.name)
    if row is None:
        row = add_license(customer, demo.plan.name, find_plan(demo.plan.name))
        save_terms(row, _terms(demo, now.year - demo.years_ago), now, ACTOR)
    elif row.current.ends_on.year < now.year - demo.years_ago:
        _renew(row, now.year - demo.years_ago, now)
    if demo.used_up:
        use_up(demo, now)


def _terms(demo: DemoCustomer, year: int) -> Terms:
    plan = demo.plan
    schedule = Schedule.from_dict({"zone": demo.zone, "weekly": plan.weekly})
    return Terms(schedule=schedule, starts_on=date(year, 1, 1), ends_on=date(year, 12, 31),
                 daily_limit=plan.daily_limit, exempt_severities=demo.any_hour,
                 exempt_from=frozenset(Exemption), targets=_targets(plan))


def _targets(plan: Plan) -> Targets:
    texts = dict(zip(MilestoneKind, PROMISED[plan.name], strict=True))
    return frozenset(each for kind, text in texts.items() for each in targets_cell(kind)(text, kind))


def _renew(row: tables.License, year: int, now: datetime) -> None:
    terms = license_value(row).terms
    save_terms(row, replace(terms, starts_on=date(year, 1, 1), ends_on=date(year, 12, 31)), now, ACTOR)


def use_up(demo: DemoCustomer, now: datetime) -> None:
    """Record what is left of today's limit as used."""
    left = seconds_left(demo, now)
    if left > 0:
        record_usage(UsageReport(customer=demo.name, license=demo.plan.name, seconds=left, source="seed",
                                 entry_key=f"{demo.name}/{now.isoformat()}", note="demo"), now)


def seconds_left(demo: DemoCustomer, now: datetime) -> int:
    """What is left today of a demo customer's daily limit; 0 without one."""
    license = next((each for each in licenses_of(demo.name) if each.name == demo.plan.name), None)
    if license is None or license.terms.daily_limit is None:
        return 0
    return license.terms.daily_limit - seconds_used(license.id, license.terms.schedule.day_of(now))


def first_admin(now: datetime) -> str:
    """A fresh one-time password of the first admin; empty once the admin has chosen one."""
    user = find_user(FIRST_ADMIN)
    if user is None:
        audit(actor=ACTOR, action="user.add", subject=f"user:{FIRST_ADMIN}", at=now)
        return add_user(FIRST_ADMIN, ADMIN)[1]
    return set_password(user) if user.temporary else ""
