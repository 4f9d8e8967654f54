"""Looking licenses, plans and schedules up."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from entitlements.rules.target import Targets, targets_list
from entitlements.store.licenses import license_value
from entitlements.store.listing import KnownPlan, list_licenses, list_plans, list_schedules
from entitlements.store.tables import License, Schedule
from entitlements.web.api import told_licenses as told
from entitlements.web.api.answer import next_of, span, tell
from entitlements.web.api.asked import LicenseQuery, Page
from entitlements.web.api.auth import deskgate
from entitlements.web.api.operation import Answers, Operation, serves
from entitlements.web.read_json import read_query


@serves(Operation("GET", "/licenses", "licenses:read", "List licenses",
                  (Answers(200, told.Licenses, "A page of licenses."),), query=LicenseQuery))
def get_licenses() -> Response:
    """Each in its current version, with the state it is in now."""
    wanted, now = read_query(request, LicenseQuery), deskgate().clock.now()
    listed = list_licenses(wanted.customer, span(wanted))
    return tell(told.Licenses(licenses=[_license_told(row, now) for row in listed.rows], next=next_of(listed)))


@serves(Operation("GET", "/plans", "licenses:read", "List plans", (Answers(200, told.Plans, "A page of plans."),),
                  query=Page))
def get_plans() -> Response:
    """The templates that licenses are issued from: the usual ones and your own, which win by the same name."""
    listed = list_plans(span(read_query(request, Page)))
    return tell(told.Plans(plans=[_plan_told(row) for row in listed.rows], next=next_of(listed)))


@serves(Operation("GET", "/schedules", "licenses:read", "List schedules",
                  (Answers(200, told.Schedules, "A page of schedules."),), query=Page))
def get_schedules() -> Response:
    """In the form in which licenses are imported."""
    listed = list_schedules(span(read_query(request, Page)))
    return tell(told.Schedules(schedules=[_schedule_told(row) for row in listed.rows], next=next_of(listed)))


def _license_told(row: License, now: datetime) -> told.License:
    version, value = row.current, license_value(row)
    return told.License(
        id=row.id, name=row.name, customer=row.customer.name, plan=row.plan.name if row.plan else None,
        state=value.state_at(now), version=version.number, zone=value.zone, schedule=version.schedule.name,
        starts_on=version.starts_on, ends_on=version.ends_on, grace_days=version.grace_days,
        daily_limit=version.daily_limit, over_limit=version.over_limit, reserve_seconds=version.reserve_seconds,
        exempt_severities=version.exempt_severities, exempt_from=version.exempt_from,
        targets=_targets_told(value.terms.targets), contacts=version.contacts, products=version.products,
        channels=version.channels, changed_at=version.changed_at)


def _plan_told(known: KnownPlan) -> told.Plan:
    plan = known.plan
    return told.Plan(
        id=known.id, name=plan.name, description=plan.description, weekly=dict(plan.weekly),
        daily_limit=plan.daily_limit, over_limit=plan.over_limit, reserve_minutes=plan.reserve_minutes,
        grace_days=plan.grace_days, exempt_severities=sorted(plan.exempt_severities),
        exempt_from=sorted(plan.exempt_from), targets=_targets_told(plan.targets))


def _targets_told(targets: Targets) -> list[told.Target]:
    return [told.Target.model_validate(each) for each in targets_list(targets)]


def _schedule_told(row: Schedule) -> told.Schedule:
    written = row.definition
    return told.Schedule(id=row.id, name=row.name, version=row.version, zone=written["zone"],
                         weekly=written["weekly"], holidays=written.get("holidays", []),
                         exceptions=written.get("exceptions", {}), closures=written.get("closures", {}),
                         holiday_sets=[each.name for each in row.sets])
