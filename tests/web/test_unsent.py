"""Words that cannot be sent: the person gets the safety text, and the words get their one answer later."""

from __future__ import annotations

import re

from acting import OpenPage, choose, log, say
from fake_server import FakeServer
from playwright.sync_api import Page, Route, expect

BANNER = re.compile("No connection. Your words are kept here.")
SOON = 15_000  # ms; a message is sent again after 2 s, 4 s, ...


def ids(server: FakeServer) -> list[str]:
    return [message["id"] for message in server.received]


def said(page: Page, words: str) -> int:
    return log(page).get_by_text(f"You said: {words}", exact=True).count()


def test_without_a_connection_the_safety_text_comes_at_once_and_the_words_are_sent_later(
    server: FakeServer, open_page: OpenPage
) -> None:
    page = open_page(server.chat)
    expect(page.get_by_label("Your message")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text(BANNER)).to_be_visible()
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_contain_text("go to the nearest emergency room", timeout=2000)
    page.context.set_offline(False)
    expect(log(page)).to_contain_text("This could be an emergency.", timeout=SOON)
    expect(page.get_by_text(BANNER)).to_have_count(0)
    assert len(ids(server)) == 1


def test_a_message_is_sent_again_by_itself_under_its_own_id(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [500, 500]
    page = open_page(server.chat)
    say(page, "my back hurts")
    expect(log(page)).to_contain_text("I have a few short questions.", timeout=SOON)
    expect(log(page).get_by_role("alert")).to_have_count(0)
    assert len(ids(server)) == 3 and len(set(ids(server))) == 1


def test_another_try_in_vain_is_not_spoken_again(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [500, 500, 500]
    page = open_page(server.chat)
    say(page, "hello")
    alert = log(page).get_by_role("alert")
    expect(alert).to_be_visible()
    alert.evaluate("node => { node.dataset.first = 'yes'; }")
    with page.expect_response("**/chat/messages", timeout=SOON):
        pass
    expect(alert).to_have_attribute("data-first", "yes")


def test_several_messages_are_answered_in_their_order(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [500, 500]
    page = open_page(server.chat)
    say(page, "one")
    say(page, "two")
    expect(log(page)).to_contain_text("You wrote: two", timeout=SOON)
    answers = log(page).get_by_text("You wrote:").all_inner_texts()
    assert answers == ["You wrote: one", "You wrote: two"]


def test_a_reload_loses_no_word_that_was_not_answered(server: FakeServer, open_page: OpenPage) -> None:
    page = open_page(server.chat)
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")
    server.faults = [500]
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_be_visible()
    page.reload()
    expect(log(page)).to_contain_text("This could be an emergency.", timeout=SOON)
    assert (said(page, "hello"), said(page, "my legs gave out")) == (1, 1)


def test_an_answer_that_was_lost_on_the_way_is_shown_once_after_a_reload(
    server: FakeServer, open_page: OpenPage
) -> None:
    page = open_page(server.chat)
    say(page, "hello")
    expect(log(page)).to_contain_text("You wrote: hello")

    def lose(route: Route) -> None:
        route.fetch()  # the server answers, and keeps its answer
        route.abort()

    page.route("**/chat/messages", lose, times=1)
    say(page, "my back hurts")
    expect(log(page).get_by_role("alert")).to_be_visible()
    page.reload()
    expect(log(page)).to_contain_text("I have a few short questions.")
    page.wait_for_timeout(500)
    assert said(page, "my back hurts") == 1
    assert log(page).get_by_text("I have a few short questions.").count() == 1


def test_start_over_forgets_what_was_not_sent(server: FakeServer, open_page: OpenPage) -> None:
    server.faults = [500] * 9
    page = open_page(server.chat)
    say(page, "my legs gave out")
    expect(log(page).get_by_role("alert")).to_be_visible()
    choose(page, "Start over")
    page.get_by_role("button", name="Yes, erase it").click()
    page.reload()
    expect(page.get_by_label("Your message")).to_be_visible()
    expect(log(page)).to_be_empty()
    assert page.evaluate("sessionStorage.getItem('spine-chat-unsent')") is None
