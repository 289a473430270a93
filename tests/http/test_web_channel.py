"""The channel over HTTP, with a Rasa that does as the test says: a message, its answer, its buttons, the history."""

from __future__ import annotations

from datetime import datetime

import pytest
from chat_server import SAFETY, Client, echo
from rasa.core.channels.channel import UserMessage
from reading import refused, texts


def test_a_message_is_answered(me: Client) -> None:
    reply = me.send("m1", "hello").json()
    assert reply == {
        "level": None,
        "next_question": None,
        "messages": [
            {
                "id": "m1.1",
                "text": "You said: hello",
                "kind": "question",
                "buttons": [{"title": "Yes", "payload": "yes please"}, {"title": "No", "payload": "no thanks"}],
                "select": "one",
                "source": None,
            }
        ],
    }


def test_level_and_open_question_come_from_the_conversation(me: Client) -> None:
    async def remember(message: UserMessage) -> None:
        tracker = await me.agent.tracker_store.get_or_create_tracker(message.sender_id)
        await me.agent.tracker_store.save(tracker)
        await echo(message)

    me.agent.bot = remember
    reply = me.send("m1", "hello").json()
    assert (reply["level"], reply["next_question"]) == ("APPOINTMENT", "ask_bladder")
    assert me.send("m2", "I have chest pain").json()["level"] == "EMERGENCY"


def test_one_utterance_is_one_message_also_with_blank_lines(me: Client) -> None:
    async def two_paragraphs(message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": "One.\n\nTwo."})

    me.agent.bot = two_paragraphs
    assert texts(me.send("m1", "hello")) == ["One.\n\nTwo."]


def test_an_offered_button_is_accepted(me: Client) -> None:
    me.send("m1", "hello")
    assert texts(me.press("m2", "yes please")) == ["You said: yes please"]


@pytest.mark.parametrize("payload", ["Yes", "/restart", "something else", ""])
def test_a_payload_that_was_not_offered_is_refused(me: Client, payload: str) -> None:
    me.send("m1", "hello")
    assert refused(me.press("m2", payload), 409, "not_offered")["safety_text"] == SAFETY
    assert me.agent.handled == ["hello"]


def test_a_button_offered_to_another_session_is_refused(chat: Client) -> None:
    chat.open().send("m1", "hello")
    refused(chat.open().press("m1", "yes please"), 409, "not_offered")


def test_history_is_the_conversation_in_order(me: Client) -> None:
    me.send("m1", "hello")
    me.press("m2", "yes please")
    history = me.call("GET", "/chat/messages").json()["messages"]
    assert [(message["from"], message["text"]) for message in history] == [
        ("user", "hello"),
        ("bot", "You said: hello"),
        ("user", "Yes"),
        ("bot", "You said: yes please"),
    ]
    assert history[-1]["buttons"]
    assert all(datetime.fromisoformat(message["at"]).tzinfo is not None for message in history)


def test_history_of_a_new_session_is_empty(me: Client) -> None:
    assert me.call("GET", "/chat/messages").json() == {"level": None, "next_question": None, "messages": []}
