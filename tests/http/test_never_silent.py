"""A red flag is answered first, in any form, and whatever fails there is an answer."""

from __future__ import annotations

import asyncio

import pytest
from chat_server import CRISIS, EMERGENCY, SAFETY, Client, echo
from rasa.core.channels.channel import UserMessage
from reading import refused, str_start, texts

from assistant.database import Database


@pytest.mark.parametrize(
    "text",
    [
        "I have chest pain",
        '/affirm{"x":1} I have chest pain',
        "/affirm@1.0 I have chest pain",
        "che\x00st pain",
        "chest pain \ud800",
        "long " * 1500 + "chest pain",
        "\u202echest pain",
    ],
    ids=str_start,
)
def test_a_red_flag_is_answered_first_in_any_form(me: Client, text: str) -> None:
    reply = me.send("m1", text)
    assert texts(reply)[0] == EMERGENCY
    assert reply.json()["level"] == "EMERGENCY"
    assert reply.json()["messages"][0]["kind"] == "emergency"


def test_a_crisis_is_answered_as_a_crisis(me: Client) -> None:
    reply = me.send("m1", "I will end my life").json()
    assert (reply["level"], reply["messages"][0]["text"], reply["messages"][0]["kind"]) == ("CRISIS", CRISIS, "crisis")


class Unwilling:
    """A bot that fails."""

    def __init__(self, error: BaseException | None) -> None:
        self._error = error

    async def __call__(self, message: UserMessage) -> None:
        if self._error is None:
            await asyncio.sleep(30)
        else:
            raise self._error


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), None])
@pytest.mark.parametrize(("text", "answer"), [("hello", SAFETY), ("I have chest pain", EMERGENCY)])
def test_a_failing_exiting_or_hanging_rasa_is_never_silence(
    me: Client, error: BaseException | None, text: str, answer: str
) -> None:
    me.agent.bot = Unwilling(error)
    assert texts(me.send("m1", text)) == [answer]
    me.agent.bot = echo
    assert texts(me.send("m2", "still there?")) == ["You said: still there?"]


def test_a_rasa_that_says_nothing_is_not_silence(me: Client) -> None:
    async def silent(_message: UserMessage) -> None:
        return None

    me.agent.bot = silent
    reply = me.send("m1", "hello")
    assert texts(reply) == [SAFETY]
    assert reply.json()["messages"][0]["kind"] == "safety"


def test_while_the_model_loads_a_red_flag_is_still_answered(me: Client) -> None:
    me.agent.ready = False
    assert refused(me.send("m1", "hello"), 503, "loading")["safety_text"] == SAFETY
    body = refused(me.send("m2", "I have chest pain"), 503, "loading")
    assert (body["safety_text"], body["level"]) == (EMERGENCY, "EMERGENCY")


def test_an_outage_of_the_database_does_not_stop_the_conversation(me: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    me.send("m1", "hello")
    database: Database = me.agent.tracker_store._tracker_store.database
    monkeypatch.setattr(database, "_resting_until", float("inf"))
    assert texts(me.send("m2", "hello again")) == ["You said: hello again"]
    assert texts(me.send("m2", "hello again")) == ["You said: hello again"]
    assert me.agent.handled == ["hello", "hello again"]
    assert texts(me.press("m3", "yes please")) == ["You said: yes please"]
