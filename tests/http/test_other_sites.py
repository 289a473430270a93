"""What a page of somebody else's can do with the server from a visitor's browser: nothing."""

from __future__ import annotations

import pytest
from chat_server import Client

EVIL = {"Origin": "https://evil.example"}


@pytest.mark.parametrize("path", ["/chat/messages", "/chat/page.json", "/chat/sessions"])
def test_no_answer_may_be_read_by_another_origin(me: Client, path: str) -> None:
    response = me.call("GET", path, headers=EVIL)
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_a_browsers_question_whether_another_origin_may_write_gets_no_yes(me: Client) -> None:
    asked = {**EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    response = me.call("OPTIONS", "/chat/messages", headers=asked)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("name", ["token", "access_token", "authorization", "auth"])
def test_a_token_in_the_address_opens_nothing(me: Client, name: str) -> None:
    me.send("m1", "hello")
    token, me.token = me.token, None
    response = me.call("GET", f"/chat/messages?{name}={token}")
    assert (response.status_code, response.json()["error"]["code"]) == (401, "missing")
    assert "hello" not in response.text


def test_a_token_in_a_cookie_opens_nothing(me: Client) -> None:
    token, me.token = me.token, None
    assert me.call("GET", "/chat/messages", headers={"Cookie": f"token={token}"}).status_code == 401
