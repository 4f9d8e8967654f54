"""Licenses as rows and as values: reading the current version of each, adding versions when the terms change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, lazyload

from entitlements.rules.license import Exemption, OverLimit, Standing, Terms
from entitlements.rules.license import License as LicenseValue
from entitlements.rules.plan import Plan as PlanValue
from entitlements.rules.target import read_targets, targets_list
from entitlements.rules.ticket import Severity
from entitlements.store.database import db, in_slices
from entitlements.store.latest import is_current
from entitlements.store.schedules import find_schedule, schedule_value, shared_schedule, written_value
from entitlements.store.tables import Customer, Decision, License, LicenseVersion, Plan, Schedule


def license_value(row: License) -> LicenseValue:
    """The license in its current version."""
    return license_at(row, row.current)


def license_at(row: License, version: LicenseVersion) -> LicenseValue:
    """The license in one of its versions."""
    return LicenseValue(id=row.id, version=version.id, name=row.name, customer=row.customer.name,
                        terms=terms_value(version), plan=row.plan.name if row.plan else "",
                        schedule_version=version.schedule.version)


def license_of(decision: Decision) -> LicenseValue | None:
    """The license that a decision was made from, in the version it used."""
    return find_version(decision.license_version_id) if decision.license_version_id else None


def terms_value(version: LicenseVersion) -> Terms:
    """The terms of one version."""
    return Terms(
        schedule=schedule_value(version.schedule), schedule_name=version.schedule.name,
        starts_on=version.starts_on, ends_on=version.ends_on, grace_days=version.grace_days,
        standing=Standing(version.standing), daily_limit=version.daily_limit,
        over_limit=OverLimit(version.over_limit), reserve_seconds=version.reserve_seconds,
        exempt_severities=frozenset(map(Severity, version.exempt_severities)),
        exempt_from=frozenset(map(Exemption, version.exempt_from)), targets=read_targets(version.targets),
        contacts=frozenset(version.contacts), products=frozenset(version.products),
        channels=frozenset(version.channels))


def licenses_of(customer_name: str) -> list[LicenseValue]:
    """The licenses of the customer of exactly that short name, current versions, by name. One query."""
    return _values(_current().where(Customer.name == customer_name))


def licenses_by_customer(names: Iterable[str] | None = None) -> dict[str, list[LicenseValue]]:
    """The licenses of these customers, or of all, under the customers' short names. One query for each 500 names."""
    if names is None:
        return _grouped(_values(_current()))
    return _grouped([license for some in in_slices(sorted(set(names)))
                     for license in _values(_current().where(Customer.name.in_(some)))])


def customers_with(schedules: Iterable[str]) -> list[str]:
    """The short names of the customers who have a license, in its current version, with a schedule of these names."""
    return list(db.session.scalars(
        select(Customer.name).join(License, License.customer_id == Customer.id).join(License.versions)
        .join(LicenseVersion.schedule).where(is_current(), Schedule.name.in_(list(schedules)))
        .distinct().order_by(Customer.name)))


def _grouped(licenses: list[LicenseValue]) -> dict[str, list[LicenseValue]]:
    grouped: dict[str, list[LicenseValue]] = {}
    for each in licenses:
        grouped.setdefault(each.customer, []).append(each)
    return grouped


@cache
def _current() -> Select[License, LicenseVersion]:
    """Each license with its latest version, and all that their values are made of. Made once: it is long, and each
    decision asks it."""
    return (select(License, LicenseVersion)
            .join(License.customer).join(LicenseVersion, LicenseVersion.license_id == License.id)
            .where(is_current())
            .options(contains_eager(License.customer), lazyload(License.versions), lazyload(LicenseVersion.license))
            .order_by(License.name))


def _values(query: Select[License, LicenseVersion]) -> list[LicenseValue]:
    return [license_at(row, version) for row, version in db.session.execute(query).unique()]


def find_license(customer_id: int, name: str) -> License | None:
    """A customer's license of that name, case ignored."""
    rows = db.session.scalars(select(License).where(License.customer_id == customer_id)).unique()
    return next((row for row in rows if row.name.lower() == name.strip().lower()), None)


def find_version(version_id: int) -> LicenseValue | None:
    """The license as it stood in the version a decision points at."""
    version = db.session.get(LicenseVersion, version_id)
    return license_at(version.license, version) if version else None


def add_license(customer: Customer, name: str, plan: Plan | None = None) -> License:
    """A new license, without terms yet: `save_terms` gives it its first version."""
    row = License(customer=customer, name=name, plan=plan, versions=[])
    db.session.add(row)
    db.session.flush()
    return row


def save_terms(row: License, terms: Terms, at: datetime, by: str) -> bool:
    """Add a version with these terms, unless they are the current ones. Returns whether a version was added."""
    if row.versions and terms_value(row.current) == terms and terms.schedule_name in ("", row.current.schedule.name):
        return False
    number = row.current.number + 1 if row.versions else 1
    row.versions.append(LicenseVersion(number=number, schedule=_schedule_row(terms, at, by), changed_at=at,
                                       changed_by=by, **terms_columns(terms)))
    db.session.flush()
    return True


def _schedule_row(terms: Terms, at: datetime, by: str) -> Schedule:
    """The schedule that the terms name, if it is still theirs; else one with the same hours."""
    named = find_schedule(terms.schedule_name) if terms.schedule_name else None
    if named is not None and terms.schedule in (schedule_value(named), written_value(named)):
        return named
    return shared_schedule(terms.schedule, at, by)


def terms_columns(terms: Terms) -> dict[str, Any]:
    """The terms as the columns of a version, its schedule aside; lists in order."""
    plain = {name: getattr(terms, name) for name in ("starts_on", "ends_on", "grace_days", "daily_limit",
                                                     "reserve_seconds")}
    lists = {name: sorted(str(each) for each in getattr(terms, name))
             for name in ("exempt_severities", "exempt_from", "contacts", "products", "channels")}
    return {**plain, **lists, "targets": targets_list(terms.targets), "standing": terms.standing.value,
            "over_limit": terms.over_limit.value}


def find_plan(name: str) -> Plan | None:
    """The plan of that name, case ignored."""
    return next((row for row in all_plans() if row.name.lower() == name.strip().lower()), None)


def all_plans() -> list[Plan]:
    return list(db.session.scalars(select(Plan).order_by(Plan.name)))


def plan_value(row: Plan) -> PlanValue:
    """The plan as a value."""
    return PlanValue(
        name=row.name, weekly=row.weekly, description=row.description, daily_limit=row.daily_limit,
        over_limit=OverLimit(row.over_limit), reserve_minutes=row.reserve_minutes, grace_days=row.grace_days,
        exempt_severities=frozenset(map(Severity, row.exempt_severities)),
        exempt_from=frozenset(map(Exemption, row.exempt_from)), targets=read_targets(row.targets))


def add_plan(plan: PlanValue) -> Plan:
    """A new plan."""
    row = Plan(name=plan.name, weekly=dict(plan.weekly), description=plan.description, daily_limit=plan.daily_limit,
               over_limit=plan.over_limit.value, reserve_minutes=plan.reserve_minutes, grace_days=plan.grace_days,
               exempt_severities=sorted(plan.exempt_severities), exempt_from=sorted(plan.exempt_from),
               targets=targets_list(plan.targets))
    db.session.add(row)
    db.session.flush()
    return row
