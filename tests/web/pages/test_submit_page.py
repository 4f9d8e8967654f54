"""Stories of customers: what they are told before they send is what happens when they do."""

from __future__ import annotations

import re
from datetime import date

import pytest

from entitlements.rules.ticket import Severity
from entitlements.steps.meter import UsageReport, record_usage
from entitlements.store import tables
from entitlements.store.database import transaction
from tests.web.pages.visitor import Pages, Visitor, words_of

TICKET = {"subject": "The export stops", "description": "At 40 percent, since this morning.", "severity": "normal"}
SATURDAY = "2026-03-07 10:00"
YEARS_AGO = date(2020, 1, 1)


def promises(guest: Visitor) -> dict[str, str]:
    """What the form says about each severity."""
    found = re.findall(r"(Urgent|High|Normal|Low) [A-Z][^.]*\. (.*?)(?= High | Normal | Low | What will)",
                       guest.page("/submit").partition("How bad is it?")[2])
    return dict(found)


def test_without_a_link_a_friendly_page_says_how_to_get_one(pages: Pages) -> None:
    assert "Ask the support team for a link" in pages.visitor().page("/submit", 401)


def test_a_personal_link_opens_the_page_once(pages: Pages) -> None:
    token = pages.link("Acme", "it@acme.example")
    guest = pages.visitor()
    assert guest.get(f"/submit/enter/{token}").location == "/submit"
    assert "Acme, Acme license" in guest.page("/submit")
    assert "This link is used up" in pages.visitor().page(f"/submit/enter/{token}", 403)


def test_a_link_is_not_used_up_by_programs_that_only_look_at_it(pages: Pages) -> None:
    token = pages.link("Acme", "it@acme.example")
    looking = pages.visitor()
    assert looking.open("HEAD", f"/submit/enter/{token}").status_code == 204
    assert looking.get(f"/submit/enter/{token}", Sec_Purpose="prefetch").status_code == 204
    assert pages.visitor().get(f"/submit/enter/{token}").status_code == 303


def test_an_old_link_opens_nothing(pages: Pages) -> None:
    token = pages.link("Acme", "it@acme.example")
    pages.clock.go_on(hours=24)
    assert pages.visitor().get(f"/submit/enter/{token}").status_code == 403


def test_inside_the_hours_the_page_says_so(pages: Pages) -> None:
    shown = pages.guest().page("/submit")
    assert "Open now Open until 17:00 Paris" in shown
    assert "Reaches the team at once" in shown


def test_outside_the_hours_each_severity_is_promised_its_own(pages: Pages) -> None:
    pages.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}))
    pages.clock.set(SATURDAY)
    guest = pages.guest()
    assert "urgent problems are covered around the clock" in guest.page("/submit")
    monday = "Reaches the team on Monday 9 March at about 09:00 (Paris)"
    assert promises(guest) == {"Urgent": "Reaches the team at once", "High": monday, "Normal": monday, "Low": monday}


def test_the_promise_follows_the_severity_that_is_chosen(pages: Pages) -> None:
    pages.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}))
    pages.clock.set(SATURDAY)
    guest = pages.guest()
    urgent = words_of(guest.get("/submit/preview?severity=urgent").get_data(as_text=True))
    assert urgent.startswith("Reaches the team at once Your license covers tickets of urgent severity")
    assert "Monday 9 March" in words_of(guest.get("/submit/preview?severity=low").get_data(as_text=True))
    assert guest.get("/submit/preview?severity=<b>").status_code == 200


@pytest.mark.parametrize(("at", "severity", "state"), [
    ("2026-03-09 09:00", "low", "routed"), (SATURDAY, "normal", "queued"), (SATURDAY, "urgent", "routed")])
def test_what_was_promised_is_what_happens(pages: Pages, at: str, severity: str, state: str) -> None:
    pages.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}))
    pages.clock.set(at)
    guest = pages.guest()
    promised = words_of(guest.get(f"/submit/preview?severity={severity}").get_data(as_text=True))
    told = guest.after("/submit", {**TICKET, "severity": severity})
    ticket = pages.rows(tables.Ticket)[0]
    assert (ticket.state, ticket.contact, ticket.channel) == (state, "it@acme.example", "web")
    assert ticket.decision.customer_text in promised
    assert ticket.decision.customer_text in told


def test_a_queued_ticket_comes_back_with_its_promise(pages: Pages) -> None:
    pages.clock.set(SATURDAY)
    guest = pages.guest()
    told = guest.after("/submit", TICKET)
    assert "Thank you Ticket 1" in told
    assert "Expected with the team in 46 h 00 min, Mon 9 Mar, about 09:00 Paris" in told
    assert "Ticket 1 is in line Expected with the team Mon 9 Mar, about 09:00 Paris" in guest.page("/submit")


def test_the_ticket_is_created_in_the_helpdesk_with_its_text(pages: Pages) -> None:
    pages.guest().after("/submit", TICKET)
    assert pages.work() == ["create"]
    created = pages.helpdesk.applied[0].new_ticket
    assert (created.subject, created.requester_email) == ("The export stops", "it@acme.example")


def test_somebody_without_cover_is_told_before_and_after(pages: Pages) -> None:
    pages.change_terms("Acme", starts_on=YEARS_AGO, ends_on=YEARS_AGO)
    guest = pages.guest()
    before = guest.page("/submit")
    assert "No support cover now License expired" in before
    assert "Would not be taken up" in before
    assert "We could not take it up" in guest.after("/submit", TICKET)


def test_the_time_left_today_is_told(pages: Pages) -> None:
    pages.change_terms("Globex", daily_limit=3 * 3600)
    with transaction():
        record_usage(UsageReport(customer="Globex", seconds=3600, source="test", entry_key="1"), pages.clock.now())
    assert "Support time today 2 h left of 3 h" in pages.guest("Globex", "ops@globex.example").page("/submit")


def test_a_form_that_is_not_complete_comes_back_with_its_text(pages: Pages) -> None:
    answer = pages.guest().send("/submit", {**TICKET, "subject": " \n ", "severity": "disaster"})
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert "Say in a few words what it is about." in html
    assert "Not a valid choice" in html
    assert "At 40 percent, since this morning." in html
    assert pages.rows(tables.Ticket) == []


def test_a_form_that_did_not_come_from_our_page_decides_nothing(pages: Pages) -> None:
    assert pages.guest().send("/submit", TICKET, token="forged").status_code == 400
    assert pages.rows(tables.Ticket) == []


def test_the_tickets_of_others_are_not_shown(pages: Pages) -> None:
    pages.guest().after("/submit", TICKET)
    other = pages.guest("Globex", "ops@globex.example")
    assert other.get("/submit/tickets/1").status_code == 404
    assert "Your tickets" not in other.page("/submit")
    colleague = pages.guest("Acme", "boss@acme.example")
    assert colleague.get("/submit/tickets/1").status_code == 404


def test_a_session_that_was_revoked_sends_nothing(pages: Pages) -> None:
    guest = pages.guest()
    kept = guest.client.get_cookie("deskgate_customer").value
    left = guest.send("/submit/leave", seen_on="/submit").location
    assert "You are signed out here." in guest.page(left, 401)
    thief = pages.visitor()
    thief.client.set_cookie("deskgate_customer", kept)
    assert thief.get("/submit").status_code == 401
    assert thief.get("/submit/tickets/1").status_code == 401
    assert thief.get("/submit/preview").headers["HX-Redirect"] == "/submit"
    assert thief.send("/submit", TICKET, seen_on="/signin").status_code == 401
    assert pages.rows(tables.Ticket) == []


def test_an_agents_session_is_no_customers_session(pages: Pages) -> None:
    assert pages.visitor("desk-1").get("/submit").status_code == 401


def test_without_any_helpdesk_the_ticket_is_kept_in_a_sandbox(pages: Pages) -> None:
    with transaction():
        for row in pages.rows(tables.Connection):
            row.settings = {"listen_only": "true"}
    assert "Thank you" in pages.guest().after("/submit", TICKET)
