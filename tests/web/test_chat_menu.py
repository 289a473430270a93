"""The menu of the chat: start over, larger text, find a doctor, save a copy; and how it closes."""

from __future__ import annotations

import pytest
from acting import OpenPage, choose, focused, log, say
from fake_server import FakeServer
from playwright.sync_api import expect


def test_start_over_erases_the_screen_and_the_server(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "my back hurts")
    expect(page.get_by_role("button", name="Not sure")).to_be_visible()
    page.get_by_label("Your message").fill("half a sentence")
    choose(page, "Start over")
    page.get_by_role("button", name="Yes, erase it").click()
    expect(page.get_by_text("The chat is erased.")).to_have_count(1)
    expect(log(page)).to_be_empty()
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_role("button", name="Not sure")).to_have_count(0)
    assert server.conversations == {}
    page.reload()
    expect(page.get_by_label("Your message")).to_be_visible()
    expect(log(page)).to_be_empty()


def test_an_answer_to_an_erased_chat_does_not_appear(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    server.faults = ["hang"]
    say(page, "my legs gave out")
    choose(page, "Start over")
    page.get_by_role("button", name="Yes, erase it").click()
    say(page, "a new start")
    expect(log(page)).to_contain_text("You wrote: a new start")
    expect(log(page)).not_to_contain_text("my legs gave out")
    expect(log(page).get_by_role("alert")).to_have_count(0)


def test_the_menu_makes_the_text_twice_as_large_and_remembers_it(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    size = "parseFloat(getComputedStyle(document.querySelector('spine-chat')).fontSize)"
    expect(page.get_by_label("Your message")).to_be_visible()
    normal = page.evaluate(size)
    page.get_by_role("button", name="Menu").click()
    larger = page.get_by_role("button", name="Larger text")
    for _ in range(3):
        larger.click()
    expect(larger).to_have_attribute("aria-disabled", "true")
    assert page.evaluate(size) == pytest.approx(2 * normal)
    page.reload()
    expect(page.get_by_label("Your message")).to_be_visible()
    assert page.evaluate(size) == pytest.approx(2 * normal)


def test_the_menu_asks_for_a_doctor_and_shows_the_numbers(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    page.get_by_role("button", name="Menu").click()
    numbers = page.get_by_role("list", name="Phone numbers").get_by_role("link")
    expect(numbers).to_have_text(["201-555-0100", "201-555-0199"])
    page.get_by_role("button", name="Find a doctor").click()
    expect(log(page)).to_contain_text("You wrote: Find a doctor")


def test_a_saved_copy_holds_what_both_sides_said(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_be_visible()
    with page.expect_download() as saved:
        choose(page, "Save a copy")
    text = " ".join(saved.value.path().read_text("utf-8").split())
    assert saved.value.suggested_filename == "symptom-chat.txt"
    assert "You said: my legs gave out" in text and "This could be an emergency. Call 911." in text


def test_escape_closes_the_menu_and_gives_the_focus_back(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    page.get_by_role("button", name="Menu").click()
    assert focused(page) == "Larger text"
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Larger text")).to_be_hidden()
    assert focused(page) == "Menu"
