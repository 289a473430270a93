"""The addresses of the chat: nothing else is there, methods are named, alive and ready are told apart."""

from __future__ import annotations

import socket

import pytest
from chat_server import Client
from reading import refused


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


def test_a_server_without_its_database_still_wants_visitors_and_one_without_its_model_does_not(
    chat: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.agent.tracker_store._tracker_store.database, "_resting_until", float("inf"))
    assert chat.call("GET", "/chat/healthz/loaded").status_code == 200
    chat.agent.ready = False
    assert chat.call("GET", "/chat/healthz/loaded").status_code == 503


def test_a_request_that_is_no_http_gets_json(chat: Client) -> None:
    host, port = chat.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = connection.recv(65_536).decode()
    assert '"bad_request"' in answer
