"""Decisions in sentences, for agents and for customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from entitlements.helpdesk import Explanation
from entitlements.rules.decision import Decision, Doubt, Policy, decide
from entitlements.rules.language import Language
from entitlements.rules.license import License, Standing, Terms
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.schedule import Schedule
from entitlements.rules.ticket import MatchStep, Requester, Severity, Ticket
from entitlements.rules.usage import Usage
from entitlements.rules.windows import parse_weekly
from entitlements.wording import agent, explain, note, reason_label
from entitlements.wording.sentences import CATALOGS

SATURDAY = datetime(2026, 3, 7, 9, 0, tzinfo=UTC)
MONDAY_TEN = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
ACME = Requester(customer="Acme", step=MatchStep.CONTACT, contact="it@acme.example")
BY_DOMAIN = Requester(customer="Acme", step=MatchStep.DOMAIN, contact="someone@acme.example")
RENEWALS = "renewals@desk.example"


def license_of(weekly: str = "mon-fri 09:00-17:00", holidays: tuple[str, ...] = (), **terms: object) -> License:
    schedule = Schedule.from_dict({"zone": "Europe/Paris", "weekly": parse_weekly(weekly), "holidays": holidays})
    dates = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    return License(7, 1, "Gold", "Acme", Terms(schedule=schedule, **{**dates, **terms}))


def told(license: License | None, at: datetime, who: Requester = ACME, zone: str = "", used: int = 0,
         **ticket: object) -> Explanation:
    asked = Ticket(who, at, **ticket)
    usage = Usage({(7, license.terms.schedule.day_of(at)): used}) if license else Usage()
    decision = decide(asked, [license] if license else [], usage, at)
    return explain(decision, asked, zone, RENEWALS)


def test_the_promise_outside_hours_names_hours_opening_and_the_customers_own_time() -> None:
    said = told(license_of(), SATURDAY, zone="Asia/Tokyo")
    assert said.customer == (
        "Your license covers Monday to Friday, 09:00-17:00 (Paris). Support opens on Monday 9 March at 09:00 (Paris), "
        "17:00 your time in Tokyo; your ticket reaches the team at about that time.")
    assert said.agent == ('Queued until Monday 9 March at 09:00 (Paris): license "Gold" of Acme covers '
                          "Monday to Friday, 09:00-17:00 (Paris).")


def test_a_customer_in_the_licenses_own_zone_is_not_told_the_time_twice() -> None:
    assert told(license_of(), SATURDAY, zone="Europe/Paris").customer == (
        "Your license covers Monday to Friday, 09:00-17:00 (Paris). Support opens on Monday 9 March at 09:00 "
        "(Paris); your ticket reaches the team at about that time.")


def test_a_holiday_is_called_a_holiday() -> None:
    said = told(license_of(holidays=("2026-03-09",)), MONDAY_TEN)
    assert said.customer == ("Support is closed for a holiday. Support opens on Tuesday 10 March at 09:00 (Paris); "
                             "your ticket reaches the team at about that time.")
    assert 'license "Gold" of Acme is closed for a holiday' in said.agent


def test_a_reached_daily_limit_tells_what_was_bought_and_when_it_goes_on() -> None:
    said = told(license_of(daily_limit=10_800), MONDAY_TEN, used=11_400)
    assert said.customer == ("Your license includes 3 h of support a day, and today's time is used up. Your ticket is "
                             "in line and reaches the team on Tuesday 10 March at about 09:00 (Paris).")
    assert said.agent == ('Queued until Tuesday 10 March at 09:00 (Paris): license "Gold" of Acme includes '
                          "3 h a day, and 3 h 10 min are used.")


def test_an_opening_at_which_no_time_is_left_is_not_promised() -> None:
    nights = license_of("mon-fri 09:00-12:00,13:00-17:00", daily_limit=3_600)
    said = told(nights, MONDAY_TEN.replace(hour=11, minute=30), used=3_600)
    assert said.customer.endswith("Your ticket is in line and reaches the team on Tuesday 10 March at about 09:00 "
                                  "(Paris).")
    assert "Support opens" not in said.customer


def test_within_hours_the_customer_hears_until_when() -> None:
    said = told(license_of(), MONDAY_TEN)
    assert said.customer == "Support is open now, until 17:00 (Paris). Your ticket is with the support team now."
    assert said.agent == 'Routed: license "Gold" of Acme is open until Monday 9 March at 17:00 (Paris).'


def test_around_the_clock_is_said_in_so_many_words() -> None:
    assert told(license_of("mon-sun 00:00-24:00"), SATURDAY).customer == (
        "Your license covers 24 hours a day, every day. Your ticket is with the support team now.")


def test_an_exempt_severity_is_named() -> None:
    said = told(license_of(exempt_severities=frozenset({Severity.URGENT})), SATURDAY, severity=Severity.URGENT)
    assert said.customer == ("Your license covers tickets of urgent severity around the clock. Your ticket is with the "
                             "support team now.")


def test_an_expired_license_comes_with_whom_to_ask() -> None:
    said = told(license_of(ends_on=date(2026, 2, 28)), SATURDAY)
    assert said.customer == ("Your support license ended on 28 February 2026, so we cannot take up this ticket. To "
                             "renew it, please contact renewals@desk.example.")
    assert said.agent == 'Rejected: license "Gold" of Acme ended on 28 February 2026 (Paris).'


def test_without_a_renewal_contact_the_refusal_still_reads_well() -> None:
    asked = Ticket(ACME, SATURDAY)
    decision = decide(asked, [license_of(standing=Standing.SUSPENDED)], Usage(), SATURDAY)
    assert explain(decision, asked).customer == (
        "Your support license is suspended at present, so we cannot take up this ticket. To have it resumed, please "
        "contact the team that looks after your support license.")


def test_grace_tells_the_end_and_the_end_of_grace() -> None:
    said = told(license_of(ends_on=date(2026, 3, 1), grace_days=14), MONDAY_TEN)
    assert said.customer == ("Your support license ended on 1 March 2026, and support goes on until 15 March 2026; to "
                             "renew it, please contact renewals@desk.example. Your ticket is with the support team "
                             "now.")


def test_what_is_not_covered_is_named() -> None:
    said = told(license_of(products=frozenset({"Pump"})), MONDAY_TEN, product="Valve")
    assert said.customer.startswith('Your support license does not cover the product "Valve", so we cannot')
    assert said.agent == 'Rejected: license "Gold" of Acme does not cover the product "Valve".'


def test_a_stranger_is_told_that_somebody_looks() -> None:
    asked = Ticket(Requester(contact="who@nowhere.example"), SATURDAY)
    said = explain(decide(asked, [], Usage(), SATURDAY), asked)
    assert said.customer == ("We could not match you to a support license. Somebody on the support team will look at "
                             "your request and get back to you.")
    assert said.agent == "Routed to triage: no customer is known for who@nowhere.example."


def test_a_name_that_nobody_has_is_not_mistaken_for_no_name() -> None:
    asked = Ticket(Requester(step=MatchStep.NAMED, contact="who@nowhere.example"), SATURDAY)
    said = explain(decide(asked, [], Usage(), SATURDAY), asked)
    assert said.agent == "Routed to triage: there is no customer of the name that was given."
    assert said.customer.startswith("We could not match you to a support license.")


def test_a_stranger_who_is_refused_is_told_whom_to_ask() -> None:
    asked = Ticket(Requester(contact="who@nowhere.example"), SATURDAY)
    said = explain(decide(asked, [], Usage(), SATURDAY, Policy(unknown_customer=Doubt.REJECT)), asked,
                   renewal_contact=RENEWALS)
    assert said.customer == ("We could not match you to a support license, so we cannot take up this ticket. To "
                             "arrange support, please contact renewals@desk.example.")


def test_two_customers_that_fit_are_both_named_to_the_agent_and_to_nobody_else() -> None:
    both = Requester(candidates=("Acme", "Globex"), step=MatchStep.DOMAIN, contact="x@shared.example")
    asked = Ticket(both, SATURDAY)
    said = explain(decide(asked, [], Usage(), SATURDAY), asked)
    assert "Acme and Globex both fit x@shared.example" in said.agent
    assert "Acme" not in said.customer


def test_staff_made_tickets_say_what_the_license_alone_would_have_said() -> None:
    said = told(license_of(), SATURDAY, staff_made=True)
    assert said.agent == (
        'Routed: opened by staff, so it does not wait; license "Gold" of Acme alone says: outside hours.')
    assert said.customer == "Your ticket is with the support team now."


@pytest.mark.parametrize(("terms", "at", "used"), [
    ({}, SATURDAY, 0), ({}, MONDAY_TEN, 0), ({"ends_on": date(2026, 2, 28)}, SATURDAY, 0),
    ({"ends_on": date(2026, 3, 8), "grace_days": 5}, MONDAY_TEN, 0), ({"daily_limit": 10_800}, MONDAY_TEN, 11_000),
    ({"standing": Standing.SUSPENDED}, MONDAY_TEN, 0), ({"starts_on": date(2026, 3, 8)}, SATURDAY, 0),
    ({"holidays": ("2026-03-09",)}, MONDAY_TEN, 0), ({"contacts": frozenset({"a@b.example"})}, MONDAY_TEN, 0),
])
def test_somebody_known_by_domain_alone_learns_nothing_about_the_license(
        terms: dict[str, object], at: datetime, used: int) -> None:
    said = told(license_of(**terms), at, BY_DOMAIN, used=used)
    for secret in ("license", "17:00", "3 h", "Gold", "2026", "February", "grace", "holiday", "used", "suspended"):
        assert secret not in said.customer
    assert "known by mail domain only" in said.agent


def test_somebody_known_by_domain_alone_still_hears_when_the_ticket_reaches_the_team() -> None:
    assert told(license_of(), SATURDAY, BY_DOMAIN, zone="Asia/Tokyo").customer == (
        "Your ticket is in line and reaches the team on Monday 9 March at about 17:00 (Tokyo).")


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_both_sentences_whatever_the_outcome(reason: Reason, outcome: Outcome) -> None:
    release_at = MONDAY_TEN if outcome is Outcome.QUEUE else None
    decision = Decision(outcome, reason, SATURDAY, license=license_of(daily_limit=3_600), release_at=release_at,
                        triage=outcome is Outcome.ROUTE, verdict=Reason.OUTSIDE_HOURS)
    said = explain(decision, Ticket(ACME, SATURDAY), "Asia/Tokyo")
    for text in (said.agent, said.customer):
        assert text.endswith(".")
        assert text[0].isupper()
        assert not [flaw for flaw in ("..", "  ", "None") if flaw in text]
    assert reason_label(reason)


def test_the_sentences_are_kept_for_each_reason_and_for_no_other() -> None:
    assert set(agent.WHY) == set(Reason)
    assert {name.split(".")[1] for name in CATALOGS[Language.ENGLISH] if name.startswith("why.")} == set(Reason)


def test_a_ticket_that_would_wait_for_ever_says_so_to_the_agent() -> None:
    said = told(license_of("", holidays=()), SATURDAY)
    assert said.agent.startswith("Routed to triage: ")
    assert "no hours to wait for lie ahead" in said.agent
    assert "Somebody on the support team will look" in said.customer


def test_the_note_is_the_verdict_and_the_links() -> None:
    line = told(license_of(), SATURDAY).agent
    assert note(line, "https://desk.example/tickets/7", "https://desk.example/tickets/7/take") == (
        f"Deskgate: {line}\nReceipt: https://desk.example/tickets/7\nTake it now: https://desk.example/tickets/7/take")
    assert "Take it now" not in note(line, "https://desk.example/tickets/7")


def test_a_decision_of_our_own_fault_needs_no_license_to_be_explained() -> None:
    decision = Decision(Outcome.ROUTE, Reason.COULD_NOT_DECIDE, SATURDAY, triage=True)
    said = explain(replace(decision), Ticket(ACME, SATURDAY))
    assert "please check the license by hand" in said.agent
    assert said.customer.startswith("Somebody on the support team")
