"""The id_token and the rest of the token endpoint's answer: every claim is checked, and the signature."""

from __future__ import annotations

import time
from typing import Any

import pytest
from aiohttp import web
from chat_server import Client
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fake_ehr import FakeEhr, callback, signed, unsigned
from launching import CLIENT, brought, get, launched, shows

NOW = int(time.time())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)

# An attribute of FakeEhr -> what the EHR says instead of the good.
WRONG: dict[str, list[dict[str, Any]]] = {
    "claims": [
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
    "answer": [
        {"id_token": None},
        {"patient": 7},
        {"patient": ""},
        {"expires_in": "soon"},
        {"expires_in": 0},
        {"expires_in": True},
    ],
}


@pytest.mark.parametrize(
    ("part", "wrong"), [(part, wrong) for part, several in WRONG.items() for wrong in several], ids=str
)
def test_an_id_token_with_wrong_claims_and_a_token_answer_that_makes_no_sense_are_refused(
    chat: Client, ehr: FakeEhr, part: str, wrong: dict[str, Any]
) -> None:
    setattr(ehr, part, wrong)
    shows(get(callback(chat.base, brought(chat, ehr))), "not_trusted")


def test_clocks_may_differ_by_seconds(chat: Client, ehr: FakeEhr) -> None:
    ehr.claims = {"exp": int(time.time()) - 3}
    assert launched(chat, ehr)


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


@pytest.mark.parametrize(("status", "problem"), [(302, "portal_down"), (400, "not_trusted"), (500, "portal_down")])
def test_a_token_endpoint_that_fails_is_told(chat: Client, ehr: FakeEhr, status: int, problem: str) -> None:
    mine = brought(chat, ehr)
    ehr.raw["/token"] = web.Response(status=status, headers={"Location": f"{ehr.base}/elsewhere"})
    shows(get(callback(chat.base, mine)), problem)
    assert "/elsewhere" not in ehr.asked
