"""Rows of a license file: both vocabularies, what they come to, and what is refused with its field named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from entitlements.errors import ConfigError
from entitlements.rules.license import Exemption, OverLimit, Standing, Terms
from entitlements.rules.license_row import LicenseRow, parse_row
from entitlements.rules.mail_domains import PUBLIC_DOMAINS, SUFFIXES, is_public, is_suffix, widening
from entitlements.rules.plan import Plan
from entitlements.rules.schedule import Schedule
from entitlements.rules.ticket import Severity
from tests.builders import targets, utc, weekly

PRINTED = {"Customer": "Acme", "LicenseStartDate": "01-Jan-2024", "LicenseEndDate": "31-Dec-2024"}
OWN = {"customer": "Acme", "starts_on": "2024-01-01", "ends_on": "2024-12-31", "weekly": "mon-fri 09:00-17:00"}
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def good(**written: object) -> LicenseRow:
    row, problems = parse_row(2, written)
    assert problems == []
    assert row is not None
    return row


def problems_of(written: dict[str, object]) -> list[tuple[str, str]]:
    row, problems = parse_row(2, written)
    assert row is None
    assert {problem.row for problem in problems} == {2}
    return [(problem.field, problem.message) for problem in problems]


def fence(start: str, end: str, limit: str) -> Terms:
    return good(**PRINTED, DailyStartTime=start, DailyEndTime=end, DailyTimeConsumptionLimit=limit).terms()


class TestThePrintedForm:
    def test_case_1_fixed_time_and_no_limit(self) -> None:
        terms = fence("09:00:00", "17:00:00", "24hrs")
        assert terms.daily_limit is None
        assert terms.schedule.zone == "UTC"
        assert terms.schedule.week() == {day: [["09:00", "17:00"]] for day in EVERY_DAY}
        assert (terms.starts_on, terms.ends_on) == (date(2024, 1, 1), date(2024, 12, 31))

    def test_case_2_any_time_and_limited_use(self) -> None:
        terms = fence("00:00:00", "23:59:59", "3hrs")
        assert terms.daily_limit == 3 * 3600
        assert terms.schedule.always_open
        assert terms.schedule.is_open(utc("2024-05-05 23:59:59"))

    def test_case_3_both(self) -> None:
        terms = fence("09:00:00", "17:00:00", "3hrs")
        assert terms.daily_limit == 3 * 3600
        assert not terms.schedule.is_open(utc("2024-05-05 17:00"))

    def test_days_may_be_parted_as_other_lists_are(self) -> None:
        row = good(**PRINTED, DailyStartTime="09:00", DailyEndTime="17:00", Days="Mon; Wed;Fri-Sat")
        assert list(row.terms().schedule.week()) == ["mon", "wed", "fri", "sat"]

    def test_the_optional_fields(self) -> None:
        row = good(**PRINTED, DailyStartTime="09:00", DailyEndTime="17:00", **{
            "License": "Gold", "TimeZone": "Asia/Tokyo", "Days": "Mon-Fri", "Severities exempt": "urgent; High"})
        terms = row.terms()
        assert row.license == "Gold"
        assert (terms.schedule.zone, list(terms.schedule.week())) == ("Asia/Tokyo", list(EVERY_DAY[:5]))
        assert terms.exempt_severities == {Severity.URGENT, Severity.HIGH}
        assert terms.exempt_from == set(Exemption)

    def test_a_fence_may_run_past_midnight(self) -> None:
        assert fence("22:00:00", "06:00:00", "").schedule.is_open(utc("2024-05-05 03:00"))


class TestOurOwnForm:
    def test_everything_in_a_spreadsheet(self) -> None:
        row = good(**OWN, license="Gold", zone="Europe/Paris", holidays="2024-05-01; 25-Dec-2024",
                   exceptions="2024-12-24 09:00-12:00; 2024-12-31 closed", daily_limit="1h30m", over_limit="allow",
                   exempt_severities="urgent", exempt_from="schedule", grace_days="14", reserve_minutes="15",
                   state="suspended", contacts="IT@acme.example; boss@acme.example", products="Pump; Valve",
                   channels="email", domains="@Acme.example; acme.test", organization_ids="17; 18",
                   external_ids="crm-9", customer_zone="Asia/Tokyo")
        schedule = {"zone": "Europe/Paris", "weekly": weekly(), "holidays": ["2024-05-01", "2024-12-25"],
                    "exceptions": {"2024-12-24": [["09:00", "12:00"]], "2024-12-31": []}}
        assert row.terms() == Terms(
            schedule=Schedule.from_dict(schedule), starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31),
            grace_days=14, standing=Standing.SUSPENDED, daily_limit=5400, over_limit=OverLimit.ALLOW,
            reserve_seconds=900, exempt_severities=frozenset({Severity.URGENT}),
            exempt_from=frozenset({Exemption.SCHEDULE}),
            contacts=frozenset({"it@acme.example", "boss@acme.example"}), products=frozenset({"Pump", "Valve"}),
            channels=frozenset({"email"}))
        assert row.known_by.domains == {"acme.example", "acme.test"}
        assert (row.known_by.organization_ids, row.known_by.external_ids) == ({"17", "18"}, {"crm-9"})
        assert row.known_by.zone == "Asia/Tokyo"

    def test_everything_in_json_comes_to_the_same(self) -> None:
        text = good(**OWN, zone="Europe/Paris", holidays="2024-05-01", exceptions="2024-12-24 09:00-12:00,13:00-14:00",
                    daily_limit="3hrs", grace_days="14", contacts="it@acme.example", exempt_severities="urgent")
        json = good(**{**OWN, "weekly": weekly()}, zone="Europe/Paris", holidays=["2024-05-01"],
                    exceptions={"2024-12-24": [["09:00", "12:00"], ["13:00", "14:00"]]}, daily_limit=10_800,
                    grace_days=14, contacts=["it@acme.example"], exempt_severities=["urgent"])
        assert json == text

    def test_header_names_are_matched_as_people_write_them_and_may_be_mixed(self) -> None:
        row = good(**{"CUSTOMER": "Acme", "Starts on": "2024-01-01", "license-end-date": "31-Dec-2024",
                      "daily start time": "09:00", "DAILY_END_TIME": "17:00", "Daily Limit": "90min"})
        assert row.terms().daily_limit == 5400

    def test_blank_cells_say_nothing(self) -> None:
        blank = dict.fromkeys(("license", "zone", "daily_limit", "contacts", "state", "Days", "exempt_severities"), " ")
        assert good(**OWN, **blank) == good(**OWN)


@pytest.mark.parametrize(("written", "seconds"), [
    ("3hrs", 10_800), ("3 hours", 10_800), ("1 hour", 3600), ("90min", 5400), ("90 minutes", 5400), ("1h30m", 5400),
    ("1h 30min", 5400), ("1.5h", 5400), ("5400", 5400), (5400, 5400), ("45s", 45), ("0", 0), ("3HRS", 10_800),
    ("24hrs", None), ("24 hours", None), ("1440min", None), (86_400, None), ("", None), (None, None), ("none", None),
    ("Unlimited", None)])
def test_limits_are_read_in_every_usual_form(written: object, seconds: int | None) -> None:
    assert good(**OWN, daily_limit=written).terms().daily_limit == seconds


@pytest.mark.parametrize(("state", "standing"), [
    ("draft", Standing.DRAFT), ("active", Standing.IN_FORCE), ("in_force", Standing.IN_FORCE),
    ("In force", Standing.IN_FORCE), ("Suspended", Standing.SUSPENDED), ("cancelled", Standing.CANCELLED)])
def test_states_that_people_set_are_taken_over(state: str, standing: Standing) -> None:
    assert good(**OWN, state=state).terms().standing is standing


def test_a_row_that_does_not_name_a_state_leaves_it_as_it_is() -> None:
    assert good(**OWN).terms(standing=Standing.SUSPENDED).standing is Standing.SUSPENDED


class TestPlans:
    PLAN = Plan(name="Business hours", weekly=weekly(), daily_limit=10_800, over_limit=OverLimit.ALLOW, grace_days=7,
                reserve_minutes=10, exempt_severities=frozenset({Severity.URGENT}))

    def test_a_plan_fills_in_what_the_row_does_not_say(self) -> None:
        row = good(**{**OWN, "weekly": ""}, plan="Business hours", zone="Europe/Paris")
        terms = row.terms(self.PLAN)
        assert row.plan == "Business hours"
        assert terms.schedule.week() == weekly()
        assert (terms.daily_limit, terms.over_limit, terms.grace_days, terms.reserve_seconds) == (
            10_800, OverLimit.ALLOW, 7, 600)
        assert terms.exempt_severities == {Severity.URGENT}

    def test_what_the_row_says_wins(self) -> None:
        terms = good(**OWN | {"weekly": "sat 10:00-12:00"}, plan="Business hours", daily_limit="24hrs", grace_days="0",
                     over_limit="queue").terms(self.PLAN)
        assert terms.schedule.week() == {"sat": [["10:00", "12:00"]]}
        assert (terms.daily_limit, terms.grace_days, terms.over_limit) == (None, 0, OverLimit.QUEUE)

    def test_targets_come_from_the_plan_kind_by_kind(self) -> None:
        plan = replace(self.PLAN, targets=targets("urgent 1h wall; all 4h", "all 8h"))
        row = {**OWN, "weekly": ""}
        assert good(**row, plan="x").terms(plan).targets == plan.targets
        assert good(**row, plan="x", respond="all 2h").terms(plan).targets == targets("all 2h", "all 8h")
        assert good(**row, plan="x", Resolve="none").terms(plan).targets == targets("urgent 1h wall; all 4h", "none")
        assert good(**OWN, respond="urgent 1h", resolve={"low": "3d wall"}).terms().targets == targets(
            "urgent 1h", "low 3d wall")

    def test_a_row_may_make_a_plan_with_its_targets(self) -> None:
        assert good(**OWN, plan="New", respond="all 2h").as_plan().targets == targets("all 2h", "none")

    def test_a_plan_refuses_what_cannot_be_meant(self) -> None:
        with pytest.raises(ConfigError) as refused:
            Plan(name="x", weekly={}, daily_limit=-1)
        assert refused.value.field == "daily_limit"


class TestRefusals:
    @pytest.mark.parametrize(("field", "value", "why"), [
        ("zone", "Europe/Lutetia", "not a time zone"),
        ("starts_on", "2024-02-30", "no date"),
        ("starts_on", "01/02/2024", "not a date"),
        ("ends_on", "31-Foo-2024", "no date"),
        ("ends_on", "2023-12-31", "before the start"),
        ("weekly", "mon 09:00-09:00", "same time"),
        ("weekly", "mon-fry 09:00-17:00", "not a weekday"),
        ("daily_limit", "-3hrs", "negative"),
        ("daily_limit", -1, "negative"),
        ("daily_limit", "plenty", "not a limit"),
        ("daily_limit", "30hrs", "longer than a day"),
        ("daily_limit", True, "must be text"),
        ("respond", "urgent soon", "not a length"),
        ("resolve", "low 3d", "no length of business time"),
        ("grace_days", "-1", "negative"),
        ("grace_days", "soon", "not a whole number"),
        ("grace_days", 1.5, "not a whole number"),
        ("reserve_minutes", "99999", "above"),
        ("over_limit", "maybe", "unknown"),
        ("exempt_severities", "catastrophic", "unknown"),
        ("exempt_from", "everything", "unknown"),
        ("state", "expired", "cannot be set"),
        ("domains", "co.uk", "anybody can register"),
        ("domains", "Com.BR", "anybody can register"),
        ("domains", "uk", "not a mail domain"),
        ("domains", "gmail.com", "public mail domain"),
        ("domains", "mail.yahoo.co.uk", "public mail domain"),
        ("domains", "nodots", "not a mail domain"),
        ("contacts", "it at acme.example", "not a mail address"),
        ("contacts", "IT <it@acme.example>", "not a mail address"),
        ("contacts", ["it@acme.example", 7], "must be text"),
        ("contacts", {"it": 1}, "must be a list"),
        ("holidays", "Christmas", "not a date"),
        ("exceptions", "2024-12-24 mornings", "not hours"),
        ("customer_zone", "Tokyo", "not a time zone"),
        ("customer", "x" * 81, "longer than 80"),
        ("customer", "Ac\x00me", "cannot be shown"),
        ("license", "Gold\ud800", "cannot be shown"),
    ])
    def test_a_wrong_value_is_refused_with_its_field(self, field: str, value: object, why: str) -> None:
        [(named, message)] = problems_of({**OWN, field: value})
        assert named == field
        assert why in message

    def test_a_fence_that_starts_when_it_ends_is_refused(self) -> None:
        [(field, message)] = problems_of({**PRINTED, "DailyStartTime": "09:00:00", "DailyEndTime": "09:00:00"})
        assert field == "DailyEndTime"
        assert "same time" in message

    def test_a_wrong_place_inside_a_json_week_is_named(self) -> None:
        [(field, _)] = problems_of({**OWN, "weekly": {"mon": [["09:00", "25:00"]]}})
        assert field == "weekly.mon[0]"

    def test_the_field_is_named_as_the_file_names_it(self) -> None:
        [(field, _)] = problems_of({**PRINTED, "weekly": "mon 09:00-10:00", "LicenseEndDate": "31-Dec-2023"})
        assert field == "LicenseEndDate"

    def test_everything_wrong_with_a_row_is_told_at_once(self) -> None:
        written = {"Customer": "", "LicenseStartDate": "soon", "TimeZone": "Mars", "DailyStartTime": "9",
                   "DailyTimeConsumptionLimit": "-1", "Colour": "red"}
        assert {field for field, _ in problems_of(written)} == {
            "customer", "LicenseStartDate", "ends_on", "TimeZone", "DailyStartTime", "DailyEndTime",
            "DailyTimeConsumptionLimit", "Colour"}

    def test_an_unknown_field_is_named_with_those_that_are_known(self) -> None:
        [(field, message)] = problems_of({**OWN, "Daily Hours": "8"})
        assert field == "Daily Hours"
        assert "DailyStartTime" in message

    @pytest.mark.parametrize("twice", [{"Customer ": "Acme"}, {"LicenseStartDate": "01-Jan-2024"}])
    def test_the_same_field_twice_is_refused(self, twice: dict[str, object]) -> None:
        [(field, message)] = problems_of({**OWN, **twice})
        assert field == next(iter(twice)).strip()
        assert "the same as" in message

    def test_hours_told_twice_are_refused(self) -> None:
        [(field, message)] = problems_of({**OWN, "DailyStartTime": "09:00", "DailyEndTime": "17:00"})
        assert (field, message) == ("DailyStartTime", "the hours are told by weekly already")

    def test_hours_told_by_nothing_are_refused(self) -> None:
        [(field, message)] = problems_of(PRINTED)
        assert field == "weekly"
        assert "is missing" in message

    def test_a_start_that_no_clock_knows_yet_is_refused(self) -> None:
        [(field, _)] = problems_of({**OWN, "zone": "Europe/Paris", "starts_on": "2040-01-01", "ends_on": "2041-01-01"})
        assert field == "starts_on"


class TestSuffixes:
    def test_they_are_well_formed_and_none_is_a_mail_providers(self) -> None:
        assert all(suffix == suffix.lower() and suffix.count(".") == 1 for suffix in SUFFIXES)
        assert not SUFFIXES & PUBLIC_DOMAINS

    def test_a_domain_under_one_is_somebodys_own(self) -> None:
        assert is_suffix("CO.UK.")
        assert not is_suffix("acme.co.uk")
        assert good(**OWN, domains="acme.co.uk")

    def test_nobody_is_recognized_by_one(self) -> None:
        assert widening("mail.acme.co.uk") == ("mail.acme.co.uk", "acme.co.uk")


class TestPublicDomains:
    def test_the_list_is_long_and_well_formed(self) -> None:
        assert len(PUBLIC_DOMAINS) >= 100
        assert all(domain == domain.lower() and "." in domain for domain in PUBLIC_DOMAINS)

    @pytest.mark.parametrize("domain", ["gmail.com", "GMAIL.COM.", "hotmail.co.uk", "qq.com", "proton.me", "x.gmx.de"])
    def test_public_domains_are_known(self, domain: str) -> None:
        assert is_public(domain)

    @pytest.mark.parametrize("domain", ["acme.example", "notgmail.com", "com", "", "gmail.com.acme.example"])
    def test_others_are_not(self, domain: str) -> None:
        assert not is_public(domain)
