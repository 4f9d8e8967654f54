"""Putting a reply into one's own words, with the preview that follows the typing, in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import CONTOSO, RunningDesk
from tests.browser.test_pages import PHONE, OpenBrowser, sign_in


def test_an_admin_types_a_reply_sees_it_and_saves_it(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser()
    sign_in(page, desk)
    page.goto(f"{desk.url}/connections/sandbox/words")
    page.get_by_role("link", name="Holiday").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("Deskgate's own words")
    page.get_by_label("Reply in English").press_sequentially("Closed, {{ customer }}: {{ release_abou")
    expect(preview).to_contain_text("Line 1: unexpected end of template")
    page.get_by_label("Reply in English").press_sequentially("t }}!")
    expect(preview).to_contain_text("Closed, Lutece: Tuesday")
    expect(preview).to_contain_text("your time in Tokyo!")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Customers are told so")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Closed, Lutece")).to_contain_text("own words")
    page.get_by_role("link", name="Holiday").click()
    page.get_by_label("Reply in English").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Customers are told Deskgate's own words from")).to_be_visible()


def test_a_customer_reads_their_own_language_on_a_phone(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    for path in ("connections/sandbox/words", "connections/sandbox/words/outside_hours"):
        page = open_browser(viewport=PHONE)
        sign_in(page, desk)
        page.goto(f"{desk.url}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    guest = open_browser(viewport=PHONE, locale="de-DE")
    guest.goto(desk.link(CONTOSO))
    expect(guest.get_by_role("heading", name="Jetzt geschlossen")).to_be_visible()
    guest.get_by_role("radio", name="Dringend").check()
    expect(guest.locator("#promise")).to_contain_text("Erreicht das Team sofort")
    assert guest.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
