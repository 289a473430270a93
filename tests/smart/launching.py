"""A launch by the fake EHR, for the tests: the steps of the browser, the code at the end, the page of a problem."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from chat_server import Client, fake_rasa
from fake_ehr import FakeEhr, callback

from assistant.launch_problem import PROBLEMS
from assistant.settings import Settings

CLIENT = "spine chat"
SMART_CONFIGURATION = "/fhir/.well-known/smart-configuration"


def running(settings: Settings, folder: Path) -> Any:
    """A server with a fake Rasa at the address that `settings` name; its client."""
    assert settings.smart is not None
    return fake_rasa(settings, folder / "conversations.db", urlsplit(settings.smart.public_url).port)


def get(address: str, **options: Any) -> requests.Response:
    """A request whose redirect is not followed."""
    return requests.get(address, allow_redirects=False, timeout=10, **options)


def launch(chat: Client, ehr: FakeEhr, **change: str) -> requests.Response:
    """The link in the EHR: the browser is sent on to the EHR's authorization."""
    return get(f"{chat.base}/smart/launch", params={"iss": ehr.fhir, "launch": "launch-1", **change})


def brought(chat: Client, ehr: FakeEhr, **change: str) -> dict[str, str]:
    """What the browser brings to the callback, the person having said yes."""
    return ehr.allow(launch(chat, ehr).headers["Location"], **change)


def code_of(response: requests.Response) -> str:
    """The one-time code that the callback hands to the page."""
    assert response.status_code == 302, response.text
    return response.headers["Location"].partition("#launch=")[2]


def launched(chat: Client, ehr: FakeEhr) -> str:
    """The one-time code at the end of a good launch."""
    return code_of(get(callback(chat.base, brought(chat, ehr))))


def open_session(chat: Client, code: str) -> requests.Response:
    """What the page does with its code."""
    return requests.post(f"{chat.base}/chat/sessions", json={"launch": code}, timeout=10)


def shows(response: requests.Response, problem: str) -> None:
    """The problem's page: what happened, how to go on, whom to call; strict, and with nothing of the request."""
    status, sentence = PROBLEMS[problem]
    assert response.status_code == status, response.text
    assert sentence in response.text and "Open the chat again from your portal." in response.text
    assert 'href="tel:911"' in response.text and 'href="tel:988"' in response.text
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    asked = parse_qs(urlsplit(response.url).query)
    assert [value for values in asked.values() for value in values if value in response.text] == []
    assert "Set-Cookie" not in response.headers


def age(folder: Path, seconds: int) -> None:
    """Let so many seconds pass for every code."""
    with sqlite3.connect(folder / "conversations.db") as connection:
        connection.execute("update chat_one_time_codes set expires_at = expires_at - ?", (seconds,))
