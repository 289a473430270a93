"""The server as it runs: its own process, the real model, the real texts, over HTTP."""

from __future__ import annotations

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from chat_server import SECRET_VALUE, Client, ServerProcess, start_server
from reading import texts

from assistant.responses import fixed_text
from assistant.sessions import Sessions
from assistant.training import MODEL_NAME, record_path
from triage import screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RED_FLAG = "I can't feel my legs"
SAFETY = fixed_text("utter_safety").strip()
EMERGENCY = fixed_text(screen(RED_FLAG).response or "").strip()


@pytest.fixture
def me(server: ServerProcess) -> Client:
    return server.client.open()


@pytest.mark.parametrize(
    "text", ["hello", "my back hurts", "what are the symptoms?", "\U0001f600", "\u05db\u05d0\u05d1", "asdf"]
)
def test_every_message_is_answered(me: Client, text: str) -> None:
    reply = me.send("m1", text).json()
    assert reply["messages"]
    assert all(message["text"] and message["id"] for message in reply["messages"])
    assert reply["level"]


@pytest.mark.parametrize(
    "text",
    [
        RED_FLAG,
        f"/restart {RED_FLAG}",
        f'/affirm{{"x":1}} {RED_FLAG}',
        f"/affirm@1.0 {RED_FLAG}",
        RED_FLAG.upper(),
        f"{RED_FLAG}\x00",
        f"{RED_FLAG} \ud800",
        f"{'I have had a long day. ' * 120}{RED_FLAG}",
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_a_red_flag_is_answered_first_in_any_form(me: Client, text: str) -> None:
    reply = me.send("m1", text)
    assert reply.json()["level"] == "EMERGENCY"
    assert reply.json()["messages"][0]["kind"] == "emergency"
    assert "911" in texts(reply)[0]


def test_a_red_flag_in_the_middle_of_questions_is_answered_first(me: Client) -> None:
    first = me.send("m1", "my back hurts").json()
    assert first["next_question"]
    reply = me.send("m2", RED_FLAG).json()
    assert (reply["level"], reply["next_question"], reply["messages"][0]["kind"]) == ("EMERGENCY", None, "emergency")


def test_the_level_is_never_lowered(me: Client) -> None:
    me.send("m1", RED_FLAG)
    for number, text in enumerate(["/restart", "thanks", "no", "hello"]):
        assert me.send(f"n{number}", text).json()["level"] == "EMERGENCY"


def test_a_button_of_a_question_answers_it(me: Client) -> None:
    first = me.send("m1", "my back hurts").json()
    payload = next(message["buttons"] for message in first["messages"] if message["buttons"])[0]["payload"]
    assert texts(me.press("m2", payload))
    refused = me.press("m3", "never offered")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_offered")
    assert refused.json()["safety_text"].strip() == SAFETY


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("not json", 400),
        ("[]", 400),
        ('{"text": "hello"}', 400),
        ('{"id": "m1", "text": 5}', 400),
        ('{"id": "m1", "text": ""}', 422),
        ('{"id": "m1", "text": "  "}', 422),
        (json.dumps({"id": "m1", "text": "x" * 1_000_000}), 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_served_gets_its_status_and_the_safety_text(me: Client, body: str, status: int) -> None:
    response = me.post(body)
    assert (response.status_code, response.json()["safety_text"].strip()) == (status, SAFETY)


def test_a_red_flag_in_a_message_that_is_too_long_is_answered_in_the_error(me: Client) -> None:
    response = me.post(json.dumps({"id": "m1", "text": f"{RED_FLAG}. {'x ' * 500_000}"}))
    assert (response.status_code, response.json()["level"]) == (413, "EMERGENCY")
    assert response.json()["safety_text"].strip() == EMERGENCY


def test_a_missing_a_forged_and_an_old_token_are_refused(server: ServerProcess, me: Client) -> None:
    old = Sessions(SECRET_VALUE.encode(), lifetime=-1).issue().token
    for token, code in ((None, "missing"), ((me.token or "")[:-2] + "AA", "invalid"), (old, "expired")):
        response = Client(server.client.base, token).send("m1", "hello")
        assert (response.status_code, response.json()["error"]["code"]) == (401, code)


def test_the_same_message_twice_at_once_is_processed_once(me: Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        replies = {response.text for response in pool.map(lambda _: me.send("m1", "my back hurts"), range(4))}
    assert len(replies) == 1
    history = me.call("GET", "/chat/messages").json()["messages"]
    assert [message["text"] for message in history if message["from"] == "user"] == ["my back hurts"]


def test_two_messages_at_once_are_both_answered(me: Client) -> None:
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda text: me.send(text.replace(" ", "-"), text), ["my back hurts", "hello"]))
    assert all(texts(reply) for reply in replies)


def test_an_erased_conversation_is_gone(me: Client) -> None:
    me.send("m1", "my back hurts")
    assert me.call("DELETE", "/chat/sessions/current").status_code == 204
    assert me.call("GET", "/chat/messages").json()["error"]["code"] == "erased"


@pytest.mark.parametrize("path", ["/", "/version", "/status", "/model", "/domain", "/conversations/x/tracker"])
def test_nothing_of_rasas_own_interface_is_there(server: ServerProcess, path: str) -> None:
    assert server.client.call("GET", path).status_code == 404


def test_the_page_and_its_numbers_are_served(server: ServerProcess) -> None:
    assert server.client.call("GET", "/chat/").headers["Content-Type"].startswith("text/html")
    page = server.client.call("GET", "/chat/page.json").json()
    assert page["sections"]
    assert all(contact["number"] for contact in page["contacts"])


def test_the_log_holds_no_word_of_the_person(server: ServerProcess, me: Client) -> None:
    me.send("m1", "zanzibarite my back hurts")
    me.post('{"id": "m2", "text": "zanzibarite')
    assert "zanzibarite" not in server.log.read_text()


def test_red_flags_are_answered_before_the_model_is_loaded_and_after_a_restart(
    trained_model: str, tmp_path: Path
) -> None:
    first = start_server(tmp_path, trained_model)
    try:
        first.wait_until_listening()
        me = first.client.open()
        early = me.send("m1", RED_FLAG)
        if early.status_code == 503:  # the model may already be there on a fast machine
            assert early.json()["safety_text"].strip() == EMERGENCY
        else:
            assert texts(early)[0] == EMERGENCY
        first.wait_until_ready()
        me.send("m2", "I have breast cancer")
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(5) == 0
    finally:
        first.process.kill()
    second = start_server(tmp_path, trained_model)
    try:
        second.wait_until_ready()
        again = Client(second.client.base, me.token)
        assert "I have breast cancer" in [
            message["text"] for message in again.call("GET", "/chat/messages").json()["messages"]
        ]
    finally:
        second.process.terminate()
        second.process.wait(30)


def test_a_turn_that_is_under_way_is_finished_before_the_server_stops(trained_model: str, tmp_path: Path) -> None:
    running = start_server(tmp_path, trained_model)
    try:
        running.wait_until_ready()
        me = running.client.open()
        host, port = running.client.base.removeprefix("http://").split(":")
        body = json.dumps({"id": "m1", "text": RED_FLAG}).encode()
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            head = ["POST /chat/messages HTTP/1.1", "Host: x", f"Authorization: Bearer {me.token}"]
            connection.sendall("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body[:10])
            time.sleep(0.3)
            running.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(body[10:])
            answer = connection.recv(65_536).decode()
        assert answer.startswith("HTTP/1.1 200")
        assert running.process.wait(5) == 0
    finally:
        running.process.kill()


@pytest.mark.parametrize("state", ["missing", "changed", "of nobody"])
def test_without_a_sound_model_a_red_flag_is_still_answered_and_the_rest_with_the_safety_text(
    trained_model: Path, tmp_path: Path, state: str
) -> None:
    model = tmp_path / MODEL_NAME
    if state != "missing":
        model.write_bytes(b"not what was trained")
    if state == "changed":
        record_path(model).write_bytes(record_path(Path(trained_model)).read_bytes())
    running = start_server(tmp_path, str(model))
    try:
        running.wait_until_listening()
        me = running.client.open()
        assert me.send("m1", RED_FLAG).json()["level"] == "EMERGENCY"
        assert "911" in me.send("m2", "hello").json()["safety_text"]
        assert me.call("GET", "/chat/healthz/ready").status_code == 503
        assert "only red flags are answered" in running.log.read_text()
    finally:
        running.process.terminate()
        running.process.wait(30)
