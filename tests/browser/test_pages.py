"""The pages as people use them, in Debian's chromium."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.desk import CONTOSO, LONG_ADDRESS, RunningDesk

OpenBrowser = Callable[..., Page]
SOON = 20  # seconds: long enough to be seen waiting, on a busy machine too
PHONE = {"width": 390, "height": 844}


def sign_in(page: Page, desk: RunningDesk) -> None:
    page.goto(desk.url)
    page.get_by_label("Name").fill("desk-1")
    page.get_by_label("Password").fill(desk.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()


def write_in_the_sandbox(page: Page, desk: RunningDesk, contact: str) -> str:
    """Send a ticket as a customer of the sandbox helpdesk. Returns its number, such as `#3`."""
    page.goto(f"{desk.url}/sandbox/sandbox")
    page.get_by_label("From").fill(contact)
    page.get_by_label("Subject").fill("The printer is on fire")
    page.get_by_label("Message").fill("It smokes.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent.")).to_be_visible()
    return page.get_by_role("row").filter(has_text=contact).get_by_role("link").first.inner_text()


def test_an_agent_watches_a_ticket_arrive_in_the_queue_and_be_released(
        desk: RunningDesk, open_browser: OpenBrowser) -> None:
    board, elsewhere = open_browser(), open_browser()
    sign_in(board, desk)
    sign_in(elsewhere, desk)
    desk.add_customer("Northwind", "it@northwind.example", opens_in=SOON)
    number = write_in_the_sandbox(elsewhere, desk, "it@northwind.example")
    queue, latest = (board.get_by_role("region", name=name) for name in ("Queue", "Latest decisions"))

    waiting = queue.get_by_role("row").filter(has_text="Northwind")
    expect(waiting).to_contain_text("Outside hours")
    seconds_left = waiting.locator("[data-countdown]")
    expect(seconds_left).not_to_have_text(seconds_left.inner_text())

    expect(waiting).to_have_count(0, timeout=30_000)
    released = latest.get_by_role("listitem").filter(has_text="released")
    expect(released).to_contain_text(f"Routed {number} Northwind")

    released.get_by_role("link").click()
    expect(board.get_by_role("region", name="Outcome")).to_contain_text("Routed")
    expect(board.get_by_role("region", name="Checks").get_by_role("listitem")).to_have_count(6)
    expect(board.get_by_role("region", name="Done in the helpdesk")).to_contain_text("Release on sandbox: done")
    board.get_by_role("link", name="See it in the sandbox").click()
    expect(board.get_by_role("region", name="Conversation")).to_contain_text("Open")


def test_an_agent_opens_a_receipt_and_overrides_it(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser()
    sign_in(page, desk)
    write_in_the_sandbox(page, desk, CONTOSO)
    page.get_by_role("link", name="Now").click()
    page.get_by_role("row").filter(has_text="Contoso").get_by_role("link", name="#").click()
    outcome = page.get_by_role("region", name="Outcome")
    expect(outcome).to_contain_text("Queued")
    expect(outcome).to_contain_text("Released in 4 h")
    expect(page.get_by_role("region", name="Checks").locator("li.failed")).to_contain_text("Schedule")
    expect(page.get_by_role("region", name="Done in the helpdesk")).to_contain_text("Queue on sandbox: done")

    page.get_by_label("Route to agents now").check()
    page.get_by_label("Reason").fill("Their line has stopped")
    page.get_by_role("button", name="Override").click()
    expect(outcome).to_contain_text("Routed")
    expect(page.get_by_role("region", name="Decisions")).to_contain_text("Overridden by desk-1: Their line has stopped")
    expect(page.get_by_role("region", name="Done in the helpdesk")).to_contain_text("Release on sandbox: done")


def test_a_customer_reads_the_promise_before_and_after_sending(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser(viewport=PHONE)
    page.goto(desk.link(CONTOSO))
    expect(page.get_by_role("heading", name="Closed now")).to_be_visible()
    told, opens = page.locator("#promise"), f"{desk.opens:%H:%M:%S}".removesuffix(":00")
    expect(told).to_contain_text(opens)
    expect(told).to_contain_text("your ticket reaches the team at about that time")

    page.get_by_label("Subject").fill("Orders are stuck")
    page.get_by_label("Description").fill("Since noon nothing leaves the warehouse.")
    page.get_by_role("radio", name="Urgent").check()
    expect(told).to_contain_text("Reaches the team at once")
    page.get_by_role("radio", name="Normal").check()
    expect(told).to_contain_text(opens)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_text("It is in line")).to_be_visible()
    expect(page.locator(".promise")).to_contain_text("Expected with the team in 4 h")
    page.get_by_role("link", name="Back to your tickets").click()
    expect(page.get_by_role("region", name="Your tickets")).to_contain_text("is in line")


def test_no_page_is_wider_than_a_phone(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser(viewport=PHONE)
    sign_in(page, desk)
    number = write_in_the_sandbox(page, desk, LONG_ADDRESS).removeprefix("#")
    for path in ("/", "/tickets", "/tickets/1", "/customers", "/customers/Contoso", "/attention", "/connections",
                 "/account", "/sandbox/sandbox", f"/sandbox/sandbox/{number}"):
        page.goto(desk.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_a_board_that_loses_its_server_says_so_and_recovers(desk: RunningDesk, open_browser: OpenBrowser) -> None:
    page = open_browser(may_complain=True)
    sign_in(page, desk)
    page.context.set_offline(True)
    expect(page.get_by_text("Not connected.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Not connected.")).to_be_hidden()
