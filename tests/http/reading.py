"""Reads a response of the server, for the tests: the texts of an answer, the code of a refusal."""

from __future__ import annotations

from typing import Any

import requests


def texts(response: requests.Response) -> list[str]:
    """What an answer says, message by message."""
    assert response.status_code == 200, response.text
    return [message["text"] for message in response.json()["messages"]]


def refused(response: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an error, which has this status, this code and a message."""
    body = response.json()
    assert (response.status_code, body["error"]["code"]) == (status, code)
    assert set(body["error"]) == {"code", "message"}
    return dict(body)


def str_start(value: object) -> str:
    """A short name for a long parameter."""
    return ascii(value)[:40]
