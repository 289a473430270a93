"""A message that cannot be served gets its status and the safety text, and a red flag in it is answered."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from chat_server import EMERGENCY, SAFETY, Client
from reading import refused, str_start, texts

from assistant.settings import Settings


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


def test_too_many_messages_are_refused_yet_a_red_flag_is_answered(me: Client, settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: me.send(f"m{number}", "hello"), range(settings.messages_per_minute)))
    response = me.send("x1", "hello")
    assert refused(response, 429, "too_many")["safety_text"] == SAFETY
    assert response.headers["Retry-After"] == "60"
    assert refused(me.send("x2", "I have chest pain"), 429, "too_many")["safety_text"] == EMERGENCY
