"""Connecting a system in the browser: from the list of kinds to a check that found everything right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import RunningDesk
from tests.browser.test_pages import sign_in


@pytest.mark.parametrize("knows_clipboard", [True, False], ids=["by the clipboard", "by the selection"])
def test_what_is_to_be_pasted_can_be_copied(desk: RunningDesk, open_browser: Callable[..., Page],
                                            knows_clipboard: bool) -> None:
    page = open_browser(permissions=["clipboard-read", "clipboard-write"] if knows_clipboard else [])
    if not knows_clipboard:  # as over plain http from elsewhere
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    sign_in(page, desk)
    name = f"feed-{int(knows_clipboard)}"
    page.get_by_role("link", name="Connections").click()
    page.get_by_role("link", name="Connect a helpdesk").click()
    page.get_by_role("link", name="Standard Webhooks").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Connect", exact=True).click()
    shown = page.get_by_role("region", name="Copy this now")
    address = shown.locator("pre").first
    expect(address).to_have_text(f"{desk.url}/hooks/{name}")
    button = shown.get_by_role("button", name="Copy").first
    button.click()
    expect(shown.get_by_role("button", name="Copied")).to_be_visible()
    if knows_clipboard:
        assert page.evaluate("navigator.clipboard.readText()") == address.text_content()
    page.get_by_role("button", name="Check it").click()
    found = page.get_by_role("list", name="What was found")
    expect(found).to_contain_text("Test event: signed, verified, stored and answered with 200")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Does it work?")
