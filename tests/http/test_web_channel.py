"""The channel over HTTP, with a Rasa that does as the test says."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import requests
from chat_server import CRISIS, EMERGENCY, SAFETY, Client, echo
from rasa.core.channels.channel import UserMessage

from assistant.database import Database
from assistant.sessions import Sessions
from assistant.settings import Settings


def str_start(value: object) -> str:
    """A short name for a long parameter."""
    return ascii(value)[:40]


def texts(response: requests.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [message["text"] for message in response.json()["messages"]]


def refused(response: requests.Response, status: int, code: str) -> dict[str, Any]:
    body = response.json()
    assert (response.status_code, body["error"]["code"]) == (status, code)
    assert set(body["error"]) == {"code", "message"}
    return dict(body)


# ---- the contract ----


def test_a_session_is_a_token_with_an_end(chat: Client) -> None:
    response = requests.post(f"{chat.base}/chat/sessions", timeout=5)
    assert response.status_code == 201
    assert set(response.json()) == {"token", "expires_at"}
    assert response.json()["expires_at"].endswith("+00:00")
    assert response.headers["Cache-Control"] == "no-store"


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


def test_nobody_reads_the_words_of_another_session(chat: Client) -> None:
    mine, yours = chat.open(), chat.open()
    mine.send("m1", "my secret")
    assert "secret" not in yours.call("GET", "/chat/messages").text
    assert texts(yours.send("m1", "hello")) == ["You said: hello"]


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


# ---- red flags and silence ----


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


# ---- bad input ----


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "bad_json"),
        ("not json", 400, "bad_json"),
        ("null", 400, "bad_json"),
        ("[]", 400, "bad_json"),
        ('"hello"', 400, "bad_json"),
        ("[" * 5000, 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        ("{}", 400, "bad_message"),
        ('{"text": "hello"}', 400, "bad_message"),
        ('{"id": 5, "text": "hello"}', 400, "bad_message"),
        ('{"id": "", "text": "hello"}', 400, "bad_message"),
        ('{"id": "a b", "text": "hello"}', 400, "bad_message"),
        (json.dumps({"id": "x" * 65, "text": "hello"}), 400, "bad_message"),
        ('{"id": "m1"}', 400, "bad_message"),
        ('{"id": "m1", "text": null}', 400, "bad_message"),
        ('{"id": "m1", "text": 5}', 400, "bad_message"),
        ('{"id": "m1", "text": ["hello"]}', 400, "bad_message"),
        ('{"id": "m1", "text": "hello", "payload": "yes"}', 400, "bad_message"),
        ('{"id": "m1", "payload": {"x": 1}}', 400, "bad_message"),
        ('{"id": "m1", "text": ""}', 422, "empty"),
        ('{"id": "m1", "text": " \\n "}', 422, "empty"),
        ('{"id": "m1", "text": "\\u0000"}', 422, "empty"),
        ('{"id": "m1", "text": "///"}', 422, "empty"),
        (json.dumps({"id": "m1", "text": "x" * 16_000}), 413, "too_large"),
        (json.dumps({"id": "m1", "text": "x" * 1_000_000}), 413, "too_large"),
        (json.dumps({"id": "m1", "text": "x" * 10_000_000}), 413, "too_large"),
    ],
    ids=str_start,
)
def test_a_message_that_cannot_be_served_gets_the_status_and_the_safety_text(
    me: Client, body: str | bytes, status: int, code: str
) -> None:
    answer = refused(me.post(body), status, code)
    assert (answer["safety_text"], answer["level"]) == (SAFETY, None)
    assert me.agent.handled == []


@pytest.mark.parametrize(
    "body",
    [
        "I have chest pain",
        '{"id": "m1", "text": "I have chest pain',
        '["I have chest pain"]',
        '{"text": "I have chest pain"}',
        '{"id": 5, "text": "I have chest\\u0020pain"}',
        '{"id": "m1", "text": ["I have chest pain"]}',
        '{"id": "m1", "payload": "I have chest pain"}',
        json.dumps({"id": "m1", "text": "chest pain" + " x" * 10_000}),
        json.dumps({"id": "m1", "text": "x " * 30_000 + "chest pain"}),
        json.dumps({"id": "m1", "text": "chest pain" + "x" * 1_000_000}),
    ],
    ids=str_start,
)
def test_a_red_flag_in_a_refused_message_is_answered_in_the_error(me: Client, body: str) -> None:
    response = me.post(body)
    assert response.status_code in (400, 409, 413)
    assert (response.json()["safety_text"], response.json()["level"]) == (EMERGENCY, "EMERGENCY")


@pytest.mark.parametrize(
    "text",
    ["/restart", "\U0001f600\U0001f600", "\u05db\u05d0\u05d1 \u05d2\u05d1", "a\x00b", "x" * 15_000],
    ids=str_start,
)
def test_unusual_text_is_an_ordinary_message(me: Client, text: str) -> None:
    assert texts(me.send("m1", text))[0].startswith("You said:")
    assert not (me.agent.handled[0] or "").startswith("/")
    assert len(me.agent.handled[0] or "") <= 2_000


def test_an_error_never_quotes_what_was_sent(me: Client) -> None:
    for body in ('{"id": "my secret"}', "my secret", '{"id": "m1", "payload": "my secret"}', "my secret" * 200_000):
        assert "secret" not in me.post(body).text
    assert "secret" not in me.call("GET", "/chat/secret").text


def test_a_body_that_never_arrives_is_given_up_and_what_came_is_screened(me: Client) -> None:
    host, port = me.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = ["POST /chat/messages HTTP/1.1", "Host: x", f"Authorization: Bearer {me.token}", "Content-Length: 500"]
        connection.sendall("\r\n".join([*head, "", ""]).encode() + b'{"id": "m1", "text": "I have chest pain')
        answer = connection.recv(65_536).decode()
    assert answer.startswith("HTTP/1.1 408")
    assert EMERGENCY in answer


# ---- who is asking ----


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


# ---- the same message twice, two at once, buttons ----


def test_the_same_id_is_answered_again_and_processed_once(me: Client) -> None:
    first, second = me.send("m1", "hello"), me.send("m1", "hello")
    assert first.json() == second.json()
    assert me.agent.handled == ["hello"]


def test_the_same_id_ten_times_at_once_is_processed_once(me: Client) -> None:
    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(0.1)
        await echo(message)

    me.agent.bot = slow
    with ThreadPoolExecutor(10) as pool:
        answers = {response.text for response in pool.map(lambda _: me.send("m1", "hello"), range(10))}
    assert len(answers) == 1
    assert me.agent.handled == ["hello"]


def test_two_messages_at_once_are_processed_one_after_the_other(me: Client) -> None:
    running = 0

    async def alone(message: UserMessage) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.05)
        running -= 1
        await echo(message)

    me.agent.bot = alone
    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(lambda number: texts(me.send(f"m{number}", str(number))), range(5)))
    assert replies == [[f"You said: {number}"] for number in range(5)]


def test_a_slow_conversation_does_not_hold_up_another(chat: Client) -> None:
    slow, quick = chat.open(), chat.open()

    async def wait_for_slow(message: UserMessage) -> None:
        if message.text == "slow":
            await asyncio.sleep(0.4)
        await echo(message)

    chat.agent.bot = wait_for_slow
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(slow.send, "m1", "slow")
        time.sleep(0.05)
        assert texts(quick.send("m1", "quick")) == ["You said: quick"]
        assert not pending.done()
        assert texts(pending.result()) == ["You said: slow"]


def test_a_client_that_hangs_up_finds_its_answer_later(me: Client) -> None:
    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(0.3)
        await echo(message)

    me.agent.bot = slow
    with pytest.raises(requests.Timeout):
        requests.post(
            f"{me.base}/chat/messages",
            json={"id": "m1", "text": "hello"},
            headers={"Authorization": f"Bearer {me.token}"},
            timeout=0.1,
        )
    assert texts(me.send("m1", "hello")) == ["You said: hello"]
    assert me.agent.handled == ["hello"]


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


# ---- limits, addresses, headers ----


def test_too_many_messages_are_refused_yet_a_red_flag_is_answered(me: Client, settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: me.send(f"m{number}", "hello"), range(settings.messages_per_minute)))
    response = me.send("x1", "hello")
    assert refused(response, 429, "too_many")["safety_text"] == SAFETY
    assert response.headers["Retry-After"] == "60"
    assert refused(me.send("x2", "I have chest pain"), 429, "too_many")["safety_text"] == EMERGENCY


@pytest.mark.parametrize(
    "path", ["/", "/version", "/webhooks/rest/webhook", "/conversations/x/tracker", "/chat/nothing", "/chatter"]
)
def test_there_is_nothing_but_the_chat(chat: Client, path: str) -> None:
    refused(chat.call("GET", path), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("PUT", "/chat/messages"), ("GET", "/chat/sessions"), ("POST", "/chat/")])
def test_a_wrong_method_is_named_as_such(chat: Client, method: str, path: str) -> None:
    response = chat.call(method, path)
    refused(response, 405, "method_not_allowed")
    assert response.headers["Allow"]


def test_alive_and_ready_are_told_apart(chat: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chat.call("GET", "/chat/healthz/ready").json()["ready"] is True
    chat.agent.ready = False
    assert chat.call("GET", "/chat/healthz").status_code == 200
    assert chat.call("GET", "/chat/healthz/ready").status_code == 503
    chat.agent.ready = True
    monkeypatch.setattr(chat.agent.tracker_store._tracker_store.database, "_resting_until", float("inf"))
    response = chat.call("GET", "/chat/healthz/ready")
    assert (response.status_code, response.json()["checks"]) == (503, {"model": True, "screen": True, "store": False})


def test_a_request_that_is_no_http_gets_json(chat: Client) -> None:
    host, port = chat.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = connection.recv(65_536).decode()
    assert '"bad_request"' in answer
