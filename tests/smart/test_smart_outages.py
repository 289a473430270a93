"""Launches when there are too many, when the database is down and while the model is loading."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from chat_server import Client
from fake_ehr import FakeEhr, callback
from launching import brought, get, launch, launched, open_session, running, shows
from reading import refused

from assistant.responses import fixed_text
from assistant.settings import ROOT, Settings


def test_launches_from_one_address_are_limited(smart_settings: Settings, ehr: FakeEhr, tmp_path: Path) -> None:
    few = replace(smart_settings, sessions_per_minute=2, proxies_count=1)
    with running(few, tmp_path) as chat:
        from_one = {"headers": {"X-Forwarded-For": "203.0.113.7"}, "params": {"iss": ehr.fhir, "launch": "launch-1"}}
        answers = [get(f"{chat.base}/smart/launch", **from_one) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [302, 302, 429]
        shows(answers[2], "too_many")
        shows(get(f"{chat.base}/smart/callback?state=none-such", headers=from_one["headers"]), "old_link")
        assert get(f"{chat.base}/smart/launch", **{**from_one, "headers": {"X-Forwarded-For": "203.0.113.8"}}).ok


def down(chat: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat.agent.tracker_store._tracker_store.database, "_resting_until", float("inf"))


def test_without_its_database_the_chat_says_so(chat: Client, ehr: FakeEhr, monkeypatch: pytest.MonkeyPatch) -> None:
    code, mine = launched(chat, ehr), brought(chat, ehr)
    down(chat, monkeypatch)
    shows(launch(chat, ehr), "not_ready")
    shows(get(callback(chat.base, mine)), "not_ready")
    refused(open_session(chat, code), 503, "store_down")


def test_while_the_model_is_loading_the_chat_says_so(chat: Client, ehr: FakeEhr) -> None:
    code, mine = launched(chat, ehr), brought(chat, ehr)
    chat.agent.ready = False
    shows(launch(chat, ehr), "not_ready")
    shows(get(callback(chat.base, mine)), "not_ready")
    refused(open_session(chat, code), 503, "loading")
    chat.agent.ready = True
    assert open_session(chat, code).status_code == 201 and get(callback(chat.base, mine)).status_code == 302


def test_the_page_of_a_problem_says_what_the_assistant_says() -> None:
    page = re.sub(r"<[^>]+>", "", (ROOT / "web" / "launch-problem.html").read_text("utf-8"))
    assert fixed_text("utter_safety").split("\n\n")[1].strip() in page
