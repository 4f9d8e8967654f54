"""Stories of the board: what an agent sees at a glance, and how it stays true without reloading."""

from __future__ import annotations

import re
from dataclasses import replace

from entitlements.helpdesk import EventKind, Identity
from entitlements.rules.license import Terms
from entitlements.rules.ticket import Severity
from entitlements.steps.tidy import beat
from entitlements.store.connections import get_connection, pause
from entitlements.store.database import transaction
from tests.builders import a_schedule
from tests.steps.house import IT, OPS, YEAR
from tests.web.pages.visitor import Pages, Visitor

STRANGER = Identity(email="who@nowhere.example")


def seen(visitor: Visitor) -> str:
    """The mark of the version that the board shows."""
    return re.search(r'"seen": "(\w+)"', visitor.html("/")).group(1)


def test_an_empty_board_says_how_a_first_ticket_comes(pages: Pages) -> None:
    shown = pages.visitor("desk-1").page("/")
    assert "No ticket yet. Send some with make demo-ticket" in shown
    assert "Nothing waits." in shown


def test_the_board_tells_who_is_open_and_until_when(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    shown = staff.page("/")
    assert "customers open now 2 of 2" in shown
    assert "Acme Open until 17:00 Paris" in shown
    assert "Globex Open around the clock" in shown
    pages.clock.set("2026-03-09 18:00")
    assert "Acme Opens in 14 h 00 min, Tue 10 Mar, 09:00 Paris" in staff.page("/")


def test_who_is_closed_changes_on_the_very_second(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    pages.clock.set("2026-03-09 15:59:59")
    assert "Acme Open until" in staff.page("/")
    pages.clock.set("2026-03-09 16:00:00")
    assert "Acme Opens in" in staff.page("/")


def test_a_changed_license_shows_at_once(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    assert "Acme Open until 17:00 Paris" in staff.page("/")
    pages.change_terms("Acme", schedule=a_schedule(week={"mon": [["09:00", "12:00"]]}))
    assert "Acme Open until 12:00 Paris" in staff.page("/")


def test_a_customer_whose_license_has_ended_has_no_cover(pages: Pages) -> None:
    with transaction():
        pages.customer("Initech", "it@initech.example", Terms(schedule=a_schedule(), **{
            **YEAR, "ends_on": YEAR["starts_on"]}))
    assert "Initech License expired" in pages.visitor("desk-2").page("/")


def test_the_queue_counts_down_in_the_licenses_zone(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00:30")
    pages.created(severity=Severity.HIGH)
    shown = pages.visitor("desk-2").html("/")
    assert ('<time datetime="2026-03-09T08:00:00Z" title="2026-03-09 08:00:00 UTC" data-countdown>'
            "in 45 h 59 min</time>") in shown
    assert 'Mon 9 Mar, 09:00 <span class="zone">Paris</span>' in shown
    for word in ("#7", "High", "Outside hours"):
        assert word in shown


def test_the_latest_decisions_come_with_their_reasons(pages: Pages) -> None:
    pages.created("1", OPS)
    pages.created("2", STRANGER)
    shown = pages.visitor("desk-2").page("/")
    assert "Routed to triage #2 who@nowhere.example Customer unknown" in shown
    assert "Routed #1 Globex Always open" in shown


def test_a_quiet_board_costs_an_empty_answer(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    version = seen(staff)
    pages.clock.go_on(seconds=1.25)
    quiet = staff.get(f"/now/board?seen={version}", HX_Request="true")
    assert (quiet.status_code, quiet.data) == (204, b"")
    assert quiet.headers["X-Deskgate-Now"] == "2026-03-09T09:00:01.250Z"


def test_a_ticket_that_arrives_changes_the_board(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    version = seen(staff)
    pages.created("42", OPS)
    news = staff.get(f"/now/board?seen={version}", HX_Request="true")
    assert news.status_code == 200
    assert "#42" in news.get_data(as_text=True)


def test_a_released_ticket_leaves_the_queue(pages: Pages) -> None:
    pages.clock.set("2026-03-09 07:59:50")
    pages.created()
    staff = pages.visitor("desk-2")
    assert "in 10 s" in staff.page("/")
    pages.clock.set("2026-03-09 08:00:00")
    pages.work()
    shown = staff.page("/")
    assert "Nothing waits." in shown
    assert "Routed #7 Acme Within hours, released" in shown


def test_a_paused_connection_is_a_warning(pages: Pages) -> None:
    with transaction():
        pause(get_connection("desk"), "the helpdesk is being moved", pages.clock.now())
    assert "desk is paused since Mon 9 Mar, 09:00 UTC" in pages.visitor("desk-2").page("/")


def test_a_silent_worker_is_a_warning(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    assert "No worker is running" in staff.page("/")
    beat("a worker", pages.clock.now(), 8)
    assert "No worker is running" not in staff.page("/")
    pages.clock.go_on(seconds=30)
    assert "No worker is running. Tickets are decided, but nothing is delivered or released since" in staff.page("/")


def test_with_many_customers_those_with_waiting_tickets_are_shown(pages: Pages) -> None:
    with transaction():
        for number in range(20):
            pages.customer(f"Customer {number:02}", f"it@c{number}.example", Terms(schedule=a_schedule(), **YEAR))
    pages.clock.set("2026-03-07 10:00")
    pages.created(identity=replace(IT, email="it@c19.example"))
    shown = pages.visitor("desk-2").page("/").partition("Customers")[2]
    assert "All 22" in shown
    assert "Customer 19" in shown
    assert "Customer 15" not in shown


def test_an_event_that_is_not_understood_is_counted(pages: Pages) -> None:
    pages.hook(body="gibberish")
    assert 'class="count">1<' in pages.visitor("desk-2").html("/")


def test_closing_in_the_helpdesk_takes_a_ticket_out_of_the_queue(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00")
    pages.created()
    pages.happened(EventKind.CLOSED)
    assert "Nothing waits." in pages.visitor("desk-2").page("/")
