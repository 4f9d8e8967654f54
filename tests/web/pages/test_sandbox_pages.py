"""Stories of the sandbox: a ticket is written there, comes in by the real path, and is seen to move."""

from __future__ import annotations

import pytest

from entitlements.store import tables
from tests.builders import targets
from tests.web.pages.visitor import Pages, Visitor

INBOX = "/sandbox/sandbox"
TICKET = f"{INBOX}/1"


@pytest.fixture
def staff(pages: Pages) -> Visitor:
    pages.open_sandbox()
    return pages.visitor("desk-1")


def write(staff: Visitor, **more: str) -> str:
    return staff.after(INBOX, {"email": "it@acme.example", "subject": "Printer on fire", "description": "It smokes.",
                             "severity": "normal", **more})


def test_a_ticket_written_as_a_customer_is_decided_and_put_in_its_place(pages: Pages, staff: Visitor) -> None:
    assert "#1 it@acme.example Open Inbox" in write(staff)
    assert pages.rows(tables.Ticket)[0].state == "routed"
    pages.work()
    assert "#1 it@acme.example Open Support" in staff.page(INBOX)


def test_on_a_weekend_it_is_put_on_hold_with_a_public_word_and_a_note(pages: Pages, staff: Visitor) -> None:
    pages.clock.set("2026-03-14 10:00")
    staff = pages.visitor("desk-1")
    write(staff)
    pages.work()
    shown = staff.page(TICKET)
    assert "On hold" in shown
    assert "Support opens on Monday 16 March at 09:00 (Paris)" in shown
    assert '<a href="https://deskgate.example/tickets/1/take"' in staff.html(TICKET)
    assert "deskgate:outside_hours" in shown


def test_an_agents_answer_takes_a_queued_ticket_early(pages: Pages, staff: Visitor) -> None:
    pages.clock.set("2026-03-14 10:00")
    staff = pages.visitor("desk-1")
    write(staff)
    pages.work()
    assert "Answered." in staff.after(f"{TICKET}/answer", {"answer-body": "Unplug it."}, seen_on=TICKET)
    assert pages.rows(tables.Ticket)[0].state == "routed"
    assert "desk-1" in staff.page(TICKET)


def test_logged_time_counts_as_usage_once(pages: Pages, staff: Visitor) -> None:
    pages.change_terms("Acme", daily_limit=3600)
    write(staff)
    assert "20 minutes logged." in staff.after(f"{TICKET}/time", {"minutes": "20"}, seen_on=TICKET)
    assert "Used today 20 min of 1 h, 40 min left" in staff.page("/customers/Acme")


def test_take_close_and_reopen_are_told_to_deskgate(pages: Pages, staff: Visitor) -> None:
    write(staff)
    for action, told in (("take", "Assigned to you."), ("close", "Closed."), ("reopen", "Open again.")):
        assert told in staff.after(f"{TICKET}/{action}", seen_on=TICKET)
    assert [row.kinds for row in pages.rows(tables.Event)] == ["created", "updated", "closed", "reopened"]


def test_waiting_for_the_customer_pauses_what_is_due(pages: Pages, staff: Visitor) -> None:
    pages.change_terms("Acme", targets=targets("all 4h", "all 8h"))
    write(staff)
    assert "Waits for the customer." in staff.after(f"{TICKET}/wait", seen_on=TICKET)
    shown = staff.html(TICKET)
    assert ("Stop waiting" in shown, "Wait for the customer" in shown) == (True, False)
    assert [row.state for row in pages.rows(tables.Milestone)] == ["paused", "paused"]
    assert "Open again." in staff.after(f"{TICKET}/go_on", seen_on=TICKET)
    assert "Wait for the customer" in staff.html(TICKET)
    assert [row.state for row in pages.rows(tables.Milestone)] == ["running", "running"]


def test_the_customer_writes_again(pages: Pages, staff: Visitor) -> None:
    write(staff)
    shown = staff.after(f"{TICKET}/reply", {"reply-body": "It is getting worse <b>now</b>."}, seen_on=TICKET)
    assert "Sent as the customer." in shown
    assert "&lt;b&gt;now&lt;/b&gt;" in staff.html(TICKET)


@pytest.mark.parametrize(("path", "form", "told"), [
    ("", {"email": "nobody", "subject": "x", "description": "x", "severity": "low"}, "not a mail address"),
    ("/1/answer", {"answer-body": " "}, "Write a message."),
    ("/1/reply", {"reply-body": ""}, "Write a message."),
    ("/1/time", {"minutes": "0"}, "1 to 1440 minutes."),
    ("/1/time", {"minutes": "many"}, "Not a valid integer value."),
])
def test_what_is_missing_is_said_beside_the_field(staff: Visitor, path: str, form: dict[str, str], told: str) -> None:
    write(staff)
    answer = staff.send(INBOX + path, form, seen_on=INBOX)
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)


def test_only_a_sandbox_has_such_pages(staff: Visitor) -> None:
    assert "There is no sandbox named desk." in staff.page("/sandbox/desk", 404)
    assert staff.get(f"{INBOX}/99").status_code == 404


def test_the_receipt_and_the_sandbox_point_at_each_other(staff: Visitor) -> None:
    write(staff)
    assert f'href="{TICKET}"' in staff.html("/tickets/1")
    assert 'href="/tickets/1"' in staff.html(TICKET)
