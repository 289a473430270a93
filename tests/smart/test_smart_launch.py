"""A launch by a listed EHR opens the conversation of exactly one person."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from chat_server import Client
from fake_ehr import FakeEhr, callback
from launching import CLIENT, SMART_CONFIGURATION, brought, get, launch, launched, open_session, running

from assistant.settings import Settings
from processes.service import free_port


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
