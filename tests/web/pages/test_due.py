"""What is due on a ticket, as its receipt shows it: running, overdue, waiting, met in time or late, given up."""

from __future__ import annotations

import re

import pytest

from entitlements.helpdesk import Author, EventKind
from entitlements.rules.ticket import Severity
from tests.builders import targets, utc
from tests.web.pages.visitor import Pages, Visitor, words_of


@pytest.fixture
def staff(pages: Pages) -> Visitor:
    pages.change_terms("Acme", targets=targets("urgent 1h; all 2h", "all 4h"),
                       exempt_severities=frozenset({Severity.URGENT}))
    pages.created()
    return pages.visitor("desk-2")


def due(staff: Visitor) -> str:
    """The words of the part that tells what is due."""
    shown = staff.page("/tickets/1")
    return shown[shown.index("Due "):shown.index("For agents")].strip()


def answered(pages: Pages) -> None:
    pages.happened(EventKind.REPLIED, author=Author.AGENT, public=True)


def test_a_running_ticket_shows_due_times_on_the_licenses_clock_and_counts_down(pages: Pages, staff: Visitor) -> None:
    assert due(staff) == ("Due First answer in 2 h 00 min 2 h of business time Mon 9 Mar, 12:00 Paris "
                          "Resolution in 4 h 00 min 4 h of business time Mon 9 Mar, 14:00 Paris")
    assert '<time datetime="2026-03-09T11:00:00Z"' in staff.html("/tickets/1")


def test_what_was_done_in_time_and_what_was_late_is_told_apart(pages: Pages, staff: Visitor) -> None:
    pages.clock.set("2026-03-09 10:30")
    answered(pages)
    assert "First answer in time 1 h 30 min used of 2 h of business time done Mon 9 Mar, 11:30 Paris" in due(staff)
    pages.clock.set("2026-03-09 13:05")
    assert "Resolution overdue, was due 5 min ago 4 h of business time Mon 9 Mar, 14:00 Paris" in due(staff)
    pages.happened(EventKind.CLOSED, author=Author.AGENT)
    assert "Resolution 5 min late 4 h 5 min used of 4 h of business time done Mon 9 Mar, 14:05 Paris" in due(staff)


def test_a_ticket_that_waits_says_since_when_and_how_much_is_used(pages: Pages, staff: Visitor) -> None:
    pages.clock.set("2026-03-09 09:40")
    answered(pages)
    pages.happened(EventKind.UPDATED, author=Author.AGENT, waiting=True)
    assert due(staff).startswith("Due Waits for the customer since Mon 9 Mar, 10:40 Paris First answer in time")
    assert due(staff).endswith("Resolution paused 40 min used of 4 h of business time")


def test_who_is_served_around_the_clock_sees_the_wall_clock(pages: Pages, staff: Visitor) -> None:
    pages.happened(EventKind.UPDATED, severity=Severity.URGENT)
    assert "First answer in 1 h 00 min 1 h around the clock Mon 9 Mar, 11:00 Paris" in due(staff)


def test_what_is_given_up_is_not_due_any_more(pages: Pages, staff: Visitor) -> None:
    pages.happened(EventKind.MERGED, author=Author.AGENT)
    assert "Resolution not due any more 0 min used of 4 h of business time since Mon 9 Mar, 10:00 Paris" in due(staff)


def test_a_ticket_to_which_nothing_was_promised_says_nothing_of_it(pages: Pages) -> None:
    pages.created()
    assert "Resolution" not in pages.visitor("desk-2").page("/tickets/1")


def test_the_open_page_learns_of_every_change_and_of_the_moment_it_is_overdue(pages: Pages, staff: Visitor) -> None:
    seen = re.search(r'"seen": "(\w+)"', staff.html("/tickets/1")).group(1)

    def news(at: str) -> str:
        nonlocal seen
        pages.clock.set(at)
        answer = staff.get(f"/tickets/1/live?seen={seen}")
        html = answer.get_data(as_text=True)
        seen = re.search(r'"seen": "(\w+)"', html).group(1) if html else seen
        return words_of(html)

    assert news("2026-03-09 11:00") == ""
    assert "First answer overdue" in news("2026-03-09 11:00:01")
    assert news("2026-03-09 11:10") == ""
    pages.happened(EventKind.UPDATED, author=Author.AGENT, waiting=True)
    assert "Waits for the customer" in news("2026-03-09 11:10")
    assert news("2026-03-09 12:00") == ""


def test_the_customers_page_tells_what_is_promised(staff: Visitor) -> None:
    shown = staff.page("/customers/Acme")
    assert "Answered within urgent 1 h around the clock, high 2 h, normal 2 h, low 2 h" in shown
    assert "Resolved within urgent 4 h around the clock, high 4 h, normal 4 h, low 4 h" in shown


def test_a_license_that_cannot_be_due_any_more_says_so(pages: Pages, staff: Visitor) -> None:
    pages.clock.set("2037-12-31 15:30")
    pages.change_terms("Acme", ends_on=utc("2037-12-31").date())
    pages.created("8")
    shown = pages.visitor("desk-2").page("/tickets/2")
    assert "Resolution never due: no open hour is left 4 h of business time" in shown
