"""The decision, row by row and second by second. Paris is an hour ahead of UTC in winter, two in summer."""

from __future__ import annotations

from datetime import date

import pytest

from entitlements.rules.decision import Decision, Doubt, Policy, decide
from entitlements.rules.license import Exemption, License, OverLimit, Standing
from entitlements.rules.reasons import CheckName, Outcome, Reason
from entitlements.rules.ticket import Requester, Severity
from entitlements.rules.usage import Usage
from tests.builders import EVERY_DAY, a_license, a_requester, a_schedule, a_ticket, utc, weekly

HOUR = 3600


def decided(at: str, *licenses: License, usage: Usage = Usage(), created: str = "", policy: Policy = Policy(),
            **ticket: object) -> Decision:
    """What is decided at an instant about a ticket created then, or earlier."""
    made = a_ticket(created or at, **ticket)  # type: ignore[arg-type]
    return decide(made, licenses or (a_license(),), usage, utc(at), policy)


def told(decision: Decision) -> tuple[Outcome, Reason]:
    return decision.outcome, decision.reason


def result_of(decision: Decision, name: CheckName) -> bool | None:
    return next(check.passed for check in decision.checks if check.name is name)


@pytest.mark.parametrize(("at", "outcome", "release"), [
    ("2026-03-09 07:59:59", Outcome.QUEUE, "2026-03-09 08:00:00"),
    ("2026-03-09 08:00:00", Outcome.ROUTE, None),
    ("2026-03-09 15:59:59", Outcome.ROUTE, None),
    ("2026-03-09 16:00:00", Outcome.QUEUE, "2026-03-10 08:00:00"),
    ("2026-03-09 22:59:59", Outcome.QUEUE, "2026-03-10 08:00:00"),
    ("2026-03-09 23:00:00", Outcome.QUEUE, "2026-03-10 08:00:00"),
    ("2026-03-06 16:00:00", Outcome.QUEUE, "2026-03-09 08:00:00"),
    ("2026-03-28 12:00:00", Outcome.QUEUE, "2026-03-30 07:00:00"),
    ("2026-10-24 12:00:00", Outcome.QUEUE, "2026-10-26 08:00:00"),
    ("2026-03-30 07:00:00", Outcome.ROUTE, None),
    ("2026-10-26 07:59:59", Outcome.QUEUE, "2026-10-26 08:00:00"),
], ids=["second before opening", "opening second", "last second", "closing second", "last second of the day",
        "midnight", "friday at closing", "weekend clocks go forward", "weekend clocks go back", "first summer monday",
        "first winter monday"])
def test_business_hours_in_paris_are_kept_to_the_second(at, outcome, release):
    decision = decided(at)
    assert decision.outcome is outcome
    assert decision.release_at == (utc(release) if release else None)
    assert decision.reason is (Reason.OUTSIDE_HOURS if release else Reason.WITHIN_HOURS)


@pytest.mark.parametrize("at", ["2026-03-29 00:59:59", "2026-03-29 01:00:00", "2026-10-25 00:30:00",
                                "2026-10-25 01:30:00", "2026-06-01 21:59:59", "2026-06-01 22:00:00"])
def test_round_the_clock_is_never_closed_not_even_when_clocks_change(at):
    paris = a_schedule("Europe/Paris", weekly(EVERY_DAY, "00:00:00", "23:59:59"))
    assert told(decided(at, a_license("24x7", paris))) == (Outcome.ROUTE, Reason.ALWAYS_OPEN)


@pytest.mark.parametrize(("at", "expected"), [
    ("2026-01-31 22:59:59", (Outcome.QUEUE, Reason.LICENSE_NOT_STARTED)),
    ("2026-01-31 23:00:00", (Outcome.ROUTE, Reason.ALWAYS_OPEN)),
    ("2026-02-28 22:59:59", (Outcome.ROUTE, Reason.ALWAYS_OPEN)),
    ("2026-02-28 23:00:00", (Outcome.REJECT, Reason.LICENSE_EXPIRED)),
])
def test_the_first_and_the_last_day_count_in_the_zone_of_the_license(at, expected):
    paris = a_schedule("Europe/Paris", weekly(EVERY_DAY, "00:00", "24:00"))
    assert told(decided(at, a_license("24x7", paris, starts_on="2026-02-01", ends_on="2026-02-28"))) == expected


def test_a_license_that_starts_within_a_day_queues_until_its_first_opening():
    monday = a_license(starts_on="2026-03-09")
    decision = decided("2026-03-08 12:00", monday)
    assert told(decision) == (Outcome.QUEUE, Reason.LICENSE_NOT_STARTED)
    assert decision.release_at == utc("2026-03-09 08:00")


def test_a_license_that_starts_later_sends_to_triage():
    decision = decided("2026-03-01 12:00", a_license(starts_on="2026-03-09"))
    assert told(decision) == (Outcome.ROUTE, Reason.LICENSE_NOT_STARTED)
    assert decision.triage


@pytest.mark.parametrize(("standing", "reason"), [
    (Standing.SUSPENDED, Reason.LICENSE_SUSPENDED),
    (Standing.CANCELLED, Reason.LICENSE_CANCELLED),
    (Standing.DRAFT, Reason.NO_LICENSE),
])
def test_what_is_not_in_force_is_rejected_with_its_own_reason(standing, reason):
    assert told(decided("2026-03-09 09:00", a_license(standing=standing))) == (Outcome.REJECT, reason)


def test_a_customer_without_any_license_is_rejected():
    decision = decide(a_ticket("2026-03-09 09:00"), [], Usage(), utc("2026-03-09 09:00"))
    assert told(decision) == (Outcome.REJECT, Reason.NO_LICENSE)
    assert [check.passed for check in decision.checks] == [True, False, None, None, None, None]


def test_grace_days_follow_the_last_day_and_then_it_is_over():
    license = a_license(ends_on="2026-03-06", grace_days=3)
    assert told(decided("2026-03-09 09:00", license)) == (Outcome.ROUTE, Reason.IN_GRACE)
    assert told(decided("2026-03-10 09:00", license)) == (Outcome.REJECT, Reason.LICENSE_EXPIRED)


@pytest.mark.parametrize(("requester", "reason"), [
    (Requester(contact="who@nowhere.example"), Reason.UNKNOWN_CUSTOMER),
    (Requester(candidates=("Acme", "Globex"), contact="both@shared.example"), Reason.AMBIGUOUS_CUSTOMER),
])
def test_whoever_is_in_doubt_goes_to_triage_or_is_rejected_where_the_house_says_so(requester, reason):
    decision = decided("2026-03-09 09:00", requester=requester)
    assert told(decision) == (Outcome.ROUTE, reason)
    assert decision.triage
    assert [check.passed for check in decision.checks] == [False, None, None, None, None, None]
    strict = decided("2026-03-09 09:00", requester=requester, policy=Policy(unknown_customer=Doubt.REJECT))
    assert told(strict) == (Outcome.REJECT, reason)


def test_a_contact_who_is_not_on_the_list_goes_to_triage():
    license = a_license(contacts=frozenset({"boss@acme.example"}))
    decision = decided("2026-03-09 09:00", license)
    assert told(decision) == (Outcome.ROUTE, Reason.CONTACT_NOT_COVERED)
    assert decision.triage
    strict = decided("2026-03-09 09:00", license, policy=Policy(contact_not_covered=Doubt.REJECT))
    assert told(strict) == (Outcome.REJECT, Reason.CONTACT_NOT_COVERED)


def test_a_contact_on_the_list_is_covered_whatever_the_case_of_the_letters():
    license = a_license(contacts=frozenset({"IT@Acme.example"}))
    assert told(decided("2026-03-09 09:00", license)) == (Outcome.ROUTE, Reason.WITHIN_HOURS)


@pytest.mark.parametrize("ticket", [{"product": "Printer"}, {"channel": "forum"}])
def test_a_product_or_channel_that_was_not_bought_is_rejected(ticket):
    license = a_license(products=frozenset({"Router"}), channels=frozenset({"email", "web"}))
    assert told(decided("2026-03-09 09:00", license, **ticket)) == (Outcome.REJECT, Reason.NOT_COVERED)


def test_what_a_ticket_does_not_say_is_not_held_against_it():
    license = a_license(products=frozenset({"Router"}), contacts=frozenset({"boss@acme.example"}))
    decision = decided("2026-03-09 09:00", license, requester=a_requester(contact=""))
    assert told(decision) == (Outcome.ROUTE, Reason.WITHIN_HOURS)


def test_an_exempt_severity_is_let_through_when_the_desk_is_closed():
    license = a_license(exempt_severities=frozenset({Severity.URGENT}))
    decision = decided("2026-03-08 12:00", license, severity=Severity.URGENT)
    assert told(decision) == (Outcome.ROUTE, Reason.SEVERITY_EXEMPT)
    assert result_of(decision, CheckName.SEVERITY) is True
    assert result_of(decision, CheckName.SCHEDULE) is None
    assert told(decided("2026-03-08 12:00", license, severity=Severity.HIGH))[0] is Outcome.QUEUE


def test_an_exempt_severity_within_hours_is_an_everyday_ticket():
    license = a_license(exempt_severities=frozenset({Severity.URGENT}))
    assert decided("2026-03-09 09:00", license, severity=Severity.URGENT).reason is Reason.WITHIN_HOURS


def test_the_two_exemptions_are_switched_apart():
    license = a_license(daily_limit=3 * HOUR, exempt_severities=frozenset({Severity.URGENT}),
                        exempt_from=frozenset({Exemption.SCHEDULE}))
    used_up = Usage({(1, date(2026, 3, 9)): 3 * HOUR})
    decision = decided("2026-03-09 12:00", license, usage=used_up, severity=Severity.URGENT)
    assert told(decision) == (Outcome.QUEUE, Reason.DAILY_LIMIT_REACHED)


def test_a_holiday_is_told_as_one_only_when_it_is_what_closes_the_desk():
    license = a_license(schedule=a_schedule(holidays=["2026-12-25"]))
    on_friday = decided("2026-12-25 10:00", license)
    assert told(on_friday) == (Outcome.QUEUE, Reason.HOLIDAY)
    assert on_friday.release_at == utc("2026-12-28 08:00")
    assert decided("2026-12-25 20:00", license).reason is Reason.OUTSIDE_HOURS


@pytest.mark.parametrize(("used", "expected"), [
    (3 * HOUR - 1, (Outcome.ROUTE, Reason.WITHIN_HOURS)),
    (3 * HOUR, (Outcome.QUEUE, Reason.DAILY_LIMIT_REACHED)),
    (3 * HOUR + 1, (Outcome.QUEUE, Reason.DAILY_LIMIT_REACHED)),
])
def test_a_daily_limit_lets_in_while_a_second_is_left(used, expected):
    license = a_license(daily_limit=3 * HOUR)
    decision = decided("2026-03-09 12:00", license, usage=Usage({(1, date(2026, 3, 9)): used}))
    assert told(decision) == expected
    assert decision.release_at == (None if decision.outcome is Outcome.ROUTE else utc("2026-03-10 08:00"))


def test_a_limit_reached_on_friday_opens_again_on_monday():
    license = a_license(daily_limit=3 * HOUR)
    decision = decided("2026-03-06 12:00", license, usage=Usage({(1, date(2026, 3, 6)): 3 * HOUR}))
    assert decision.release_at == utc("2026-03-09 08:00")


def test_a_limit_reached_round_the_clock_opens_again_at_local_midnight():
    paris = a_schedule("Europe/Paris", weekly(EVERY_DAY, "00:00", "24:00"))
    license = a_license(schedule=paris, daily_limit=3 * HOUR)
    decision = decided("2026-06-09 12:00", license, usage=Usage({(1, date(2026, 6, 9)): 3 * HOUR}))
    assert decision.release_at == utc("2026-06-09 22:00")


def test_the_small_hours_count_on_the_day_the_night_shift_began():
    night = a_schedule("UTC", weekly(EVERY_DAY, "22:00", "06:00"))
    license = a_license(schedule=night, daily_limit=3 * HOUR)
    decision = decided("2026-03-10 02:00", license, usage=Usage({(1, date(2026, 3, 9)): 3 * HOUR}))
    assert told(decision) == (Outcome.QUEUE, Reason.DAILY_LIMIT_REACHED)
    assert decision.release_at == utc("2026-03-10 22:00")


def test_after_closing_the_promise_skips_an_opening_at_which_nothing_would_be_left():
    halves = a_schedule("UTC", {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["09:00", "12:00"]]})
    license = a_license(schedule=halves, daily_limit=HOUR)
    decision = decided("2026-03-09 12:30", license, usage=Usage({(1, date(2026, 3, 9)): HOUR}))
    assert told(decision) == (Outcome.QUEUE, Reason.OUTSIDE_HOURS)
    assert decision.release_at == utc("2026-03-10 09:00")


def test_a_license_may_allow_use_past_the_limit():
    license = a_license(daily_limit=3 * HOUR, over_limit=OverLimit.ALLOW)
    decision = decided("2026-03-09 12:00", license, usage=Usage({(1, date(2026, 3, 9)): 4 * HOUR}))
    assert told(decision) == (Outcome.ROUTE, Reason.WITHIN_HOURS)
    assert result_of(decision, CheckName.DAILY_LIMIT) is None


def test_a_schedule_that_never_opens_sends_to_triage_instead_of_queueing_for_ever():
    decision = decided("2026-03-09 12:00", a_license(schedule=a_schedule("UTC", {})))
    assert decision.outcome is Outcome.ROUTE
    assert decision.triage


def test_validity_is_judged_as_of_creation_and_hours_as_of_now():
    license = a_license(ends_on="2026-03-06")
    decision = decided("2026-03-09 08:00", license, created="2026-03-06 20:00")
    assert told(decision) == (Outcome.ROUTE, Reason.WITHIN_HOURS)


def test_every_check_is_listed_in_order_even_past_the_one_that_failed():
    license = a_license(ends_on="2026-01-31", daily_limit=HOUR)
    decision = decided("2026-03-09 20:00", license, usage=Usage({(1, date(2026, 3, 9)): HOUR}))
    assert [check.name for check in decision.checks] == list(CheckName)
    assert [check.passed for check in decision.checks] == [True, False, True, None, False, False]
    assert decision.failed is not None and decision.failed.name is CheckName.LICENSE


# People on the line


@pytest.mark.parametrize("ticket", [{"staff_made": True}, {"channel": "phone"}, {"channel": "Chat"}])
def test_a_live_contact_is_routed_whatever_the_verdict_which_stays_readable(ticket):
    decision = decided("2026-03-08 12:00", **ticket)
    assert told(decision) == (Outcome.ROUTE, Reason.LIVE_CONTACT)
    assert decision.verdict is Reason.OUTSIDE_HOURS
    assert decision.release_at is None
    assert result_of(decision, CheckName.SCHEDULE) is False
