"""Licenses in the database: read back as they were meant, versions added only when something changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event, select

from entitlements.rules.license import Exemption, OverLimit, Standing, Terms
from entitlements.rules.plan import Plan
from entitlements.rules.ticket import Severity
from entitlements.store.customers import add_customer
from entitlements.store.database import db, transaction
from entitlements.store.licenses import (
    add_license,
    add_plan,
    find_license,
    find_plan,
    find_version,
    license_value,
    licenses_by_customer,
    licenses_of,
    plan_value,
    save_terms,
)
from entitlements.store.schedules import schedule_name
from entitlements.store.tables import License, LicenseVersion, Schedule
from tests.builders import ALWAYS, a_schedule, targets, utc, weekly

pytestmark = pytest.mark.usefixtures("database")
NOW = utc("2026-03-09 09:00")
YEAR = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
EVERYTHING = Terms(
    schedule=a_schedule(holidays=["2026-12-25"]), **YEAR, grace_days=14, standing=Standing.SUSPENDED,
    daily_limit=10_800,
    over_limit=OverLimit.ALLOW, reserve_seconds=900, exempt_severities=frozenset({Severity.URGENT, Severity.HIGH}),
    exempt_from=frozenset({Exemption.SCHEDULE}), contacts=frozenset({"it@acme.example"}),
    targets=targets("urgent 1h wall; all 4h", "low 3d wall"), products=frozenset({"Pump"}),
    channels=frozenset({"email"}))


def make(customer: str, name: str, *versions: Terms) -> License:
    from entitlements.store.customers import find_customer

    with transaction():
        row = add_license(find_customer(customer) or add_customer(customer), name)
        for terms in versions:
            save_terms(row, terms, NOW, "test")
    return row


def test_terms_come_back_as_they_went_in() -> None:
    make("Acme", "Gold", EVERYTHING)
    [license] = licenses_of("Acme")
    assert license.terms == EVERYTHING
    assert (license.name, license.customer, license.plan) == ("Gold", "Acme", "")


def test_the_current_version_is_the_one_that_counts_and_older_ones_can_still_be_read() -> None:
    row = make("Acme", "Gold", EVERYTHING, replace(EVERYTHING, daily_limit=None))
    [license] = licenses_of("Acme")
    assert license.terms.daily_limit is None
    assert license == license_value(row)
    first = row.versions[0]
    assert license.version == row.current.id != first.id
    assert find_version(first.id).terms == EVERYTHING


def test_saving_the_same_terms_again_adds_nothing() -> None:
    row = make("Acme", "Gold", EVERYTHING)
    with transaction():
        assert save_terms(row, replace(EVERYTHING), NOW, "test") is False
        assert save_terms(row, replace(EVERYTHING, grace_days=0), NOW, "somebody") is True
    assert [(each.number, each.changed_by) for each in row.versions] == [(1, "test"), (2, "somebody")]


def test_licenses_with_equal_hours_share_a_schedule() -> None:
    make("Acme", "Gold", Terms(schedule=a_schedule(), **YEAR))
    make("Globex", "Gold", Terms(schedule=a_schedule(), **YEAR))
    make("Initech", "Gold", Terms(schedule=a_schedule(holidays=["2026-12-25"]), **YEAR))
    assert sorted(db.session.scalars(select(Schedule.name))) == [
        "Mon-Fri 09:00-17:00 Europe/Paris", "Mon-Fri 09:00-17:00 Europe/Paris (2)"]


def test_schedules_are_named_so_that_people_know_them() -> None:
    assert schedule_name(ALWAYS) == "24x7 UTC"
    assert schedule_name(a_schedule(week={})) == "never open Europe/Paris"
    week = {**weekly(), "sat": [["09:00", "12:00"], ["13:00", "15:00"]]}
    assert schedule_name(a_schedule(week=week)) == "Mon-Fri 09:00-17:00; Sat 09:00-12:00,13:00-15:00 Europe/Paris"
    ragged = {day: [[f"0{n}:00", f"0{n}:30"], ["10:00", f"1{n}:15"]] for n, day in enumerate(weekly(), 1)}
    assert len(schedule_name(a_schedule(week=ragged))) <= 160


def test_the_licenses_of_a_customer_cost_one_query_whatever_their_number_and_age() -> None:
    for name in ("Gold", "Silver", "Bronze"):
        make("Acme", name, *(replace(EVERYTHING, grace_days=days) for days in range(5)))
    make("Globex", "Gold", EVERYTHING)
    db.session.rollback()
    db.session.expunge_all()
    queries: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        queries.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    licenses = licenses_of("Acme")
    assert [license.name for license in licenses] == ["Bronze", "Gold", "Silver"]
    assert {license.terms.grace_days for license in licenses} == {4}
    assert len([query for query in queries if query.startswith("SELECT")]) == 1


def test_licenses_come_grouped_by_customer() -> None:
    make("Acme", "Gold", EVERYTHING)
    make("Acme", "Silver", EVERYTHING)
    make("Globex", "Gold", EVERYTHING)
    make("Initech", "Gold", EVERYTHING)
    grouped = licenses_by_customer(["Acme", "Globex", "nobody"])
    assert {name: len(found) for name, found in grouped.items()} == {"Acme": 2, "Globex": 1}
    assert set(licenses_by_customer()) == {"Acme", "Globex", "Initech"}


def test_a_license_is_found_by_name_whatever_its_case() -> None:
    row = make("Acme", "Gold", EVERYTHING)
    assert find_license(row.customer_id, "gold") is row
    assert find_license(row.customer_id, "Silver") is None


def test_a_plan_comes_back_as_it_went_in_and_names_its_licenses() -> None:
    plan = Plan(name="Three hours a day", weekly=weekly(), description="Any time, three hours.", daily_limit=10_800,
                exempt_severities=frozenset({Severity.URGENT}), exempt_from=frozenset({Exemption.SCHEDULE}),
                targets=targets("all 4h"))
    with transaction():
        stored = add_plan(plan)
        license = add_license(add_customer("Acme"), "Gold", stored)
        save_terms(license, EVERYTHING, NOW, "test")
    assert plan_value(find_plan("three HOURS a day")) == plan
    assert licenses_of("Acme")[0].plan == "Three hours a day"
    assert db.session.scalars(select(LicenseVersion)).one().changed_at == NOW
