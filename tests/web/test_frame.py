"""The chat in frames: in a portal that says who is chatting, and behind the launcher of any hospital page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from acting import framed
from chat_server import FIXED, Background, FakeAgent, fake_screen
from playwright.sync_api import Browser, FrameLocator, Page, expect
from rasa.core.channels.channel import register
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from sanic import Sanic

from assistant.chat_turns import Assessment
from assistant.guard import Guard
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import Settings
from assistant.web_channel import WebChannel
from demo.portal import DemoPortal
from processes.service import free_port

Show = Callable[[str], Page]


@dataclass
class Sites:
    """A chat server, a portal that it knows, and a site that it does not know."""

    chat: str
    portal: DemoPortal
    stranger: DemoPortal


@pytest.fixture
def sites(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Sites]:
    port = free_port()
    portal, stranger = (DemoPortal(f"http://127.0.0.1:{port}") for _ in range(2))
    for site in (portal, stranger):
        threading.Thread(target=site.serve_forever, daemon=True).start()
    env = {**portal.settings(), "SPINE_TRIAGE_SECRET": "s" * 32}
    channel = WebChannel(
        settings=Settings.from_env(env),
        guard=Guard(fake_screen, FIXED.__getitem__),
        assess=lambda _tracker: Assessment("APPOINTMENT", None),
        page=lambda: {"title": "Page", "sections": [], "contacts": []},
    )
    store = SafeSQLTrackerStore(Domain.empty(), db=str(tmp_path / "conversations.db"))
    app = Sanic(f"test_{abs(hash(request.node.nodeid))}", configure_logging=False)
    app.ctx.agent = FakeAgent(FailSafeTrackerStore(store))
    register([channel], app, route="/webhooks/")

    server = Background(app)
    server.port = port
    with server:
        yield Sites(f"http://127.0.0.1:{port}", portal, stranger)
    for site in (portal, stranger):
        site.shutdown()
        site.server_close()


@pytest.fixture
def show(chromium: Browser) -> Iterator[Show]:
    """Open an address in a fresh profile."""
    contexts = []

    def open_(url: str) -> Page:
        context = chromium.new_context(viewport={"width": 1000, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()


def say(frame: FrameLocator, words: str) -> None:
    frame.get_by_label("Your message").fill(words)
    frame.get_by_role("button", name="Send").click()


def test_a_portals_patient_finds_the_conversation_again_and_no_other(sites: Sites, show: Show) -> None:
    first = show(f"{sites.portal.issuer}/").frame_locator("iframe")
    say(first, "my back hurts")
    expect(first.get_by_role("log")).to_contain_text("You said: my back hurts")
    page = show(f"{sites.portal.issuer}/")  # another day, another browser
    again = page.frame_locator("iframe")
    expect(again.get_by_role("log")).to_contain_text("my back hurts")
    page.get_by_label("Signed in as").select_option("kim")
    say(again, "hello")
    expect(again.get_by_role("log")).to_contain_text("You said: hello")
    expect(again.get_by_role("log")).not_to_contain_text("my back hurts")


def test_an_ended_token_is_asked_for_again_and_the_conversation_goes_on(sites: Sites, show: Show) -> None:
    sites.portal.token_seconds = 2
    frame = show(f"{sites.portal.issuer}/").frame_locator("iframe")
    say(frame, "one")
    expect(frame.get_by_role("log")).to_contain_text("You said: one")
    time.sleep(3)
    say(frame, "two")
    expect(frame.get_by_role("log")).to_contain_text("You said: two")
    expect(frame.get_by_role("log")).to_contain_text("You said: one")


def test_the_portals_token_is_kept_nowhere(sites: Sites, show: Show) -> None:
    page = show(f"{sites.portal.issuer}/")
    say(page.frame_locator("iframe"), "hello")
    expect(page.frame_locator("iframe").get_by_role("log")).to_contain_text("You said: hello")
    inside = framed(page)
    kept = inside.evaluate("""() => {
      const all = [document.cookie, location.href];
      for (const name of ["sessionStorage", "localStorage"]) {
        try { all.push(JSON.stringify({...window[name]})); } catch { all.push("no storage for a frame of another site"); }
      }
      return all.join(" ");
    }""")
    assert "ey" not in kept and "p_" not in kept, kept


def test_a_site_that_is_not_listed_cannot_frame_the_chat(sites: Sites, show: Show) -> None:
    page = show(f"{sites.stranger.issuer}/")
    page.wait_for_timeout(500)
    assert not any(frame.url.startswith(sites.chat) for frame in page.frames)


def test_a_token_from_anywhere_but_the_parent_is_not_believed(sites: Sites, show: Show) -> None:
    page = show(f"{sites.portal.issuer}/")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your message")).to_be_visible()
    inside = framed(page)
    forged = sites.stranger.token("kim")
    inside.evaluate("token => window.postMessage({type: 'spine-chat:token', token}, '*')", forged)
    say(frame, "hello")
    expect(frame.get_by_role("log")).to_contain_text("You said: hello")


def test_without_a_token_the_person_gets_the_safety_text(sites: Sites, show: Show) -> None:
    sites.portal.key = sites.stranger.key  # signs with a key that the portal no longer publishes
    sites.portal.jwks = lambda: {"keys": []}  # type: ignore[method-assign]
    frame = show(f"{sites.portal.issuer}/").frame_locator("iframe")
    say(frame, "my legs are weak")
    expect(frame.get_by_role("log")).to_contain_text("911")
