"""Sessions over HTTP: who is asking, whose conversation it is, and that nothing is left of an erased one."""

from __future__ import annotations

import json

import pytest
import requests
from chat_server import EMERGENCY, SAFETY, Client, echo
from rasa.core.channels.channel import UserMessage
from reading import refused, texts

from assistant.database import Database
from assistant.sessions import Sessions
from assistant.settings import Settings


def test_a_session_is_a_token_with_an_end(chat: Client) -> None:
    response = requests.post(f"{chat.base}/chat/sessions", timeout=5)
    assert response.status_code == 201
    assert set(response.json()) == {"token", "expires_at"}
    assert response.json()["expires_at"].endswith("+00:00")
    assert response.headers["Cache-Control"] == "no-store"


def test_nobody_reads_the_words_of_another_session(chat: Client) -> None:
    mine, yours = chat.open(), chat.open()
    mine.send("m1", "my secret")
    assert "secret" not in yours.call("GET", "/chat/messages").text
    assert texts(yours.send("m1", "hello")) == ["You said: hello"]


def test_a_message_without_a_token_is_refused_yet_a_red_flag_is_answered(chat: Client) -> None:
    assert refused(chat.send("m1", "hello"), 401, "missing")["safety_text"] == SAFETY
    assert refused(chat.send("m1", "I have chest pain"), 401, "missing")["safety_text"] == EMERGENCY
    assert chat.agent.handled == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/chat/messages"), ("DELETE", "/chat/sessions/current")])
def test_every_address_of_a_session_needs_its_token(chat: Client, method: str, path: str) -> None:
    refused(chat.call(method, path), 401, "missing")


def test_a_forged_and_a_foreign_and_an_old_token_are_refused(chat: Client, settings: Settings) -> None:
    own = chat.open().token or ""
    foreign = Sessions(b"another server's key, 32 bytes..", lifetime=60).issue().token
    old = Sessions((settings.secret or "").encode(), lifetime=-1).issue().token
    for token, code in ((own[:-2] + "AA", "invalid"), (foreign, "invalid"), (old, "expired"), ("x", "invalid")):
        refused(Client(chat.base, token).send("m1", "hello"), 401, code)
    assert chat.agent.handled == []


def test_a_client_cannot_choose_its_conversation(me: Client) -> None:
    senders: list[str] = []

    async def note(message: UserMessage) -> None:
        senders.append(message.sender_id)
        await echo(message)

    me.agent.bot = note
    me.post(
        json.dumps({"id": "m1", "text": "hello", "sender": "a_other", "sender_id": "a_other", "metadata": {"x": 1}})
    )
    assert senders and senders[0] != "a_other"


def test_erasing_ends_the_session_and_leaves_nothing(me: Client) -> None:
    me.send("m1", "hello")
    response = me.call("DELETE", "/chat/sessions/current")
    assert (response.status_code, response.content) == (204, b"")
    for again in (
        me.call("GET", "/chat/messages"),
        me.send("m2", "hello"),
        me.call("DELETE", "/chat/sessions/current"),
    ):
        refused(again, 401, "erased")


def test_a_conversation_that_cannot_be_erased_is_not_called_erased(me: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    me.send("m1", "hello")
    database: Database = me.agent.tracker_store._tracker_store.database
    monkeypatch.setattr(database, "_resting_until", float("inf"))
    refused(me.call("DELETE", "/chat/sessions/current"), 503, "not_erased")
    monkeypatch.setattr(database, "_resting_until", float("-inf"))
    assert me.call("DELETE", "/chat/sessions/current").status_code == 204
