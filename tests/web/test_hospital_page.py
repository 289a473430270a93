"""The hospital's page, and the button on it that opens the chat."""

from __future__ import annotations

import pytest
from acting import LAUNCHER, OpenPage, choose, framed, log, open_chat, say
from fake_server import FakeServer
from playwright.sync_api import expect


def test_the_page_shows_its_data_as_text_with_phone_links(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("Test tumors of the spine")
    expect(main.get_by_text("<b>Trouble</b> with the bladder")).to_be_visible()
    expect(main.locator("#treatment a[href='tel:+12015550100']")).to_have_text("201-555-0100")
    expect(main.locator("#page-contacts-top a")).to_have_text(["201-555-0100", "201-555-0199"])


def test_text_without_a_heading_follows_the_page_title(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    expect(page.locator("#page-sections section").first).to_have_text("A short opening of the test page.")


@pytest.mark.parametrize("width", [320, 1280])
def test_911_and_988_are_links_without_any_script(server: FakeServer, open_page: OpenPage, width: int) -> None:
    page = open_page(server.url, width=width, java_script_enabled=False)
    strip = page.get_by_role("region", name="Emergency phone numbers")
    expect(strip.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(strip.get_by_role("link", name="Call or text 988")).to_have_attribute("href", "tel:988")


def test_larger_text_doubles_and_is_remembered(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url, width=360)
    size = "parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)"
    expect(page.locator("main p").first).to_be_visible()
    normal = page.evaluate(size)
    for _ in range(3):
        page.get_by_role("button", name="Larger text").click()
    assert page.evaluate(size) == pytest.approx(2 * normal)
    expect(page.get_by_role("button", name="Larger text")).to_be_disabled()
    page.reload()
    expect(page.locator("main p").first).to_be_visible()
    assert page.evaluate(size) == pytest.approx(2 * normal)


def test_the_chat_opens_at_the_button_and_escape_gives_the_focus_back(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    chat = open_chat(page)
    say(chat, "my legs gave out")
    expect(log(chat).get_by_role("alert")).to_contain_text("This could be an emergency.")
    chat.get_by_label("Your message").press("Escape")
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_focused()
    assert "my legs gave out" in log(open_chat(page)).inner_text()


def test_nothing_of_the_chat_is_loaded_before_the_button_is_pressed(server: FakeServer, open_page: OpenPage) -> None:
    asked: list[str] = []
    page = open_page(server.url, prepare=lambda page: page.on("request", lambda request: asked.append(request.url)))
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "frame" in url or "spine-chat" in url]


def test_the_button_moves_nothing_on_the_page(server: FakeServer, open_page: OpenPage) -> None:
    watch = """window.shifts = []; new PerformanceObserver((list) => window.shifts.push(...list.getEntries()
      .flatMap(({sources}) => sources.map(({node}) => node?.localName ?? ""))))
      .observe({type: "layout-shift", buffered: true});"""
    page = open_page(server.url, prepare=lambda page: page.add_init_script(watch))
    open_chat(page)
    assert "spine-chat-launcher" not in page.evaluate("window.shifts")


@pytest.mark.parametrize(("width", "closes"), [(360, True), (1280, False)])
def test_an_answer_from_the_page_leads_to_its_section(
    server: FakeServer, open_page: OpenPage, width: int, closes: bool
) -> None:
    page = open_page(server.url, width=width, height=740)
    chat = open_chat(page)
    say(chat, "what are the symptoms?")
    log(chat).get_by_role("link", name="What are the symptoms?").click()
    expect(page.locator("#symptoms")).to_be_in_viewport()
    expect(page.locator("#symptoms")).to_be_focused()
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_visible(visible=closes)


def test_on_a_phone_the_chat_is_modal_and_keeps_911_in_sight(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url, width=320, height=480)
    chat = open_chat(page)
    for words in ("my legs gave out", "what are the symptoms?", "my back hurts"):
        say(chat, words)
    expect(chat.get_by_role("button", name="Yes")).to_be_visible()
    strip = chat.get_by_role("group", name="Emergency phone numbers")
    expect(strip.get_by_role("link", name="Call 911")).to_be_in_viewport(ratio=1)
    assert chat.evaluate("document.documentElement.scrollWidth") == 320
    assert chat.evaluate("[innerWidth, innerHeight]") == [320, 480]
    choose(chat, "Start over")
    chat.get_by_role("button", name="No, keep it").click()
    chat.get_by_label("Your message").press("Escape")
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_focused()


def test_an_emergency_reopens_a_chat_that_was_closed_while_waiting(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = ["hang"]
    page = open_page(server.url, prepare=lambda page: page.clock.install())
    chat = open_chat(page)
    with page.expect_request("**/chat/messages"):
        say(chat, "my legs gave out")
    chat.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_visible()
    page.clock.run_for(8100)
    expect(log(chat).get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_hidden()


def test_another_answer_to_a_closed_chat_calls_from_the_button(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    chat = open_chat(page)
    server.hold()
    say(chat, "my back hurts")
    chat.get_by_role("button", name="Close").click()
    server.release()
    page.get_by_role("button", name="New answer. Open the chat").click()
    expect(chat.get_by_role("button", name="Not sure")).to_be_visible()


def test_the_button_believes_only_its_own_frame(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    open_chat(page)
    page.evaluate("window.postMessage({type: 'spine-chat:close'}, '*')")
    page.wait_for_timeout(200)
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_hidden()
    assert framed(page).get_by_label("Your message").is_visible()
