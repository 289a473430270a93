"""The page, the chat and the real server together, in a real browser; no action server is running.

No test here is asynchronous, because of Playwright's loop (see conftest.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from acting import OpenPage, say
from chat_server import ServerProcess, start_server
from playwright.sync_api import Locator, Page, expect

from assistant.responses import all_responses, fixed_text
from triage import clinical_data

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PAIN_PICKS = ["Getting worse", "Worse at night or lying down"]


@pytest.fixture
def real_server(trained_model: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    """The server as it runs, with a database of its own; it listens, and may still load its model."""
    running = start_server(tmp_path, str(trained_model))
    try:
        running.wait_until_listening()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(30)


def answers_to(page: Page, act: Callable[[], None]) -> list[str]:
    """The texts that come after `act`, as the page shows them."""
    shown = page.get_by_role("log").locator(".bot .text")
    before = shown.count()
    asked = page.get_by_role("log").locator(".user").count()
    with page.expect_response("**/chat/messages"):
        act()
    expect(page.get_by_role("log").locator(".user")).to_have_count(asked + 1)
    expect(shown.nth(before)).to_be_visible()
    return shown.all_inner_texts()[before:]


def press(page: Page, *names: str) -> Callable[[], None]:
    def act() -> None:
        for name in names:
            page.get_by_role("button", name=name, exact=True).click()

    return act


def words(text: str) -> str:
    """`text` without its line breaks, which the page may draw in other places."""
    return " ".join(text.split())


def last_alert(page: Page) -> Locator:
    return page.get_by_role("log").get_by_role("alert").last


def test_a_person_is_led_from_a_greeting_to_the_emergency_advice(
    real_server: ServerProcess, open_page: OpenPage
) -> None:
    real_server.wait_until_ready()
    page = open_page(f"{real_server.client.base}/chat/frame")
    page.set_default_timeout(15_000)

    assert answers_to(page, lambda: say(page, "hi")) == [fixed_text("utter_greet")]

    (answer,) = answers_to(page, lambda: say(page, "what are the symptoms"))
    assert answer.startswith("Metastatic spinal tumors grow quickly, and back pain")
    assert words(answer).endswith(words(fixed_text("utter_safety_line")))
    source = page.get_by_role("log").locator(".source").last
    expect(source).to_have_text(
        re.compile("^From the hospital's page: .*: What are the symptoms of metastatic spinal tumors\\?$")
    )
    expect(source.get_by_role("link")).to_have_attribute("href", re.compile("/chat/#symptoms$"))

    told = answers_to(page, lambda: say(page, "my lower back hurts"))
    assert told == [fixed_text("utter_safety_line"), fixed_text("utter_ask_legs")]
    expect(page.get_by_role("group", name="Answers you can choose").get_by_role("button")).to_have_text(
        ["Yes", "No", "Not sure"]
    )

    for question in ("bladder_bowel", "saddle", "cancer", "pain_pattern"):
        assert answers_to(page, press(page, "No")) == [fixed_text(f"utter_ask_{question}")]
    titles = [button["title"] for button in all_responses()["utter_ask_pain_pattern"]["buttons"]]
    expect(page.get_by_role("group", name="Answers you can choose").get_by_role("button")).to_have_text(
        [*titles, "Done"]
    )
    assert answers_to(page, press(page, *PAIN_PICKS, "Done")) == [fixed_text("utter_ask_fever_injury")]
    advice, understood = answers_to(page, press(page, "No"))
    assert understood.startswith("You told me:")
    assert words(advice) == words(fixed_text("utter_urgent"))
    expect(page.get_by_role("log").get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("group", name="Answers you can choose")).to_have_count(0)

    answers_to(page, lambda: say(page, "my legs gave out this morning"))
    alert = last_alert(page)
    expect(alert).to_contain_text("Emergency advice")
    expect(alert).to_contain_text("This could be an emergency. Please get help now.")
    expect(alert.get_by_role("link", name="Call 911", exact=True)).to_have_attribute("href", "tel:911")

    thanked = answers_to(page, lambda: say(page, "thanks"))
    assert thanked[0].startswith(fixed_text("utter_emergency_line"))


def test_a_red_flag_is_answered_while_the_model_loads_and_after_the_server_has_stopped(
    real_server: ServerProcess, open_page: OpenPage
) -> None:
    number = clinical_data().contacts["appointments"]["number"]
    early, late = (open_page(f"{real_server.client.base}/chat/frame") for _ in range(2))
    late.get_by_role("button", name="Menu").click()
    expect(late.get_by_role("link", name=number)).to_be_visible()
    late.keyboard.press("Escape")
    say(early, "my legs gave out this morning")
    expect(last_alert(early)).to_contain_text("This could be an emergency. Please get help now.", timeout=15_000)

    real_server.process.kill()
    real_server.process.wait(30)
    say(late, "my legs gave out this morning")
    alert = last_alert(late)
    expect(alert).to_contain_text("go to the nearest emergency room now if your legs are weak or numb")
    expect(alert.get_by_role("link", name="Call 911", exact=True)).to_have_attribute("href", "tel:911")
    expect(alert.get_by_role("link", name=number)).to_be_visible()
    expect(late.get_by_role("button", name="Try again")).to_be_visible()
