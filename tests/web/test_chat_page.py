"""What a patient sees and hears in the chat, in a real browser against the fake server."""

from __future__ import annotations

import re

import pytest
from acting import OpenPage, answer_yes_with_the_keyboard, focused, log, press_tab_until, say
from fake_server import FakeServer
from playwright.sync_api import expect

EMERGENCY_ROOM = re.compile("go to the nearest emergency room")


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
    page = open_page(server.chat)
    say(page, words)
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text(title)
    expect(alert.get_by_role("link", name=f"Call {number}")).to_have_attribute("href", f"tel:{number}")
    expect(alert.get_by_role("link", name=number, exact=True)).to_have_attribute("href", f"tel:{number}")


def test_a_conversation_needs_only_the_keyboard(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    expect(page.get_by_label("Your message")).to_be_visible()
    press_tab_until(page, "words")
    page.keyboard.type("my back hurts")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Your message")).to_have_value("my back hurts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Not sure")).to_be_visible()
    assert focused(page) == "words"
    answer_yes_with_the_keyboard(page, page)
    press_tab_until(page, "Call 911")  # the focus leaves the chat and comes round again


def test_the_focus_returns_to_the_input_after_a_click_on_send(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    page.get_by_label("Your message").fill("hello")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.get_by_label("Your message")).to_have_value("")


def test_a_button_sends_its_payload_and_many_choices_send_their_titles(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
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


@pytest.mark.parametrize("fault", [409, 500, "silence"])
def test_a_message_without_an_answer_gets_the_safety_text_and_keeps_its_id(
    server: FakeServer, open_page: OpenPage, fault: int | str
) -> None:
    server.faults = [fault]
    page = open_page(server.chat)
    say(page, "my legs gave out")
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text(EMERGENCY_ROOM)
    expect(alert.get_by_role("link", name="201-555-0199")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(log(page).get_by_role("alert")).to_contain_text("This could be an emergency.")
    assert [message["id"] for message in server.received] == [server.received[0]["id"]] * 2


def test_the_safety_text_of_the_server_goes_before_the_built_in_one(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [503]
    page = open_page(server.chat)
    say(page, "hello")
    expect(log(page).get_by_role("alert")).to_contain_text("The server's own safety text.")


def test_a_crisis_in_a_refused_message_offers_the_crisis_line(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [429]
    page = open_page(server.chat)
    say(page, "i want to die")
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text("Crisis support")
    expect(alert.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")


def test_a_server_that_is_gone_is_answered_by_the_built_in_safety_text(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
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
    page = open_page(server.chat, prepare=lambda page: page.clock.install())
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
    page = open_page(server.chat)
    say(page, "a long story")
    expect(log(page).get_by_role("alert")).to_contain_text("too long")
    expect(page.get_by_label("Your message")).to_have_value("a long story")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_lost_session_is_replaced_and_the_message_is_sent_again(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    server.conversations.clear()
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_contain_text("This could be an emergency.")
    expect(log(page)).to_contain_text("Your earlier chat has ended.")
    assert server.received[1]["id"] == server.received[2]["id"]


def test_a_button_of_a_lost_session_is_sent_as_words(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "my back hurts")
    expect(page.get_by_role("button", name="Yes")).to_be_visible()
    server.conversations.clear()
    page.get_by_role("button", name="Yes").click()
    expect(log(page)).to_contain_text("Please call your cancer doctor today.")
    assert (server.received[-1]["id"], server.received[-1]["text"]) == (server.received[-2]["id"], "Yes")


def test_history_comes_back_after_a_reload_without_being_spoken(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
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
    page = open_page(server.chat)
    say(page, text)
    answer = log(page).get_by_text("You wrote:")
    expect(answer).to_have_text(f"You wrote: {text}")
    expect(answer.get_by_role("link")).to_have_text(numbers)


def test_printing_shows_the_conversation_and_no_controls(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "my legs gave out")
    page.emulate_media(media="print")
    expect(log(page)).to_contain_text("This could be an emergency.")
    expect(page.get_by_label("Your message")).to_be_hidden()


@pytest.mark.parametrize("height", [480, 640])
def test_on_a_small_screen_with_text_at_200_percent_the_talk_keeps_half_the_height(
    server: FakeServer, open_page: OpenPage, height: int
) -> None:
    page = open_page(server.chat, width=320, height=height)
    page.get_by_role("button", name="Menu").click()
    for _ in range(3):
        page.get_by_role("button", name="Larger text").click()
    page.keyboard.press("Escape")
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_be_visible()
    box = page.get_by_role("region", name="Conversation").bounding_box()
    assert box is not None and box["height"] >= height / 2
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    expect(page.get_by_role("link", name="Call 911").first).to_be_in_viewport(ratio=1)


def test_from_right_to_left_the_persons_words_stand_on_the_other_side(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "hello")
    said = log(page).get_by_text("hello", exact=False).first
    left_to_right = said.bounding_box()
    page.evaluate("document.documentElement.dir = 'rtl'")
    right_to_left = said.bounding_box()
    assert left_to_right is not None and right_to_left is not None
    assert left_to_right["x"] > 600 and right_to_left["x"] < 100


def test_no_markup_of_a_person_or_of_the_server_becomes_part_of_the_page(
    server: FakeServer, open_page: OpenPage
) -> None:
    page = open_page(server.chat)
    attack = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"
    say(page, attack)
    expect(log(page)).to_contain_text(f"You wrote: {attack}")
    expect(log(page).locator("img, script")).to_have_count(0)
    assert page.title() == "Symptom chat"
