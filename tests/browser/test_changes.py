"""Changing what promised times rest on, in a real browser: seen first, then saved."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import CONTOSO, RunningDesk
from tests.browser.test_pages import PHONE, OpenBrowser, sign_in, write_in_the_sandbox


def test_an_admin_sees_what_would_move_and_saves_it(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser()
    sign_in(page, desk)
    number = write_in_the_sandbox(page, desk, CONTOSO)
    page.goto(f"{desk.url}/holidays")
    page.get_by_label("Name").fill("Bavaria")
    page.get_by_label("Begin with").select_option("DE")
    expect(page.locator("#subdivisions option[value=BY]")).to_have_count(1)
    page.get_by_label("State or region").fill("BY")
    page.get_by_role("button", name="See the dates").click()
    expect(page.get_by_role("region", name="Dates")).to_contain_text("Epiphany")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. No promised time moved.")).to_be_visible()

    page.goto(f"{desk.url}/customers/Contoso")
    page.get_by_role("link", name="Edit An hour a day").click()
    page.get_by_label("Normal").check()
    page.get_by_role("button", name="See what it would change").click()
    moving = page.get_by_role("region", name="What would move").last
    expect(moving.get_by_role("row").filter(has_text=number)).to_contain_text("at once")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Save, and move").click()
    expect(page.get_by_role("region", name="What moved").last).to_contain_text(number)
    page.goto(f"{desk.url}/customers/Contoso")
    page.get_by_role("link", name="Edit An hour a day").click()
    page.get_by_label("Normal").uncheck()
    page.get_by_role("button", name="See what it would change").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_no_form_is_wider_than_a_phone(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser(viewport=PHONE)
    sign_in(page, desk)
    for path in ("/holidays", "/changes", "/changes/new/schedule", "/changes/new/licenses",
                 "/changes/new/license?customer=Contoso", "/changes/new/license?customer=Contoso&plan=24x7",
                 "/changes/new/license?customer=Contoso&license=An+hour+a+day"):
        page.goto(desk.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
