"""The callback: a state is good once, for minutes, for its own launch and its own EHR."""

from __future__ import annotations

from pathlib import Path

import pytest
from chat_server import Client
from fake_ehr import FakeEhr, callback
from launching import age, brought, get, shows

from assistant.smart_routes import STATE_SECONDS


def test_a_state_is_good_once(chat: Client, ehr: FakeEhr) -> None:
    mine = brought(chat, ehr)
    assert get(callback(chat.base, mine)).status_code == 302
    tokens_asked = ehr.asked.count("/token")
    shows(get(callback(chat.base, mine)), "old_link")
    shows(get(callback(chat.base, {**mine, "code": "code-new"})), "old_link")
    assert ehr.asked.count("/token") == tokens_asked


@pytest.mark.parametrize("state", ["x" * 43, "short", "' or 1=1 --", "\u00e9" * 43], ids=ascii)
def test_an_unknown_state_is_refused_and_its_code_shown_to_nobody(chat: Client, ehr: FakeEhr, state: str) -> None:
    shows(get(callback(chat.base, {"code": "code-stolen", "state": state})), "old_link")
    assert ehr.asked == []


def test_an_old_state_is_refused(chat: Client, ehr: FakeEhr, tmp_path: Path) -> None:
    mine, late = brought(chat, ehr), brought(chat, ehr)
    age(tmp_path, STATE_SECONDS - 10)
    assert get(callback(chat.base, mine)).status_code == 302
    age(tmp_path, 10)
    shows(get(callback(chat.base, late)), "old_link")
    assert len(ehr.forms) == 1


def test_a_state_belongs_to_the_verifier_of_its_launch(chat: Client, ehr: FakeEhr) -> None:
    """A code of one launch, brought with the state of another: the EHR's PKCE check refuses it."""
    mine, yours = brought(chat, ehr), brought(chat, ehr)
    shows(get(callback(chat.base, {"code": yours["code"], "state": mine["state"]})), "not_trusted")


@pytest.mark.parametrize(("error", "problem"), [("access_denied", "denied"), ("server_error", "not_trusted")])
def test_a_refusal_at_the_ehr_is_told_plainly_and_uses_the_state_up(
    chat: Client, ehr: FakeEhr, error: str, problem: str
) -> None:
    mine = brought(chat, ehr)
    refusal = {"error": error, "error_description": "<script>alert(1)</script>", "state": mine["state"]}
    shows(get(callback(chat.base, refusal)), problem)
    shows(get(callback(chat.base, mine)), "old_link")
    assert ehr.forms == []


def test_an_answer_of_another_server_is_refused(chat: Client, ehr: FakeEhr) -> None:
    assert get(callback(chat.base, brought(chat, ehr, iss=ehr.base))).status_code == 302
    shows(get(callback(chat.base, brought(chat, ehr, iss="https://other.example"))), "not_trusted")
    assert len(ehr.forms) == 1


def test_a_callback_without_code_is_refused(chat: Client, ehr: FakeEhr) -> None:
    mine = brought(chat, ehr)
    del mine["code"]
    shows(get(callback(chat.base, mine)), "bad_link")
