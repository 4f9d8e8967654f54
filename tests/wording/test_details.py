"""The lines of a receipt."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from entitlements.rules.decision import decide
from entitlements.rules.license import License, OverLimit, Standing, Terms
from entitlements.rules.reasons import CheckName
from entitlements.rules.schedule import Schedule
from entitlements.rules.ticket import MatchStep, Requester, Severity, Ticket
from entitlements.rules.usage import Usage
from entitlements.rules.windows import parse_weekly
from entitlements.wording import detail

SATURDAY = datetime(2026, 3, 7, 9, 0, tzinfo=UTC)
MONDAY_TEN = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
ACME = Requester(customer="Acme", step=MatchStep.DOMAIN, contact="it@acme.example")


def license_of(holidays: tuple[str, ...] = (), weekly: str = "mon-fri 09:00-17:00", **terms: object) -> License:
    schedule = Schedule.from_dict({"zone": "Europe/Paris", "weekly": parse_weekly(weekly), "holidays": holidays})
    dates = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    return License(7, 1, "Gold", "Acme", Terms(schedule=schedule, **{**dates, **terms}))


def lines(license: License | None, at: datetime, used: int = 0, who: Requester = ACME,
          **ticket: object) -> dict[CheckName, str]:
    usage = Usage({(7, license.terms.schedule.day_of(at)): used}) if license else Usage()
    decision = decide(Ticket(who, at, **ticket), [license] if license else [], usage, at)
    return {check.name: detail(check) for check in decision.checks}


def test_a_receipt_within_hours_reads_from_top_to_bottom() -> None:
    assert list(lines(license_of(daily_limit=10_800), MONDAY_TEN, used=5_400, product="Pump").values()) == [
        "Acme was found by mail domain.",
        'License "Gold" is active: 1 January 2026 to 31 December 2026 (Paris).',
        "Covered: contact it@acme.example, product Pump.",
        "Normal severity has no exemption: hours and daily limit count.",
        "Open on Monday 9 March at 10:00 (Paris), until Monday 9 March at 17:00 (Paris).",
        "1 h 30 min of 3 h used on 9 March 2026: 1 h 30 min left.",
    ]


def test_a_closed_schedule_says_when_it_opens() -> None:
    assert lines(license_of(), SATURDAY)[CheckName.SCHEDULE] == (
        "Closed on Saturday 7 March at 10:00 (Paris); opens on Monday 9 March at 09:00 (Paris).")


def test_a_holiday_is_named() -> None:
    assert lines(license_of(("2026-03-09",)), MONDAY_TEN)[CheckName.SCHEDULE].startswith("Closed for a holiday on ")


def test_a_schedule_that_never_opens_says_so() -> None:
    assert lines(license_of(weekly=""), MONDAY_TEN)[CheckName.SCHEDULE].endswith("; no opening lies ahead.")


def test_an_exempt_severity_tells_what_it_skips() -> None:
    told = lines(license_of(exempt_severities=frozenset({Severity.URGENT})), SATURDAY, severity=Severity.URGENT)
    assert told[CheckName.SEVERITY] == "Urgent severity is exempt from the daily limit and hours."
    assert told[CheckName.SCHEDULE].endswith("; not held against a ticket of this severity.")


@pytest.mark.parametrize(("used", "text"), [
    (10_800, "3 h of 3 h used on 9 March 2026: nothing left."),
    (11_400, "3 h 10 min of 3 h used on 9 March 2026: 10 min over."),
])
def test_a_reached_limit_tells_how_far_it_is_over(used: int, text: str) -> None:
    assert lines(license_of(daily_limit=10_800), MONDAY_TEN, used)[CheckName.DAILY_LIMIT] == text


def test_a_limit_that_is_let_through_says_so() -> None:
    told = lines(license_of(daily_limit=10_800, over_limit=OverLimit.ALLOW), MONDAY_TEN, 11_400)
    assert told[CheckName.DAILY_LIMIT].endswith("10 min over; a reached limit stops nothing here.")


def test_no_limit_is_called_so() -> None:
    assert lines(license_of(), MONDAY_TEN)[CheckName.DAILY_LIMIT] == "The license has no daily limit."


@pytest.mark.parametrize(("terms", "text"), [
    ({"ends_on": date(2026, 2, 1)}, 'License "Gold" has expired: 1 January 2026 to 1 February 2026 (Paris).'),
    ({"ends_on": date(2026, 3, 1), "grace_days": 10},
     'License "Gold" has ended and is in grace: 1 January 2026 to 1 March 2026, with 10 days of grace (Paris).'),
    ({"standing": Standing.CANCELLED}, 'License "Gold" was cancelled: 1 January 2026 to 31 December 2026 (Paris).'),
])
def test_the_license_line_tells_state_and_dates(terms: dict[str, object], text: str) -> None:
    assert lines(license_of(**terms), MONDAY_TEN)[CheckName.LICENSE] == text


def test_what_is_not_covered_is_named() -> None:
    told = lines(license_of(channels=frozenset({"email"})), MONDAY_TEN, channel="forum")
    assert told[CheckName.COVERAGE] == "The channel forum is not among those that the license covers."


def test_without_a_license_the_later_checks_say_why_they_are_empty() -> None:
    told = lines(None, MONDAY_TEN)
    assert told[CheckName.LICENSE] == "Acme has no license."
    assert told[CheckName.SCHEDULE] == "Not looked at: there is no license to look at."


@pytest.mark.parametrize(("who", "text"), [
    (Requester(contact="a@b.example"), "No customer is known for a@b.example."),
    (Requester(), "The ticket does not say which customer it is from."),
    (Requester(step=MatchStep.NAMED), "There is no customer of the name that was given."),
    (Requester(candidates=("Acme", "Globex"), step=MatchStep.DOMAIN), "Acme and Globex both fit by mail domain."),
])
def test_the_customer_line_tells_what_was_tried(who: Requester, text: str) -> None:
    assert lines(None, MONDAY_TEN, who=who)[CheckName.CUSTOMER] == text
