"""A launch by a listed EHR opens the conversation of exactly one person; everything else opens a page with the safety text."""

from __future__ import annotations

import base64
import logging
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from aiohttp import web
from chat_server import Client, fake_rasa, free_port
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fake_ehr import FakeEhr, callback, signed, unsigned

from assistant.launch_problem import PROBLEMS
from assistant.responses import fixed_text
from assistant.settings import ROOT, Settings, Smart
from assistant.smart_routes import CODE_SECONDS, STATE_SECONDS

CLIENT = "spine chat"
SMART_CONFIGURATION = "/fhir/.well-known/smart-configuration"


@pytest.fixture
def ehr() -> Iterator[FakeEhr]:
    with FakeEhr() as running:
        yield running


@pytest.fixture
def smart_settings(ehr: FakeEhr, tmp_path: Path) -> Settings:
    port = free_port()
    smart = Smart((ehr.fhir,), CLIENT, f"http://127.0.0.1:{port}", loopback_http=True)
    return Settings(secret="s" * 32, var_dir=tmp_path / "var", frame_ancestors=(ehr.base,), smart=smart)


@pytest.fixture
def chat(smart_settings: Settings, tmp_path: Path) -> Iterator[Client]:
    with running(smart_settings, tmp_path) as client:
        yield client


def running(settings: Settings, folder: Path) -> Any:
    assert settings.smart is not None
    return fake_rasa(settings, folder / "conversations.db", urlsplit(settings.smart.public_url).port)


def get(address: str, **options: Any) -> requests.Response:
    return requests.get(address, allow_redirects=False, timeout=10, **options)


def launch(chat: Client, ehr: FakeEhr, **change: str) -> requests.Response:
    return get(f"{chat.base}/smart/launch", params={"iss": ehr.fhir, "launch": "launch-1", **change})


def brought(chat: Client, ehr: FakeEhr, **change: str) -> dict[str, str]:
    """What the browser brings to the callback, the person having said yes."""
    return ehr.allow(launch(chat, ehr).headers["Location"], **change)


def code_of(response: requests.Response) -> str:
    assert response.status_code == 302, response.text
    return response.headers["Location"].partition("#launch=")[2]


def launched(chat: Client, ehr: FakeEhr) -> str:
    """The one-time code at the end of a good launch."""
    return code_of(get(callback(chat.base, brought(chat, ehr))))


def open_session(chat: Client, code: str) -> requests.Response:
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


# ---- the way that ends in the chat ----


def test_a_launch_asks_the_ehr_for_a_code_and_nothing_of_the_record(chat: Client, ehr: FakeEhr) -> None:
    response = launch(chat, ehr)
    assert response.status_code == 302
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers
    address, _, query = response.headers["Location"].partition("?")
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    assert address == f"{ehr.base}/authorize"
    secrets = {name: asked.pop(name) for name in ("state", "nonce", "code_challenge")}
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{chat.base}/smart/callback",
        "scope": "launch openid fhirUser",
        "aud": ehr.fhir,
        "launch": "launch-1",
        "code_challenge_method": "S256",
    }
    assert all(re.fullmatch(r"[\w-]{43}", value) for value in secrets.values()) and len(set(secrets.values())) == 3


def test_an_authorization_address_with_a_query_keeps_it(chat: Client, ehr: FakeEhr) -> None:
    ehr.configuration["authorization_endpoint"] += "?tenant=7"
    assert launch(chat, ehr).headers["Location"].startswith(f"{ehr.base}/authorize?tenant=7&response_type=code")


def test_a_launch_ends_in_a_session_that_is_answered(chat: Client, ehr: FakeEhr) -> None:
    response = get(callback(chat.base, brought(chat, ehr)))
    page, _, code = response.headers["Location"].partition("#launch=")
    assert (response.status_code, page) == (302, f"{chat.base}/chat/frame")
    assert re.fullmatch(r"[\w-]{43}", code)
    assert response.headers["Cache-Control"] == "no-store" and response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers
    opened = open_session(chat, code)
    assert opened.status_code == 201 and set(opened.json()) == {"token", "expires_at"}
    me = Client(chat.base, opened.json()["token"])
    assert me.send("m1", "hello").json()["messages"][0]["text"] == "You said: hello"


def test_the_documents_of_the_ehr_are_kept_for_the_next_launches(chat: Client, ehr: FakeEhr) -> None:
    for _ in range(3):
        launched(chat, ehr)
    assert sorted(set(ehr.asked)) == [SMART_CONFIGURATION, "/jwks", "/token"]
    assert ehr.asked.count("/jwks") == ehr.asked.count(SMART_CONFIGURATION) == 1


@pytest.mark.parametrize(
    ("left_out", "at"), [(["jwks_uri"], ""), (["issuer"], "/fhir"), (["issuer", "jwks_uri"], "/fhir")], ids=str
)
def test_issuer_and_keys_may_stand_in_the_openid_configuration(
    chat: Client, ehr: FakeEhr, left_out: list[str], at: str
) -> None:
    for name in left_out:
        del ehr.configuration[name]
    assert launched(chat, ehr)
    assert ehr.asked[:2] == [SMART_CONFIGURATION, f"{at}/.well-known/openid-configuration"]


def test_a_public_client_names_itself_and_a_confidential_one_proves_it(
    chat: Client, ehr: FakeEhr, smart_settings: Settings, tmp_path: Path
) -> None:
    launched(chat, ehr)
    assert (ehr.forms[-1]["client_id"], ehr.authorization[-1]) == (CLIENT, None)
    assert smart_settings.smart is not None
    port = free_port()
    smart = replace(smart_settings.smart, client_secret="a+b:c", public_url=f"http://127.0.0.1:{port}")
    with running(replace(smart_settings, smart=smart), tmp_path / "second") as confidential:
        launched(confidential, ehr)
    assert "client_id" not in ehr.forms[-1]
    assert ehr.authorization[-1] == "Basic " + base64.b64encode(b"spine+chat:a%2Bb%3Ac").decode()


def test_the_session_ends_with_the_access_token_and_within_an_hour(chat: Client, ehr: FakeEhr) -> None:
    for seconds, wanted in ((900, 900), (86_400, 3600), (None, 3600)):
        ehr.answer = {"expires_in": seconds}
        token = open_session(chat, launched(chat, ehr)).json()["token"]
        assert int(token.split(".")[1]) - time.time() == pytest.approx(wanted, abs=5)


def conversation(chat: Client, ehr: FakeEhr, **answer: Any) -> str:
    ehr.answer = answer
    return str(open_session(chat, launched(chat, ehr)).json()["token"].split(".")[0])


def test_a_conversation_belongs_to_one_person_and_one_patient(chat: Client, ehr: FakeEhr) -> None:
    alone, again = conversation(chat, ehr), conversation(chat, ehr)
    one, two = conversation(chat, ehr, patient="child-1"), conversation(chat, ehr, patient="child-2")
    ehr.claims = {"sub": "kim"}
    other = conversation(chat, ehr, patient="child-1")
    assert alone == again and len({alone, one, two, other}) == 4
    assert all(re.fullmatch(r"p_[0-9a-f]{40}", name) for name in (alone, one, two, other))


def test_an_erased_conversation_begins_anew_with_the_next_launch(chat: Client, ehr: FakeEhr) -> None:
    me = Client(chat.base, open_session(chat, launched(chat, ehr)).json()["token"])
    me.send("m1", "hello")
    assert me.call("DELETE", "/chat/sessions/current").status_code == 204
    again = Client(chat.base, open_session(chat, launched(chat, ehr)).json()["token"])
    assert again.call("GET", "/chat/messages").json()["messages"] == []


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


# ---- state ----


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


def age(folder: Path, seconds: int) -> None:
    """Let so many seconds pass for every code."""
    with sqlite3.connect(folder / "conversations.db") as connection:
        connection.execute("update chat_one_time_codes set expires_at = expires_at - ?", (seconds,))


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


# ---- id_token and token endpoint ----

NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"aud": "another-app"},
        {"aud": [CLIENT, "another-app"], "azp": "another-app"},
        {"iss": "https://other.example"},
        {"iss": None},
        {"exp": NOW - 30},
        {"exp": None},
        {"iat": NOW + 3600},
        {"sub": ""},
        {"sub": 7},
        {"sub": None},
    ],
    ids=str,
)
def test_an_id_token_with_wrong_claims_is_refused(chat: Client, ehr: FakeEhr, claims: dict[str, Any]) -> None:
    ehr.claims = claims
    shows(get(callback(chat.base, brought(chat, ehr))), "not_trusted")


def test_clocks_may_differ_by_seconds(chat: Client, ehr: FakeEhr) -> None:
    ehr.claims = {"exp": int(time.time()) - 3}
    assert launched(chat, ehr)


OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    "token",
    [
        unsigned,
        lambda claims: signed(claims, key=OTHER_KEY),
        lambda claims: signed(claims, kid="unknown"),
        lambda claims: signed(claims, key=RSA_KEY, algorithm="RS256"),
        lambda claims: signed(claims, key="x" * 64, algorithm="HS256"),
        lambda claims: signed(claims) + "x",
        "no.jwt",
        7,
    ],
    ids=["alg none", "other key", "other kid", "other kind of key", "secret", "spoilt", "no jwt", "number"],
)
def test_an_id_token_that_the_ehr_did_not_sign_is_refused(chat: Client, ehr: FakeEhr, token: Any) -> None:
    ehr.token = token
    shows(get(callback(chat.base, brought(chat, ehr))), "not_trusted")


def test_without_a_name_the_only_key_is_meant(chat: Client, ehr: FakeEhr) -> None:
    ehr.token = lambda claims: signed(claims, kid=None)
    assert launched(chat, ehr)


def test_a_new_key_is_looked_up(chat: Client, ehr: FakeEhr) -> None:
    launched(chat, ehr)
    ehr.token = lambda claims: signed(claims, kid="two")
    before = ehr.asked.count("/jwks")
    shows(get(callback(chat.base, brought(chat, ehr))), "not_trusted")
    assert ehr.asked.count("/jwks") == before + 1


@pytest.mark.parametrize(
    "answer",
    [
        {"id_token": None},
        {"patient": 7},
        {"patient": ""},
        {"expires_in": "soon"},
        {"expires_in": 0},
        {"expires_in": True},
    ],
    ids=str,
)
def test_a_token_answer_that_makes_no_sense_is_refused(chat: Client, ehr: FakeEhr, answer: dict[str, Any]) -> None:
    ehr.answer = answer
    shows(get(callback(chat.base, brought(chat, ehr))), "not_trusted")


@pytest.mark.parametrize(("status", "problem"), [(302, "portal_down"), (400, "not_trusted"), (500, "portal_down")])
def test_a_token_endpoint_that_fails_is_told(chat: Client, ehr: FakeEhr, status: int, problem: str) -> None:
    mine = brought(chat, ehr)
    ehr.raw["/token"] = web.Response(status=status, headers={"Location": f"{ehr.base}/elsewhere"})
    shows(get(callback(chat.base, mine)), problem)
    assert "/elsewhere" not in ehr.asked


# ---- the code that is handed to the page ----


def refused(response: requests.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


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


# ---- what is kept and what is said ----


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


# ---- limits and outages ----


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
