"""Importing licenses: what a file adds and changes, whom it would hurt, and what it is refused for."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select

from entitlements.helpdesk import Identity
from entitlements.rules.license import LicenseState, Standing
from entitlements.rules.plan import Plan
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from entitlements.steps.import_licenses import Cover
from entitlements.steps.judge import Question, preview
from entitlements.store import db, tables
from entitlements.store.customers import identify, list_customers
from entitlements.store.database import transaction
from entitlements.store.licenses import add_plan, licenses_of
from tests.builders import targets, utc, weekly
from tests.steps.house import House
from tests.steps.importing import CASES, customers, load


@pytest.fixture
def house(sqlite_url: str):
    house = House(sqlite_url)
    with house.app.app_context():
        house.furnish()
        yield house
    house.close()


class TestTheThreePrintedCases:
    def test_they_are_imported_as_printed(self, house: House) -> None:
        report = load(house, CASES)
        assert report.applied
        assert report.added == ("Initech: Case 1", "Hooli: Case 2", "Umbrella: Support from 2026-01-01")
        assert sorted(report.new_customers) == list(report.cover.gains)
        [one], [two], [three] = (licenses_of(name) for name in ("Initech", "Hooli", "Umbrella"))
        assert (one.terms.daily_limit, two.terms.daily_limit, three.terms.daily_limit) == (None, 10_800, 10_800)
        assert two.terms.schedule.always_open
        assert (one.terms.starts_on, one.terms.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))

    @pytest.mark.parametrize(("customer", "at", "outcome", "reason"), [
        ("Initech", "2026-06-06 08:59:59", Outcome.QUEUE, Reason.OUTSIDE_HOURS),
        ("Initech", "2026-06-06 09:00:00", Outcome.ROUTE, Reason.WITHIN_HOURS),
        ("Initech", "2026-06-06 17:00:00", Outcome.QUEUE, Reason.OUTSIDE_HOURS),
        ("Hooli", "2026-06-06 23:59:59", Outcome.ROUTE, Reason.ALWAYS_OPEN),
        ("Umbrella", "2026-06-06 12:00:00", Outcome.ROUTE, Reason.WITHIN_HOURS),
        ("Umbrella", "2027-01-01 12:00:00", Outcome.REJECT, Reason.LICENSE_EXPIRED)])
    def test_and_decide_as_they_say(self, house: House, customer: str, at: str, outcome: Outcome,
                                    reason: Reason) -> None:
        load(house, CASES)
        decision = preview(Question(customer, Severity.NORMAL, utc(at)), house.deskgate).decision
        assert (decision.outcome, decision.reason) == (outcome, reason)

    def test_the_same_file_again_changes_nothing(self, house: House) -> None:
        load(house, CASES)
        again = load(house, CASES)
        assert again.applied
        assert (again.added, again.changed, again.unchanged, again.cover) == ((), (), 3, Cover())
        assert len(db.session.scalars(select(tables.LicenseVersion)).all()) == 2 + 3

    def test_json_says_the_same(self, house: House) -> None:
        header, *rows = (line.strip().split(",") for line in CASES.strip().splitlines())
        listed = json.dumps([dict(zip(header, row, strict=True)) for row in rows])
        assert load(house, listed).applied
        assert load(house, CASES).unchanged == 3


class TestWhatIsWrittenDown:
    def test_targets_are_those_of_the_row_or_else_of_its_plan(self, house: House) -> None:
        with transaction():
            add_plan(Plan(name="Gold", weekly=weekly(), targets=targets("all 4h", "all 8h")))
        load(house, """\
            customer,license,plan,starts_on,ends_on,respond,resolve
            Initech,Gold,Gold,2026-01-01,2026-12-31,,
            Hooli,Gold,Gold,2026-01-01,2026-12-31,urgent 1h wall; all 2h,none
            """)
        [initech], [hooli] = licenses_of("Initech"), licenses_of("Hooli")
        assert initech.terms.targets == targets("all 4h", "all 8h")
        assert hooli.terms.targets == targets("urgent 1h wall; all 2h")

    def test_contacts_and_domains_identify_the_customer(self, house: House) -> None:
        load(house, """\
            customer,starts_on,ends_on,weekly,contacts,domains,organization_ids,external_ids,customer_zone
            Initech,2026-01-01,2026-12-31,mon 09:00-17:00,boss@initech.example,initech.example,o-1,x-1,Asia/Tokyo
            """)
        for who in (Identity(email="BOSS@initech.example"), Identity(email="a@mail.initech.example"),
                    Identity(organization_id="O-1"), Identity(external_id="X-1"), Identity(customer="initech")):
            assert identify(who).customer == "Initech"
        [line] = [line for line in list_customers() if line.name == "Initech"]
        assert line.zone == "Asia/Tokyo"
        assert licenses_of("Initech")[0].terms.contacts == {"boss@initech.example"}

    def test_a_plan_fills_in_what_the_row_leaves_out(self, house: House) -> None:
        with transaction():
            add_plan(Plan(name="Business hours", weekly=weekly(), grace_days=7, reserve_minutes=15,
                          exempt_severities=frozenset({Severity.URGENT})))
        report = load(house, """\
            customer,plan,zone,starts_on,ends_on,daily_limit
            Initech,business HOURS,Asia/Tokyo,2026-01-01,2026-12-31,3hrs
            """)
        assert report.added == ("Initech: Business hours from 2026-01-01",)
        [license] = licenses_of("Initech")
        assert (license.plan, license.zone, license.terms.daily_limit) == ("Business hours", "Asia/Tokyo", 10_800)
        assert license.terms.schedule.week() == weekly()
        assert (license.terms.grace_days, license.terms.reserve_seconds) == (7, 900)

    def test_the_usual_plans_are_known_from_the_start(self, house: House) -> None:
        load(house, """\
            customer,plan,starts_on,ends_on
            Initech,24x7,2026-01-01,2026-12-31
            """)
        [license] = licenses_of("Initech")
        assert (license.plan, license.terms.schedule.always_open) == ("24x7", True)

    def test_a_row_that_says_its_hours_may_name_a_new_plan(self, house: House) -> None:
        load(house, """\
            customer,license,plan,starts_on,ends_on,weekly,daily_limit
            Initech,One,Platinum,2026-01-01,2026-12-31,mon-sun 06:00-22:00,8hrs
            Hooli,Two,Platinum,2026-01-01,2026-12-31,,
            """)
        [one], [two] = licenses_of("Initech"), licenses_of("Hooli")
        assert one.terms == two.terms
        assert one.plan == two.plan == "Platinum"

    def test_a_named_license_is_changed_by_a_new_version(self, house: House) -> None:
        load(house, CASES)
        report = load(house, CASES.replace("17:00:00,24hrs", "18:00:00,24hrs").replace("Case 1", "CASE 1"))
        assert (report.changed, report.unchanged, report.cover.changes) == (("Initech: Case 1",), 2, ("Initech",))
        [license] = licenses_of("Initech")
        assert license.name == "Case 1"
        assert license.terms.schedule.week()["mon"] == [["09:00", "18:00"]]

    def test_a_suspension_outlives_a_file_that_does_not_speak_of_it(self, house: House) -> None:
        load(house, CASES)
        house.change_terms("Initech", standing=Standing.SUSPENDED)
        assert load(house, CASES).unchanged == 3
        assert licenses_of("Initech")[0].terms.standing is Standing.SUSPENDED

    def test_a_row_that_is_missing_cancels_nothing(self, house: House) -> None:
        load(house, CASES)
        report = load(house, "\n".join(CASES.splitlines()[:2]))
        assert report.cover == Cover()
        assert licenses_of("Hooli")[0].state_at(house.clock.now()) is LicenseState.ACTIVE

    def test_every_change_is_in_the_audit(self, house: House) -> None:
        load(house, CASES)
        entries = db.session.scalars(select(tables.AuditEntry)).all()
        assert [(each.actor, each.action, each.subject) for each in entries] == [
            ("admin", "license.add", "license:Initech/Case 1"), ("admin", "license.add", "license:Hooli/Case 2"),
            ("admin", "license.add", "license:Umbrella/Support from 2026-01-01")]

    def test_queued_tickets_of_the_customers_concerned_are_looked_at_again(self, house: House) -> None:
        house.clock.set("2026-03-07 09:00")
        house.created("7")
        assert house.ticket("7").state == "queued"
        report = load(house, """\
            customer,license,starts_on,ends_on,weekly
            Acme,Acme license,2026-01-01,2026-12-31,mon-sun 00:00-24:00
            """)
        assert report.replanned == 1
        assert house.ticket("7").due_at == house.clock.now()
        house.work()
        assert house.ticket("7").state == "routed"

    def test_a_dry_run_tells_the_same_and_writes_nothing(self, house: House) -> None:
        report = load(house, CASES, dry_run=True)
        assert report.cover.gains == ("Hooli", "Initech", "Umbrella")
        assert not report.applied
        assert customers() == ["Acme", "Globex"]


class TestRowsWithoutALicenseName:
    ROW = "customer,starts_on,ends_on,weekly\nInitech,2026-01-01,2026-12-31,mon-fri 09:00-17:00\n"

    def test_equal_to_an_existing_license_changes_nothing(self, house: House) -> None:
        load(house, self.ROW)
        assert load(house, self.ROW).unchanged == 1

    @pytest.mark.parametrize("more", ["", "Initech,2026-01-01,2026-12-31,mon-fri 09:00-17:00\n"])
    def test_same_start_and_other_terms_needs_a_name(self, house: House, more: str) -> None:
        load(house, self.ROW)
        report = load(house, self.ROW.replace("17:00", "18:00") + more)
        [problem] = report.problems
        assert (problem.row, problem.field) == (2, "license")
        assert "give it a License name" in problem.message
        assert not report.applied

    def test_two_such_rows_in_one_file_need_names_too(self, house: House) -> None:
        report = load(house, self.ROW + "Initech,2026-01-01,2026-12-31,mon-fri 09:00-18:00\n")
        [problem] = report.problems
        assert problem.row == 3
        assert "give it a License name" in problem.message
        assert "Initech" not in customers()

    def test_the_same_row_twice_is_one_license(self, house: House) -> None:
        report = load(house, self.ROW + self.ROW.splitlines()[1])
        assert (len(report.added), report.unchanged) == (1, 1)

    def test_another_start_is_another_license(self, house: House) -> None:
        load(house, self.ROW)
        assert load(house, self.ROW.replace("2026-", "2027-")).added == ("Initech: Support from 2027-01-01",)

    def test_the_same_name_with_two_terms_in_one_file_is_refused(self, house: House) -> None:
        report = load(house, """\
            customer,license,starts_on,ends_on,weekly
            Initech,Gold,2026-01-01,2026-12-31,mon-fri 09:00-17:00
            initech,gold,2026-01-01,2026-12-31,mon-fri 09:00-18:00
            """)
        [problem] = report.problems
        assert (problem.row, problem.field) == (3, "license")
        assert "row 2" in problem.message


class TestConfirmation:
    HEADER = "customer,license,starts_on,ends_on,weekly\n"

    def many(self, count: int, ends_on: str) -> str:
        rows = [f"Customer {n},Gold,2026-01-01,{ends_on},mon-fri 09:00-17:00\n" for n in range(count)]
        return self.HEADER + "".join(rows)

    def test_more_than_two_in_a_hundred_needs_the_number(self, house: House) -> None:
        load(house, self.many(10, "2026-12-31"))
        report = load(house, self.many(1, "2026-02-28"))
        assert report.cover.loses == ("Customer 0",)
        assert report.refusal == ("1 of 12 customers would lose the cover they have now. If that is meant, confirm the "
                                  "number: --confirm 1")
        assert not report.applied
        assert licenses_of("Customer 0")[0].terms.ends_on == date(2026, 12, 31)

    def test_the_right_number_lets_it_through_and_a_wrong_one_does_not(self, house: House) -> None:
        load(house, self.many(10, "2026-12-31"))
        wrong = load(house, self.many(7, "2026-02-28"), confirmed=6)
        assert "not 6: --confirm 7" in wrong.refusal
        assert load(house, self.many(7, "2026-02-28"), confirmed=7).applied
        assert licenses_of("Customer 6")[0].terms.ends_on == date(2026, 2, 28)

    def test_few_of_many_need_no_second_look(self, house: House) -> None:
        load(house, self.many(300, "2026-12-31"))
        assert load(house, self.many(5, "2026-02-28")).applied
        again = load(house, self.many(11, "2026-02-28"))
        assert again.cover.loses == tuple(sorted(f"Customer {n}" for n in range(5, 11)))
        assert "--confirm 6" in again.refusal

    def test_a_dry_run_says_that_a_confirmation_would_be_asked_for(self, house: House) -> None:
        load(house, self.many(3, "2026-12-31"))
        report = load(house, self.many(3, "2026-02-28"), dry_run=True)
        assert report.cover.loses == ("Customer 0", "Customer 1", "Customer 2")
        assert "--confirm 3" in report.refusal

    def test_grace_is_cover(self, house: House) -> None:
        load(house, self.many(1, "2026-12-31"))
        header = self.HEADER.replace("weekly", "weekly,grace_days")
        row = "Customer 0,Gold,2026-01-01,2026-03-01,mon-fri 09:00-17:00,14\n"
        report = load(house, header + row)
        assert report.cover == Cover(changes=("Customer 0",))
        assert report.applied
