"""Stories of a Monday morning on the pages: many tickets for the same minute, and each shown when to expect it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entitlements.helpdesk import Limits
from entitlements.rules.ticket import Severity
from entitlements.steps.release import release_due
from entitlements.steps.tidy import beat
from entitlements.store.connections import get_connection
from entitlements.store.database import transaction
from entitlements.web.pages import now
from tests.web.pages.visitor import Pages

IN_LINE = "Released in 46 h 00 min, Mon 9 Mar, 09:00 Paris"


@pytest.fixture
def slow(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`slow(3)`: so many tickets wait for Monday at nine in a helpdesk that takes one change a minute from us."""
    monkeypatch.setattr(pages.helpdesk, "limits", lambda: Limits(per_minute=2, share=0.5))
    pages.clock.set("2026-03-07 08:30")

    def fill(count: int, *, last: Severity = Severity.NORMAL) -> None:
        for number in range(count):
            pages.created(str(number + 1), severity=last if number == count - 1 else Severity.NORMAL)
        pages.work()
        pages.clock.set("2026-03-07 10:00")

    return fill



def test_the_queue_shows_the_expected_minute_beside_the_release(pages: Pages, slow: Callable[..., None]) -> None:
    slow(3)
    shown = pages.visitor("desk-2").page("/")
    assert "in 46 h 00 min Mon 9 Mar, 09:00 Paris #1" in shown
    assert "in 46 h 00 min Mon 9 Mar, 09:00 Paris expected about 09:01 #2" in shown
    assert "expected about 09:02 #3" in shown


def test_the_queue_is_in_the_order_in_which_tickets_are_expected(
        pages: Pages, slow: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(now, "MOST_QUEUED", 2)
    slow(4, last=Severity.URGENT)
    shown = pages.visitor("desk-2").page("/").partition("Latest")[0]
    assert shown.index("#4") < shown.index("#1")
    assert "#2" not in shown
    assert "All 4" in shown


def test_the_list_of_tickets_shows_both_times(pages: Pages, slow: Callable[..., None]) -> None:
    slow(2)
    staff = pages.visitor("desk-2")
    for path in ("/tickets", "/customers/Acme"):
        shown = staff.page(path)
        assert "Queued in 46 h 00 min, Mon 9 Mar, 09:00 Paris expected about 09:01" in shown, path
        assert shown.count("expected about") == 1, path


def test_the_receipt_tells_the_expected_minute_only_where_it_is_another(
        pages: Pages, slow: Callable[..., None]) -> None:
    slow(2)
    staff = pages.visitor("desk-2")
    assert "expected" not in staff.page(f"/tickets/{pages.ticket('1').id}")
    shown = staff.page(f"/tickets/{pages.ticket('2').id}")
    assert f"{IN_LINE}; expected with the agents about 09:01, since others go before it" in shown


def test_a_ticket_on_its_way_tells_when_to_expect_it(pages: Pages, slow: Callable[..., None]) -> None:
    slow(3)
    ticket_id = pages.ticket("3").id
    pages.clock.set("2026-03-09 08:00")
    release_due(pages.deskgate)
    staff = pages.visitor("desk-2")
    assert "Routed Within hours Released, on its way, expected about 09:02 Paris" in staff.page(f"/tickets/{ticket_id}")
    assert "on the way" not in staff.page("/")
    beat("a worker", pages.clock.now(), 8)
    shown = staff.page("/")
    assert "3 released tickets are on the way to desk" in shown
    assert "the last is expected about 08:02 UTC." in shown
    for minute in range(4):
        pages.clock.set(f"2026-03-09 08:0{minute}:30")
        pages.work(1)
    assert "on its way" not in staff.page(f"/tickets/{ticket_id}")
    assert "on the way" not in staff.page("/")


def test_nothing_is_expected_of_a_helpdesk_that_does_not_answer(pages: Pages, slow: Callable[..., None]) -> None:
    slow(3)
    ticket_id = pages.ticket("3").id
    pages.clock.set("2026-03-09 08:00")
    release_due(pages.deskgate)
    staff = pages.visitor("desk-2")
    with transaction():
        get_connection("desk").broken_since = pages.clock.now()
    assert "on the way" not in staff.page("/")
    shown = staff.page(f"/tickets/{ticket_id}")
    assert "Released, but not in the helpdesk yet. It waits because desk has not answered since" in shown
    assert "expected" not in shown


def test_a_customer_is_told_about_when(pages: Pages, slow: Callable[..., None]) -> None:
    slow(3)
    guest, ticket_id = pages.guest(), pages.ticket("3").id
    assert "is in line Expected with the team Mon 9 Mar, about 09:02 Paris" in guest.page("/submit")
    told = guest.page(f"/submit/tickets/{ticket_id}")
    assert "your ticket reaches the team at about that time" in told
    assert "Expected with the team in 46 h 02 min, Mon 9 Mar, about 09:02 Paris" in told
    pages.clock.set("2026-03-09 08:00:01")
    release_due(pages.deskgate)
    guest = pages.guest()
    told = guest.page(f"/submit/tickets/{ticket_id}")
    assert "is on its way to the team Expected with the team Mon 9 Mar, about 09:02 Paris" in guest.page("/submit")
    assert "It is on its way to the team Support is open, and the tickets that waited" in told
    assert "Expected with the team in 1 min 59 s, Mon 9 Mar, about 09:02 Paris" in told
    for minute in range(4):
        pages.clock.set(f"2026-03-09 08:0{minute}:30")
        pages.work(1)
    assert "It is with the team" in guest.page(f"/submit/tickets/{ticket_id}")


def test_a_page_without_a_queued_ticket_works_nothing_out(
        pages: Pages, slow: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entitlements.web.pages.expecting.expectations", lambda *_: 1 / 0)
    pages.clock.set("2026-03-09 09:00")
    pages.created("1")
    pages.work()
    staff = pages.visitor("desk-2")
    assert "#1" in staff.page("/tickets")
    assert "Routed" in staff.page("/tickets/1")
