"""The chat after a launch by an EHR: its one-time code opens one session, and stands nowhere afterwards."""

from __future__ import annotations

from acting import OpenPage, log, say
from fake_server import FakeServer
from playwright.sync_api import expect


def test_the_code_is_used_once_and_erased_from_the_address(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.chat}#launch=one-time_code")
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    assert server.opened == [{"launch": "one-time_code"}]
    assert page.url == server.chat
    assert "one-time_code" not in page.evaluate(
        "JSON.stringify({...sessionStorage, ...localStorage}) + document.cookie"
    )


def test_when_the_visit_has_ended_the_person_is_told_how_to_come_back(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.chat}#launch=one-time_code")
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    server.conversations.clear()
    say(page, "my legs gave out")
    alert = log(page).get_by_role("alert")
    expect(alert).to_contain_text("go to the nearest emergency room")
    expect(alert).to_contain_text("Please open the chat again from your portal.")
