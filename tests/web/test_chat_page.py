"""What a patient sees and hears on the chat page, in a real browser against the fake server."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from fake_server import WEB, FakeServer
from playwright.sync_api import Locator, Page, expect

OpenPage = Callable[..., Page]
EMERGENCY_ROOM = re.compile("go to the nearest emergency room")


def say(page: Page, words: str) -> None:
    page.get_by_label("Your message").fill(words)
    page.keyboard.press("Enter")


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def focused(page: Page) -> str:
    """The name or id of the element that has the focus, inside the chat or outside it."""
    found = page.evaluate(
        """() => {
          let at = document.activeElement;
          while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
          return at.id || at.textContent.trim();
        }"""
    )
    return str(found)


def press_tab_until(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"40 presses of Tab do not reach {name!r}")


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
    expect(page.get_by_text("The chat is not available here.")).to_be_visible()


@pytest.mark.parametrize(
    ("words", "number", "title"),
    [
        ("my legs gave out", "911", "Emergency advice"),
        ("a broken question", "911", "The chat cannot answer right now"),
        ("i want to die", "988", "Crisis support"),
    ],
)
def test_emergency_crisis_and_safety_texts_are_alerts_with_a_call_link(
    server: FakeServer, open_page: OpenPage, words: str, number: str, title: str
) -> None:
    page = open_page(server.url)
    say(page, words)
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text(title)
    expect(alert.get_by_role("link", name=f"Call {number}")).to_have_attribute("href", f"tel:{number}")
    expect(alert.get_by_role("link", name=number, exact=True)).to_have_attribute("href", f"tel:{number}")


def test_a_conversation_needs_only_the_keyboard(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Test tumors of the spine")
    press_tab_until(page, "words")
    page.keyboard.type("my back hurts")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Your message")).to_have_value("my back hurts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Not sure")).to_be_visible()
    assert focused(page) == "words"
    for name in ("Not sure", "No", "Yes"):
        page.keyboard.press("Shift+Tab")
        assert focused(page) == name
    page.keyboard.press("Enter")
    expect(log(page)).to_contain_text("Please call your cancer doctor today.")
    assert focused(page) == "words"
    press_tab_until(page, "Call 911")  # the focus leaves the chat and comes round again


def test_the_focus_returns_to_the_input_after_a_click_on_send(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    page.get_by_label("Your message").fill("hello")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.get_by_label("Your message")).to_have_value("")


def test_a_button_sends_its_payload_and_many_choices_send_their_titles(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    say(page, "my back hurts")
    page.get_by_role("button", name="Yes").click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Choose one or more answers first.")).to_be_visible()
    page.get_by_role("button", name="Numb between the legs").click()
    page.get_by_role("button", name="Weak legs").click()
    expect(page.get_by_role("button", name="Weak legs")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Done").click()
    expect(log(page)).to_contain_text("You wrote: Weak legs. Numb between the legs")
    _, yes, chosen = server.received
    assert (yes["payload"], chosen["text"]) == ("Yes", "Weak legs. Numb between the legs")


def test_an_answer_from_the_page_names_its_section_and_leads_there(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url, width=360, height=740)
    page.get_by_role("button", name="Ask about your symptoms").click()
    say(page, "what are the symptoms?")
    page.get_by_role("link", name="What are the symptoms?").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#symptoms")).to_be_in_viewport()


@pytest.mark.parametrize("fault", [409, 500, "silence"])
def test_a_message_without_an_answer_gets_the_safety_text_and_keeps_its_id(
    server: FakeServer, open_page: OpenPage, fault: int | str
) -> None:
    server.faults = [fault]
    page = open_page(server.url)
    say(page, "my legs gave out")
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text(EMERGENCY_ROOM)
    expect(alert.get_by_role("link", name="201-555-0199")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(log(page).get_by_role("alert")).to_contain_text("This could be an emergency.")
    assert [message["id"] for message in server.received] == [server.received[0]["id"]] * 2


def test_the_safety_text_of_the_server_goes_before_the_built_in_one(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [503]
    page = open_page(server.url)
    say(page, "hello")
    expect(log(page).get_by_role("alert")).to_contain_text("The server's own safety text.")


def test_a_crisis_in_a_refused_message_offers_the_crisis_line(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [429]
    page = open_page(server.url)
    say(page, "i want to die")
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text("Crisis support")
    expect(alert.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")


def test_a_server_that_is_gone_is_answered_by_the_built_in_safety_text(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    server.stop()
    say(page, "my legs gave out")
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text(EMERGENCY_ROOM)
    expect(alert.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(log(page)).to_contain_text("my legs gave out")


def test_after_two_seconds_it_says_that_it_works_and_after_eight_it_gives_the_safety_text(
    server: FakeServer, open_page: OpenPage
) -> None:
    server.faults = ["hang"]
    page = open_page(server.url, prepare=lambda page: page.clock.install())
    with page.expect_request("**/chat/messages"):
        say(page, "my legs gave out")
    working = page.get_by_text("Working on your answer.")
    page.clock.run_for(1900)
    expect(working).to_have_count(0)
    page.clock.run_for(200)
    expect(working).to_have_count(1)
    expect(log(page).get_by_role("alert")).to_have_count(0)
    page.clock.run_for(6000)
    expect(log(page).get_by_role("alert")).to_contain_text(EMERGENCY_ROOM)
    expect(working).to_have_count(0)


def test_a_message_that_is_too_long_comes_back_into_the_input(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [413]
    page = open_page(server.url)
    say(page, "a long story")
    expect(log(page).get_by_role("alert")).to_contain_text("too long")
    expect(page.get_by_label("Your message")).to_have_value("a long story")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_lost_session_is_replaced_and_the_message_is_sent_again(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    server.conversations.clear()
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_contain_text("This could be an emergency.")
    expect(log(page)).to_contain_text("Your earlier chat has ended.")
    assert server.received[1]["id"] == server.received[2]["id"]


def test_a_button_of_a_lost_session_is_sent_as_words(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    say(page, "my back hurts")
    expect(page.get_by_role("button", name="Yes")).to_be_visible()
    server.conversations.clear()
    page.get_by_role("button", name="Yes").click()
    expect(log(page)).to_contain_text("Please call your cancer doctor today.")
    assert (server.received[-1]["id"], server.received[-1]["text"]) == (server.received[-2]["id"], "Yes")


def test_history_comes_back_after_a_reload_without_being_spoken(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    say(page, "my legs gave out")
    say(page, "my back hurts")
    expect(page.get_by_role("button", name="Not sure")).to_be_visible()
    page.add_init_script(
        """const append = Element.prototype.append;
        Element.prototype.append = function (...nodes) {
          append.apply(this, nodes);
          if (nodes.length && this.getAttribute("role") === "log") window.liveAtRestore ??= this.getAttribute("aria-live");
        };"""
    )
    page.reload()
    expect(log(page)).to_contain_text("Do not wait for a call back.")
    expect(log(page).get_by_role("alert")).to_have_count(0)
    assert page.evaluate("window.liveAtRestore") == "off"
    expect(log(page)).to_have_attribute("aria-live", "polite")
    page.get_by_role("button", name="Yes").click()
    expect(log(page)).to_contain_text("Please call your cancer doctor today.")


def test_start_over_erases_the_screen_and_the_server(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    say(page, "my back hurts")
    expect(page.get_by_role("button", name="Not sure")).to_be_visible()
    page.get_by_label("Your message").fill("half a sentence")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Yes, erase it").click()
    expect(page.get_by_text("The chat is erased.")).to_have_count(1)
    expect(log(page)).to_be_empty()
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_role("button", name="Not sure")).to_have_count(0)
    assert server.conversations == {}
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test tumors of the spine")
    expect(log(page)).to_be_empty()


def test_an_answer_to_an_erased_chat_does_not_appear(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    server.faults = ["hang"]
    say(page, "my legs gave out")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Yes, erase it").click()
    say(page, "a new start")
    expect(log(page)).to_contain_text("You wrote: a new start")
    expect(log(page)).not_to_contain_text("my legs gave out")
    expect(log(page).get_by_role("alert")).to_have_count(0)


def test_the_phone_chat_keeps_911_in_sight_and_escape_closes_it(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url, width=320, height=480)
    launcher = page.get_by_role("button", name="Ask about your symptoms")
    launcher.click()
    for words in ("my legs gave out", "what are the symptoms?", "my back hurts"):
        say(page, words)
    expect(page.get_by_role("button", name="Yes")).to_be_visible()
    dialog = page.get_by_role("dialog")
    expect(
        dialog.get_by_role("group", name="Emergency phone numbers").get_by_role("link", name="Call 911")
    ).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="No, keep it").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(launcher).to_be_focused()


def test_an_emergency_reopens_a_chat_that_was_closed_while_waiting(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = ["hang"]
    page = open_page(server.url, width=360, height=740, prepare=lambda page: page.clock.install())
    page.get_by_role("button", name="Ask about your symptoms").click()
    with page.expect_request("**/chat/messages"):
        say(page, "my legs gave out")
    page.get_by_role("button", name="Close").click()
    page.clock.run_for(8100)
    expect(log(page).get_by_role("alert")).to_be_visible()


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


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Call 911, or 988.", ["911", "988"]),
        ("Call 201-555-0199 or 1-201-555-0100 today", ["201-555-0199", "1-201-555-0100"]),
        ("1,911 people, $988, 911% and room 9112-1", []),
    ],
)
def test_phone_numbers_and_only_phone_numbers_become_links(
    server: FakeServer, open_page: OpenPage, text: str, numbers: list[str]
) -> None:
    page = open_page(server.url)
    say(page, text)
    answer = log(page).get_by_text("You wrote:")
    expect(answer).to_have_text(f"You wrote: {text}")
    expect(answer.get_by_role("link")).to_have_text(numbers)


def test_the_chat_element_stays_small() -> None:
    around = {"page.js", "frame.js", "launcher.js"}  # what places the element: one of them a page
    sizes = {p.name: len(gzip.compress(p.read_bytes(), mtime=0)) for p in WEB.glob("*.js") if p.name not in around}
    assert sum(sizes.values()) <= 15_360, sizes
