"""A real browser in front of a running Deskgate. Whatever the browser complains about fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.desk import RunningDesk

WHY = "the pages are tried in a real browser"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium(require: Callable[[str, str], str]) -> Iterator[Browser]:
    path = require("chromium", WHY)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str, str], str]) -> Iterator[RunningDesk]:
    """A Deskgate with a worker, an admin named desk-1, and a sandbox, shared by these tests."""
    require("chromium", WHY)
    desk = RunningDesk(tmp_path_factory.mktemp("desk"))
    desk.start()
    yield desk
    desk.stop()


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """`open_browser()` gives a page of a browser of its own, without cookies."""
    contexts, complaints = [], []

    def open_one(*, may_complain: bool = False, **options: object) -> Page:
        context = chromium.new_context(**{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if not may_complain:
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
