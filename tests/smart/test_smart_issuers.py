"""Which EHR may launch, and what its documents may say; everything else opens a page with the safety text."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from chat_server import Client, fake_rasa
from fake_ehr import FakeEhr
from launching import SMART_CONFIGURATION, get, launch, open_session, running, shows

from assistant.settings import Settings

# ---- who may launch ----


@pytest.mark.parametrize(
    "other", ["{base}", "{fhir}//", "{fhir}/x", "{fhir}?", "{fhir}@evil.example", "http://[", "\u0000"]
)
def test_an_ehr_that_is_not_listed_is_asked_nothing(chat: Client, ehr: FakeEhr, other: str) -> None:
    response = launch(chat, ehr, iss=other.format(base=ehr.base, fhir=ehr.fhir))
    shows(response, "unlisted")
    assert ehr.asked == []


def test_a_listed_address_may_end_in_a_slash(chat: Client, ehr: FakeEhr) -> None:
    asked = parse_qs(urlsplit(launch(chat, ehr, iss=f"{ehr.fhir}/").headers["Location"]).query)
    assert asked["aud"] == [f"{ehr.fhir}/"] and ehr.asked == [SMART_CONFIGURATION]


@pytest.mark.parametrize("change", [{"iss": ""}, {"launch": ""}, {"launch": "x" * 5000}], ids=["iss", "launch", "long"])
def test_a_link_that_is_not_whole_is_refused(chat: Client, ehr: FakeEhr, change: dict[str, str]) -> None:
    shows(launch(chat, ehr, **change), "bad_link")
    assert ehr.asked == []


def test_without_listed_ehrs_there_is_no_launch(tmp_path: Path) -> None:
    with fake_rasa(Settings(secret="s" * 32, var_dir=tmp_path), tmp_path / "conversations.db") as plain:
        for path in ("/smart/launch?iss=x&launch=y", "/smart/callback?code=x&state=y"):
            response = get(f"{plain.base}{path}")
            assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
        assert open_session(plain, "x" * 43).json()["error"]["code"] == "launch_refused"


# ---- what the EHR's documents may say ----


def test_a_redirect_of_the_configuration_is_not_followed(chat: Client, ehr: FakeEhr) -> None:
    ehr.raw[SMART_CONFIGURATION] = web.Response(status=302, headers={"Location": f"{ehr.base}/elsewhere"})
    shows(launch(chat, ehr), "portal_down")
    assert ehr.asked == [SMART_CONFIGURATION]


@pytest.mark.parametrize(
    "body",
    [b'{"a": "' + b"x" * 70_000 + b'"}', b"<html>", b"[]", b"[" * 60_000, b"\xff"],
    ids=["large", "html", "list", "deep", "bytes"],
)
def test_a_configuration_that_cannot_be_read_is_an_ehr_that_is_down(chat: Client, ehr: FakeEhr, body: bytes) -> None:
    ehr.raw[SMART_CONFIGURATION] = web.Response(body=body)
    shows(launch(chat, ehr), "portal_down")


def test_an_ehr_that_is_down_is_left_alone_for_a_while(chat: Client, ehr: FakeEhr) -> None:
    ehr.raw[SMART_CONFIGURATION] = web.Response(status=500)
    for _ in range(5):
        shows(launch(chat, ehr), "portal_down")
    assert ehr.asked == [SMART_CONFIGURATION]


def test_an_ehr_that_does_not_answer_is_not_waited_for(
    chat: Client, ehr: FakeEhr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.smart_ehr.FETCH_SECONDS", 0.3)
    ehr.slow[SMART_CONFIGURATION] = 5
    started = time.monotonic()
    shows(launch(chat, ehr), "portal_down")
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": "S256"},
        {"code_challenge_methods_supported": None},
        {"authorization_endpoint": None},
        {"token_endpoint": 7},
        {"token_endpoint": "http://ehr.example/token"},
        {"token_endpoint": "http://127.0.0.1.evil.example/token"},
        {"token_endpoint": "https://user@127.0.0.1/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://ehr.example/a\r\nSet-Cookie: a=b"},
        {"jwks_uri": "file:///etc/hosts"},
        {"issuer": ""},
    ],
    ids=str,
)
def test_a_configuration_that_is_not_safe_is_refused(chat: Client, ehr: FakeEhr, change: dict[str, Any]) -> None:
    ehr.configuration.update(change)
    shows(launch(chat, ehr), "not_trusted")


def test_an_openid_configuration_of_somebody_else_is_refused(chat: Client, ehr: FakeEhr) -> None:
    del ehr.configuration["jwks_uri"]
    ehr.openid["issuer"] = "https://other.example"
    shows(launch(chat, ehr), "not_trusted")


def test_in_production_an_address_without_tls_is_refused(
    smart_settings: Settings, ehr: FakeEhr, tmp_path: Path
) -> None:
    assert smart_settings.smart is not None
    strict = replace(smart_settings, smart=replace(smart_settings.smart, loopback_http=False))
    with running(strict, tmp_path) as chat:
        shows(launch(chat, ehr), "not_trusted")
