"""A portal's token opens the conversation of exactly one person, and every other token opens nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from chat_server import Client, fake_rasa
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from assistant.database import Database
from assistant.portal import LONGEST, Portal, PortalError, PortalTokens, conversation_id
from assistant.sessions import Sessions
from assistant.settings import Settings

ISSUER, AUDIENCE = "https://portal.example", "spine-triage"
SECRET = "a secret that both sides have, long enough"
KEY = b"k" * 32
NOW = int(time.time())
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "patient-7",
    "iat": NOW,
    "exp": NOW + 1800,
}  # the whole suite may run in between


@pytest.fixture(scope="module")
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Keys:
    """The portal's published keys, and how often they were asked for."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        keys = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                keys.asked += 1
                body = json.dumps({"keys": keys.keys}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/jwks.json"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, name: str, key: Any, algorithm: str) -> None:
        public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
        self.keys = [{**public, "kid": name, "use": "sig", "alg": algorithm}]


@pytest.fixture
def published(ec_key: ec.EllipticCurvePrivateKey) -> Iterator[Keys]:
    keys = Keys()
    keys.publish("one", ec_key, "ES256")
    yield keys
    keys.server.shutdown()
    keys.server.server_close()


@pytest.fixture
def by_secret() -> PortalTokens:
    return PortalTokens(Portal(ISSUER, AUDIENCE, secret=SECRET), KEY)


def signed(claims: dict[str, Any], key: Any = SECRET, algorithm: str = "HS256", **headers: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers or None)


def unsigned(claims: dict[str, Any]) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def test_a_good_token_opens_a_conversation_until_it_ends(by_secret: PortalTokens) -> None:
    visit = by_secret.verify(signed(CLAIMS))
    assert visit.expires_at == CLAIMS["exp"] and visit.conversation_id.startswith("p_")


def test_the_conversation_is_the_same_person_and_nobody_elses(by_secret: PortalTokens) -> None:
    mine, again = (by_secret.verify(signed({**CLAIMS, "exp": NOW + s})).conversation_id for s in (1700, 1790))
    other = by_secret.verify(signed({**CLAIMS, "sub": "patient-8"})).conversation_id
    assert mine == again != other


def test_the_conversation_id_tells_nothing_of_the_patient_and_needs_our_key(by_secret: PortalTokens) -> None:
    other_key = PortalTokens(Portal(ISSUER, AUDIENCE, secret=SECRET), b"o" * 32)
    mine = by_secret.verify(signed(CLAIMS)).conversation_id
    assert "patient" not in mine and mine != "7" and other_key.verify(signed(CLAIMS)).conversation_id != mine


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-service"},
        {"sub": ""},
        {"sub": 7},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
        {"exp": NOW + LONGEST + 100},
        {"exp": "soon"},
    ],
    ids=str,
)
def test_a_token_with_wrong_claims_is_refused(by_secret: PortalTokens, change: dict[str, Any]) -> None:
    with pytest.raises(PortalError, match="invalid"):
        by_secret.verify(signed({**CLAIMS, **change}))


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "iat", "exp"])
def test_a_token_without_a_claim_is_refused(by_secret: PortalTokens, claim: str) -> None:
    with pytest.raises(PortalError, match="invalid"):
        by_secret.verify(signed({name: value for name, value in CLAIMS.items() if name != claim}))


def test_an_ended_token_is_refused_as_ended_but_for_the_skew_of_clocks(by_secret: PortalTokens) -> None:
    with pytest.raises(PortalError, match="expired"):
        by_secret.verify(signed({**CLAIMS, "iat": NOW - 100, "exp": NOW - 30}))
    by_secret.verify(signed({**CLAIMS, "exp": int(time.time()) - 3}))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a" * 9000, "\u00e9.\u00e9.\u00e9"])
def test_what_is_no_token_is_refused(by_secret: PortalTokens, token: str) -> None:
    with pytest.raises(PortalError, match="invalid"):
        by_secret.verify(token)


def test_an_unsigned_token_and_one_signed_with_another_secret_are_refused(by_secret: PortalTokens) -> None:
    for token in (unsigned(CLAIMS), signed(CLAIMS, "another secret of at least 32 bytes!!")):
        with pytest.raises(PortalError, match="invalid"):
            by_secret.verify(token)


def test_published_keys_verify_es256_and_rs256_and_a_new_one_is_looked_up(
    published: Keys, ec_key: ec.EllipticCurvePrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.portal.COOLDOWN", 0)
    tokens = PortalTokens(Portal(ISSUER, AUDIENCE, jwks_url=published.url), KEY)
    assert tokens.verify(signed(CLAIMS, ec_key, "ES256", kid="one"))
    rsa_key = rsa.generate_private_key(65537, 2048)
    published.publish("two", rsa_key, "RS256")
    assert tokens.verify(signed(CLAIMS, rsa_key, "RS256", kid="two"))


def test_published_keys_are_kept(published: Keys, ec_key: ec.EllipticCurvePrivateKey) -> None:
    tokens = PortalTokens(Portal(ISSUER, AUDIENCE, jwks_url=published.url), KEY)
    for _ in range(5):
        tokens.verify(signed(CLAIMS, ec_key, "ES256", kid="one"))
    assert published.asked == 1


def test_a_public_key_is_no_secret(published: Keys, ec_key: ec.EllipticCurvePrivateKey) -> None:
    """The classic confusion: signing with HS256 and the public key as the secret."""
    tokens = PortalTokens(Portal(ISSUER, AUDIENCE, jwks_url=published.url), KEY)
    head, body, _ = signed(CLAIMS, "x" * 40, "HS256", kid="one").split(".")
    signature = hmac.new(json.dumps(published.keys[0]).encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    confused = f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    for token in (confused, unsigned(CLAIMS)):
        with pytest.raises(PortalError, match="invalid"):
            tokens.verify(token)


def test_keys_that_cannot_be_read_are_no_reason_to_believe() -> None:
    with pytest.raises(PortalError, match="unavailable"):
        PortalTokens(Portal(ISSUER, AUDIENCE, jwks_url="http://127.0.0.1:9/keys"), KEY).verify(
            signed(CLAIMS, kid="one")
        )


def test_a_session_of_a_portal_opens_its_conversation_and_cannot_be_forged(by_secret: PortalTokens) -> None:
    sessions = Sessions(KEY, lifetime=3600)
    visit = by_secret.verify(signed(CLAIMS))
    session = sessions.issue_for(visit)
    assert sessions.read(f"Bearer {session.token}").conversation_id == visit.conversation_id
    assert session.expires_at == visit.expires_at
    forged = session.token.replace(visit.conversation_id, "p_" + "0" * 40)
    with pytest.raises(Exception, match="invalid"):
        sessions.read(f"Bearer {forged}")


def test_an_erased_conversation_begins_anew_but_not_without_its_database(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_portal = replace(settings, portal=Portal(ISSUER, AUDIENCE, secret=SECRET))
    with fake_rasa(with_portal, tmp_path / "conversations.db") as chat:

        def enter() -> requests.Response:
            return requests.post(f"{chat.base}/chat/sessions", json={"portal_token": signed(CLAIMS)}, timeout=10)

        me = Client(chat.base, enter().json()["token"])
        me.send("m1", "hello")
        assert me.call("DELETE", "/chat/sessions/current").status_code == 204
        database: Database = chat.agent.tracker_store._tracker_store.database
        monkeypatch.setattr(database, "_resting_until", float("inf"))
        refused = enter()
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_down")
        assert refused.headers["Retry-After"] == "5"
        monkeypatch.setattr(database, "_resting_until", float("-inf"))
        again = Client(chat.base, enter().json()["token"])
        assert again.call("GET", "/chat/messages").json()["messages"] == []


def test_a_portals_name_and_an_ehrs_never_mean_the_same_conversation() -> None:
    named = [("i", "s"), ("i", "1:sp"), ("smart", "i", "s", ""), ("smart", "i", "s", "p"), ("smart", "i", "sp", "")]
    assert len({conversation_id(KEY, *whose) for whose in named}) == len(named)
