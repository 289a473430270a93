"""The code that is handed to the page: good once, for a minute, in no address; and nothing of a launch is kept or logged."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from chat_server import Client
from fake_ehr import FakeEhr, callback
from launching import age, brought, code_of, get, launch, launched, open_session
from reading import refused

from assistant.smart_routes import CODE_SECONDS


def test_a_launch_code_is_good_once(chat: Client, ehr: FakeEhr) -> None:
    code = launched(chat, ehr)
    assert open_session(chat, code).status_code == 201
    refused(open_session(chat, code), 401, "launch_refused")


def test_an_old_launch_code_is_refused(chat: Client, ehr: FakeEhr, tmp_path: Path) -> None:
    code, late = launched(chat, ehr), launched(chat, ehr)
    age(tmp_path, CODE_SECONDS - 10)
    assert open_session(chat, code).status_code == 201
    age(tmp_path, 10)
    refused(open_session(chat, late), 401, "launch_refused")


@pytest.mark.parametrize("code", ["", "x" * 43, "x" * 9000, "\u0000"], ids=lambda code: str(len(code)))
def test_an_unknown_launch_code_is_refused(chat: Client, code: str) -> None:
    refused(open_session(chat, code), 401, "launch_refused")


def test_a_state_is_no_launch_code(chat: Client, ehr: FakeEhr) -> None:
    mine = brought(chat, ehr)
    refused(open_session(chat, mine["state"]), 401, "launch_refused")
    assert get(callback(chat.base, mine)).status_code == 302


def test_a_code_in_an_address_is_refused_and_not_used_up(chat: Client, ehr: FakeEhr) -> None:
    code = launched(chat, ehr)
    refused(requests.post(f"{chat.base}/chat/sessions?launch={code}", timeout=10), 400, "bad_request")
    assert open_session(chat, code).status_code == 201


@pytest.mark.parametrize("body", [{"launch": 7}, {"launch": "x", "portal_token": "y"}], ids=str)
def test_a_body_that_makes_no_sense_is_refused(chat: Client, body: dict[str, Any]) -> None:
    refused(requests.post(f"{chat.base}/chat/sessions", json=body, timeout=10), 400, "bad_json")


def test_neither_tables_nor_logs_hold_anything_that_opens_or_names(
    chat: Client, ehr: FakeEhr, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ehr.answer = {"patient": "patient-4711"}
    waiting = launch(chat, ehr).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(waiting).query).items()}
    mine = brought(chat, ehr)
    code = code_of(get(callback(chat.base, mine)))
    ehr.claims = {"nonce": "wrong-nonce"}
    get(callback(chat.base, brought(chat, ehr)))
    dump = "\n".join(sqlite3.connect(tmp_path / "conversations.db").iterdump())
    assert dump.count('INSERT INTO "chat_one_time_codes"') == 2
    secret = [asked["state"], asked["nonce"], mine["state"], mine["code"], code]
    for hidden in [*secret, ehr.forms[0]["code_verifier"], "at-secret", "patient-4711", "alex", "launch-1", "ey"]:
        assert hidden not in dump
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("assistant")]
    assert any("reason=not_trusted" in line for line in ours)
    for hidden in [*secret, "at-secret", "patient-4711", "alex", "launch-1", "wrong-nonce"]:
        assert hidden not in "\n".join(ours)
