"""A real browser and a fake chat server for the tests of the page.

`open_page` is not tied to the fake server: an end-to-end test gives it the address of a real one.
The browser lives for one test module only, because Playwright's loop would stop later asyncio tests from running.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from acting import OpenPage
from chromium_start import CHROMIUM_ARGUMENTS, find_chromium
from fake_server import FakeServer
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium to drive. Without one the test is skipped, or fails where everything must run."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright.chromium.executable_path)
    if path is None:
        reason = "no Chromium: install one, or run `playwright install chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open an address in a fresh browser profile: `open_page(url, width=360, height=740, prepare=..., **options)`.

    `prepare(page)` runs before the address is loaded. After the test, any request to another origin, any breach of
    the content security policy and any uncaught error of a script fails it.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(
        url: str,
        *,
        width: int = 1280,
        height: int = 900,
        prepare: Callable[[Page], None] = lambda page: None,
        **options: object,
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on(
            "console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None
        )
        page.on("request", lambda request: complaints.extend(_off_origin(request.url, url)))
        prepare(page)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _off_origin(requested: str, opened: str) -> list[str]:
    wanted, home = urlsplit(requested), urlsplit(opened)
    same = wanted.scheme == "data" or (wanted.scheme, wanted.netloc) == (home.scheme, home.netloc)
    return [] if same else [f"request to another origin: {requested}"]
