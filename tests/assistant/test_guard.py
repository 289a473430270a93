"""The guard's post-condition: emergency text first, and never silence."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.guard import TEXT_LIMIT, Guard, Message, Screened, clean

TEXTS = {
    "utter_emergency_self": "Call 911 now.",
    "utter_crisis_self": "Call or text 988 now.",
    "utter_safety": "I could not answer.",
}


@dataclass
class FakeScreening:
    level: Any = None
    response: str | None = None
    reasons: tuple[str, ...] = ()


def fake_screen(text: str) -> FakeScreening:
    if "end my life" in text:
        return FakeScreening(SimpleNamespace(name="CRISIS"), "utter_crisis_self")
    if "chest pain" in text:
        return FakeScreening(SimpleNamespace(name="EMERGENCY"), "utter_emergency_self")
    return FakeScreening()


@pytest.fixture
def guard() -> Guard:
    return Guard(fake_screen, TEXTS.__getitem__)


def said(response: str, text: str = "words") -> Message:
    return {"text": text, "metadata": {"response": response}}


def run(guard: Guard, text: str, call: Any, timeout: float = 1.0) -> list[Message]:
    return asyncio.run(guard.run(guard.before(text), call, timeout=timeout, conversation_id="a_1"))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("/restart", "restart"),
        ("// /restart", "restart"),
        ('/affirm{"x":1} I have chest pain', 'affirm{"x":1} I have chest pain'),
        ("\ufeff/restart", "restart"),
        ("che\x00st pain", "chest pain"),
        ("chest\x0bpain", "chest pain"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
        ("one\r\ntwo", "one\ntwo"),
        ("\u05db\u05d0\u05d1", "\u05db\u05d0\u05d1"),
        (" \n ", ""),
    ],
)
def test_clean_keeps_the_words_and_drops_what_breaks_software(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
def test_clean_leaves_no_slash_in_front_and_nothing_to_clean(text: str) -> None:
    once = clean(text)
    assert not once.startswith("/")
    assert clean(once) == once
    once.encode("utf-8")


@pytest.mark.parametrize("value", [None, 5, ["chest pain"], {"text": "x"}, b"chest pain"])
def test_anything_but_text_counts_as_no_text(guard: Guard, value: object) -> None:
    assert guard.before(value) == Screened(text="")


def test_a_slash_payload_does_not_hide_the_words_after_it(guard: Guard) -> None:
    assert guard.before('/affirm{"x":1} I have chest pain').level == "EMERGENCY"


@pytest.mark.parametrize("text", ["che\x00st pain", "chest \u200bpain", "chest\x00 pain", "chest\u200bpain"])
def test_an_invisible_character_inside_or_between_words_hides_nothing(guard: Guard, text: str) -> None:
    assert guard.before(text).level == "EMERGENCY"


def test_the_text_is_screened_before_it_is_cut(guard: Guard) -> None:
    screened = guard.before("x " * TEXT_LIMIT + "chest pain")
    assert screened.level == "EMERGENCY"
    assert len(screened.text) <= TEXT_LIMIT


def test_the_part_with_the_flag_goes_on_to_rasa_so_that_it_is_remembered(guard: Guard) -> None:
    assert guard.before("x " * TEXT_LIMIT + "chest pain").text.endswith("chest pain")


def test_a_long_text_is_screened_in_parts_of_bounded_length() -> None:
    lengths: list[int] = []

    def measure(text: str) -> FakeScreening:
        lengths.append(len(text))
        return fake_screen(text)

    screened = Guard(measure, TEXTS.__getitem__).before("x " * 5_000 + "chest pain" + " x" * 5_000)
    assert screened.level == "EMERGENCY"
    assert max(lengths) <= TEXT_LIMIT


@pytest.mark.parametrize("position", range(TEXT_LIMIT - 12, TEXT_LIMIT + 2))
def test_a_red_flag_on_the_border_of_two_parts_is_heard(guard: Guard, position: int) -> None:
    assert guard.before("x" * position + " chest pain " + "x" * 3_000).level == "EMERGENCY"


def test_the_most_urgent_part_counts(guard: Guard) -> None:
    text = "I will end my life " + "x " * 3_000 + "chest pain"
    assert guard.before(text).level == "CRISIS"


def failing_screen(_text: str) -> FakeScreening:
    raise NameError("my secret")


def test_a_screen_that_fails_is_answered_with_the_safety_text_first(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(failing_screen, TEXTS.__getitem__)
    reply = run(guard, "my secret", Unwilling(None, said("utter_greet", "Hi")))
    assert [m["text"] for m in reply] == [TEXTS["utter_safety"], "Hi"]
    assert "NameError" in caplog.text
    assert "secret" not in caplog.text


def test_a_screen_and_a_rasa_that_both_fail_are_answered_once() -> None:
    guard = Guard(failing_screen, TEXTS.__getitem__)
    assert [m["text"] for m in run(guard, "hello", Unwilling(ValueError()))] == [TEXTS["utter_safety"]]


def test_no_message_becomes_the_safety_text(guard: Guard) -> None:
    assert [m["text"] for m in guard.after(guard.before("hello"), [])] == [TEXTS["utter_safety"]]


def test_messages_without_words_count_as_no_message(guard: Guard) -> None:
    reply = guard.after(guard.before("hello"), [{"text": None}, {"text": "  "}, {}])
    assert [m["text"] for m in reply] == [TEXTS["utter_safety"]]


def test_a_missing_emergency_text_is_put_first(guard: Guard) -> None:
    reply = guard.after(guard.before("chest pain"), [said("utter_greet", "Hi")])
    assert [m["text"] for m in reply] == [TEXTS["utter_emergency_self"], "Hi"]


def test_an_emergency_text_that_is_there_is_moved_to_the_front_and_not_doubled(guard: Guard) -> None:
    reply = guard.after(guard.before("chest pain"), [said("utter_greet", "Hi"), said("utter_emergency_other", "Call")])
    assert [m["text"] for m in reply] == ["Call", "Hi"]


def test_the_utter_action_names_the_response_when_metadata_does_not(guard: Guard) -> None:
    reply = guard.after(guard.before("chest pain"), [{"text": "Call", "utter_action": "utter_emergency_self"}])
    assert [m["text"] for m in reply] == ["Call"]


def test_an_emergency_text_does_not_stand_in_for_a_crisis_text(guard: Guard) -> None:
    reply = guard.after(guard.before("I will end my life"), [said("utter_emergency_self", "Call")])
    assert [m["text"] for m in reply] == [TEXTS["utter_crisis_self"], "Call"]


def test_the_text_of_a_message_does_not_make_it_an_emergency_message(guard: Guard) -> None:
    reply = guard.after(guard.before("chest pain"), [said("utter_greet", TEXTS["utter_emergency_self"])])
    assert reply[0]["metadata"]["response"] == "utter_emergency_self"


def test_an_ordinary_reply_passes_unchanged(guard: Guard) -> None:
    messages = [said("utter_greet", "Hi"), said("utter_ask", "Where?")]
    assert guard.after(guard.before("hello"), messages) == messages


class Unwilling:
    """Says something, then fails in the way it was told."""

    def __init__(self, error: BaseException | None, *messages: Message) -> None:
        self._error = error
        self._messages = messages

    async def __call__(self, text: str, said: list[Message]) -> None:
        said.extend(self._messages)
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), RecursionError(), MemoryError(), KeyError("x")])
def test_every_failure_ends_in_the_safety_text(guard: Guard, error: BaseException) -> None:
    assert [m["text"] for m in run(guard, "hello", Unwilling(error))] == [TEXTS["utter_safety"]]


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1)])
def test_a_red_flag_is_answered_although_the_turn_fails(guard: Guard, error: BaseException) -> None:
    assert [m["text"] for m in run(guard, "chest pain", Unwilling(error))] == [TEXTS["utter_emergency_self"]]


def test_a_turn_that_hangs_ends_in_the_safety_text(guard: Guard) -> None:
    async def hang(_text: str, _said: list[Message]) -> None:
        await asyncio.sleep(60)

    assert [m["text"] for m in run(guard, "hello", hang, timeout=0.01)] == [TEXTS["utter_safety"]]


def test_what_was_said_before_a_failure_is_kept(guard: Guard) -> None:
    reply = run(guard, "hello", Unwilling(ValueError(), said("utter_greet", "Hi")))
    assert [m["text"] for m in reply] == ["Hi", TEXTS["utter_safety"]]


def test_an_emergency_said_before_a_failure_stands_alone(guard: Guard) -> None:
    reply = run(guard, "yes", Unwilling(ValueError(), said("utter_emergency_self", "Call")))
    assert [m["text"] for m in reply] == ["Call"]


def test_a_cancelled_request_stays_cancelled(guard: Guard) -> None:
    with pytest.raises(asyncio.CancelledError):
        run(guard, "hello", Unwilling(asyncio.CancelledError()))


def test_a_failure_is_logged_without_the_persons_words(guard: Guard, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    run(guard, "my secret is chest pain", Unwilling(ValueError("my secret is chest pain")))
    assert "ValueError" in caplog.text
    assert "a_1" in caplog.text
    assert "secret" not in caplog.text
