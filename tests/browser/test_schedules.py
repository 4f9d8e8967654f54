"""The proof of a schedule in a real browser: drawn, turned to another year, and no wider than a phone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import RunningDesk
from tests.browser.test_pages import PHONE, OpenBrowser, sign_in


def test_an_agent_looks_up_a_schedule_and_turns_to_the_next_year(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser(viewport=PHONE)
    sign_in(page, desk)
    page.get_by_role("link", name="Schedules").click()
    expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.get_by_role("link", name=f"{desk.opens:%H:%M:%S}".removesuffix(":00")).first.click()
    expect(page.get_by_role("region", name="Next openings and closings").get_by_role("row")).to_have_count(11)
    expect(page.get_by_role("region", name="Licenses")).to_contain_text("Contoso")
    year = desk.opens.year
    expect(page.get_by_role("img", name=f"March {year}: open 31 h")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.get_by_role("link", name=str(year + 1)).click()
    expect(page.get_by_role("heading", name=f"{year + 1} at a glance")).to_be_in_viewport()
    page.get_by_role("link", name="This year").click()
    expect(page.get_by_role("heading", name=f"{year} at a glance")).to_be_in_viewport()
