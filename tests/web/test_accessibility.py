"""No state of the chat has an accessibility fault that axe-core can find; and a walk with the keyboard and a screen reader's eyes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from acting import LAUNCHER, OpenPage, answer_yes_with_the_keyboard, framed, log, open_chat, press_tab_until, say
from axe_playwright_python.sync_playwright import Axe
from fake_server import FakeServer
from playwright.sync_api import Frame, Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Reach = Callable[[Page, FakeServer], None]


def violations(place: Page | Frame) -> list[str]:
    """What axe-core finds, a line each: rule, impact, element."""
    found = Axe().run(place, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]  # type: ignore[arg-type]
    return [f"{fault['id']} ({fault['impact']}): {node['target']}" for fault in found for node in fault["nodes"]]


def written(page: Page, server: FakeServer) -> None:
    expect(page.get_by_label("Your message")).to_be_visible()


def emergency(page: Page, server: FakeServer) -> None:
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_be_visible()


def crisis(page: Page, server: FakeServer) -> None:
    say(page, "i want to die")
    expect(log(page).get_by_role("alert")).to_be_visible()


def one_choice(page: Page, server: FakeServer) -> None:
    say(page, "my back hurts")
    expect(page.get_by_role("button", name="Not sure")).to_be_visible()


def many_choices(page: Page, server: FakeServer) -> None:
    one_choice(page, server)
    page.get_by_role("button", name="Yes").click()
    page.get_by_role("button", name="Weak legs").click()


def page_answer(page: Page, server: FakeServer) -> None:
    say(page, "what are the symptoms?")
    expect(log(page)).to_contain_text("From the hospital's page")


def menu(page: Page, server: FakeServer) -> None:
    emergency(page, server)
    page.get_by_role("button", name="Menu").click()


def asking_to_erase(page: Page, server: FakeServer) -> None:
    menu(page, server)
    page.get_by_role("button", name="Start over").click()


def error(page: Page, server: FakeServer) -> None:
    server.faults = [500] * 9
    say(page, "my legs gave out")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def offline(page: Page, server: FakeServer) -> None:
    expect(page.get_by_label("Your message")).to_be_visible()
    page.context.set_offline(True)
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_be_visible()


def large(page: Page, server: FakeServer) -> None:
    page.get_by_role("button", name="Menu").click()
    for _ in range(3):
        page.get_by_role("button", name="Larger text").click()
    page.keyboard.press("Escape")
    emergency(page, server)


STATES: list[Reach] = [
    written, emergency, crisis, one_choice, many_choices, page_answer, menu, asking_to_erase, error, offline, large,
]  # fmt: skip
SCREENS = {
    "wide": {"width": 1280, "height": 900},
    "dark": {"width": 420, "height": 700, "color_scheme": "dark"},
    "forced colours": {"width": 420, "height": 700, "forced_colors": "active", "reduced_motion": "reduce"},
    "320 pixels": {"width": 320, "height": 640},
}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("reach", STATES)
def test_the_chat_has_no_fault(server: FakeServer, open_page: OpenPage, reach: Reach, screen: str) -> None:
    page = open_page(server.chat, **SCREENS[screen])
    reach(page, server)
    assert violations(page) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_the_hospital_page_has_no_fault_with_the_chat_closed_and_open(
    server: FakeServer, open_page: OpenPage, screen: str
) -> None:
    page = open_page(server.url, **SCREENS[screen])
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_visible()
    assert violations(page) == []
    chat = open_chat(page)
    say(chat, "my legs gave out")
    expect(log(chat).get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    assert violations(chat) == []


def test_a_whole_conversation_with_the_keyboard_alone(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.url)
    press_tab_until(page, LAUNCHER)
    page.keyboard.press("Enter")
    chat = framed(page)
    chat.get_by_label("Your message").wait_for()
    press_tab_until(page, "words", chat=chat)
    page.keyboard.type("my back hurts")
    page.keyboard.press("Enter")
    answer_yes_with_the_keyboard(page, chat)
    page.keyboard.type("my legs gave out")
    page.keyboard.press("Enter")
    expect(log(chat).get_by_role("alert")).to_contain_text("Call 911")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_focused()


def test_what_a_screen_reader_finds_in_an_emergency(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    emergency(page, server)
    expect(page.locator("body")).to_match_aria_snapshot("""
      - main:
        - region "Symptom chat":
          - heading "Symptom chat" [level=1]
          - button "Menu"
          - group "Emergency phone numbers":
            - link "Call 911"
            - 'link "Crisis: 988"'
          - region "Conversation":
            - log "Messages":
              - alert:
                - paragraph: Emergency advice
                - paragraph:
                  - link "Call 911"
                - paragraph: /This could be an emergency/
          - textbox "Your message"
          - button "Send"
    """)


def test_only_additions_to_the_conversation_are_spoken(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    written(page, server)
    expect(log(page)).to_have_attribute("aria-live", "polite")
    expect(log(page)).to_have_attribute("aria-relevant", "additions")
