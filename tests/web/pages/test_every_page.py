"""What holds for every page: nothing runs inline, no ticket's text is shown, and what goes wrong is told plainly."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from sqlalchemy.exc import OperationalError

from entitlements.helpdesk import NewTicket
from entitlements.rules.ticket import Severity
from entitlements.steps.hooks import receive
from entitlements.store.connections import config_of, get_connection
from tests.builders import a_schedule
from tests.web.pages.visitor import Pages, words_of

SCHEDULE = f"/schedules/{quote(repr(a_schedule()))}"  # so the tests' own schedules are called
SUBJECT, DESCRIPTION = "Zanzibar quarterly figures", "Quagmire in the ledger"
AGENTS_PAGES = ("/", "/now/board", "/tickets", "/tickets/1", "/tickets/1/live", "/tickets/1/take", "/customers",
                "/customers/Acme", "/schedules", SCHEDULE, "/holidays", "/changes", "/attention", "/connections",
                "/connections/desk/words", "/account")
ADMINS_PAGES = ("/changes/new/schedule", "/changes/new/schedule?name=" + SCHEDULE.removeprefix("/schedules/"),
                "/changes/new/license?customer=Acme", "/changes/new/license?customer=Acme&plan=24x7",
                "/changes/new/license?customer=Acme&license=Acme+license", "/changes/new/licenses",
                "/connections/new", "/connections/new/django_helpdesk", "/connections/new/standard",
                "/connections/sandbox/setup", "/connections/desk/words/outside_hours",
                "/connections/desk/words/queue?language=ja")
SANDBOX_PAGES = ("/sandbox/sandbox", "/sandbox/sandbox/1")
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|\shx-on|"
                    r"(?:src|href)=.https?://(?!deskgate)")


@pytest.fixture
def busy(pages: Pages) -> Pages:
    """With a queued ticket that was written in the sandbox."""
    return kept_busy(pages)


def kept_busy(pages: Pages) -> Pages:
    pages.open_sandbox()
    pages.clock.set("2026-03-14 10:00")
    row = get_connection("sandbox")
    adapter = pages.deskgate.helpdesk(config_of(row))
    receive("sandbox", adapter.open_ticket(NewTicket(SUBJECT, DESCRIPTION, "it@acme.example"), Severity.NORMAL),
            pages.deskgate)
    pages.work()
    return pages


def test_nothing_runs_or_is_styled_inline_and_nothing_is_loaded_from_elsewhere(busy: Pages) -> None:
    staff, guest = busy.visitor("desk-1"), busy.guest()
    shown = {path: staff.html(path) for path in AGENTS_PAGES + ADMINS_PAGES + SANDBOX_PAGES}
    shown |= {"/submit": guest.html("/submit"), "/signin": busy.visitor().html("/signin")}
    assert {path: INLINE.findall(html) for path, html in shown.items() if INLINE.search(html)} == {}


def test_every_page_opens_on_postgresql_too(postgres_pages: Pages) -> None:
    busy = kept_busy(postgres_pages)
    staff, guest = busy.visitor("desk-1"), busy.guest()
    for path in (*AGENTS_PAGES, *ADMINS_PAGES, *SANDBOX_PAGES, "/tickets?state=queued&customer=Acme"):
        assert staff.get(path).status_code == 200, path
    assert guest.get("/submit").status_code == 200
    assert staff.get("/tickets/99999999999").status_code == 404


def test_the_browser_is_told_to_run_and_load_nothing_but_our_own(busy: Pages) -> None:
    for path in ("/", "/signin", "/submit", "/nothing-here"):
        policy = busy.visitor("desk-1").get(path).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy


def test_a_tickets_text_is_on_no_page_of_deskgates_own(busy: Pages) -> None:
    staff = busy.visitor("desk-1")
    for path in AGENTS_PAGES:
        html = staff.html(path)
        assert SUBJECT not in html, path
        assert DESCRIPTION not in html, path
    assert DESCRIPTION in staff.html("/sandbox/sandbox/1")


def test_pages_are_kept_by_nobody(busy: Pages) -> None:
    assert busy.visitor("desk-1").get("/").headers["Cache-Control"] == "no-store"


def test_an_address_that_does_not_exist_is_told_plainly(pages: Pages) -> None:
    shown = pages.visitor().page("/nothing-here", 404)
    assert shown.startswith("Not connected.")
    assert "404 There is nothing here" in shown


def test_a_fault_of_ours_is_a_plain_page_without_a_traceback(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entitlements.web.pages.now.queued_lines", lambda *_: 1 / 0)
    shown = pages.visitor("desk-1").html("/", 500)
    assert "Something went wrong on our side" in shown
    assert "ZeroDivision" not in shown
    assert "Traceback" not in shown


def test_a_database_that_does_not_answer_is_a_503(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr("entitlements.web.pages.now.queued_lines", fail)
    assert "The database does not answer" in pages.visitor("desk-1").page("/", 503)


def test_too_long_a_form_is_told_plainly(pages: Pages) -> None:
    answer = pages.guest().send("/submit", {"description": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "too large" in words_of(answer.get_data(as_text=True))


def test_a_wrong_method_is_told_plainly(pages: Pages) -> None:
    answer = pages.visitor("desk-1").get("/signout")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("path", ["/tickets?page=abc", "/tickets?page=99999999999999999999", "/tickets?state=%00",
                                  "/customers?q=%F0%9F%92%A9&page=-1", "/customers/%00",
                                  "/tickets?customer=%ED%A0%80", "/schedules/%00",
                                  "/schedules?q=%ED%A0%80&page=99999999999999999999", "/holidays/%00", "/changes/%00",
                                  "/changes/new/schedule?name=%00", "/changes/new/schedule?draft=%ED%A0%80",
                                  "/changes/new/license?customer=%00", "/changes/new/subdivisions?country=%00",
                                  "/signin?next=%00", "/tickets/99999999999999999999999", "/sandbox/sandbox/0"])
def test_strange_addresses_break_nothing(pages: Pages, path: str) -> None:
    assert pages.visitor("desk-1").get(path).status_code in (200, 302, 404)
