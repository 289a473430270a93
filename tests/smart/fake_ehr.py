"""An EHR that says what the test wants, and counts what it is asked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from processes.service import free_port

KEY = ec.generate_private_key(ec.SECP256R1())


class FakeEhr:
    """An EHR on loopback with SMART's three documents and a token endpoint that checks PKCE.

    The test may change `configuration`, `claims` (put over the good ones; None takes one away), `token` (a whole
    id_token instead), `answer` (put over the token endpoint's), `raw` (path -> the whole response) and `slow` (path -> seconds).
    """

    def __init__(self) -> None:
        self.base = f"http://127.0.0.1:{free_port()}"
        self.fhir = f"{self.base}/fhir"
        self.asked: list[str] = []  # paths, in order
        self.forms: list[dict[str, str]] = []  # at the token endpoint
        self.authorization: list[str | None] = []  # at the token endpoint
        self.configuration: dict[str, Any] = {
            "issuer": self.base,
            "jwks_uri": f"{self.base}/jwks",
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "code_challenge_methods_supported": ["S256"],
        }
        self.openid: dict[str, Any] = {"issuer": self.base, "jwks_uri": f"{self.base}/jwks"}
        self.claims: dict[str, Any] = {}
        self.token: Any = None
        self.answer: dict[str, Any] = {}
        self.raw: dict[str, web.Response] = {}
        self.slow: dict[str, float] = {}
        self._codes: dict[str, dict[str, str]] = {}  # code -> what the authorization was asked for with
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> FakeEhr:
        self._thread.start()
        assert self._started.wait(10), "the fake EHR did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def allow(self, address: str, **change: str) -> dict[str, str]:
        """What the browser brings to the callback after the person said yes at this authorization address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], **change}

    def good_claims(self, asked: dict[str, str]) -> dict[str, Any]:
        """What an honest EHR says."""
        now = int(time.time())
        nonce, audience = asked["nonce"], asked["client_id"]
        return {"iss": self.base, "aud": audience, "sub": "alex", "nonce": nonce, "iat": now, "exp": now + 300}

    async def _respond(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        await asyncio.sleep(self.slow.get(request.path, 0))
        if request.path in self.raw:
            made = self.raw[request.path]
            return web.Response(status=made.status, body=made.body, headers=made.headers)
        if request.path == "/fhir/.well-known/smart-configuration":
            return web.json_response(self.configuration)
        if request.path.endswith("/.well-known/openid-configuration"):
            return web.json_response(self.openid)
        if request.path == "/jwks":
            public = jwt.get_algorithm_by_name("ES256").to_jwk(KEY.public_key(), as_dict=True)
            return web.json_response({"keys": [{**public, "kid": "one", "use": "sig", "alg": "ES256"}]})
        if request.path == "/token" and request.method == "POST":
            return await self._token(request)
        return web.Response(status=404)

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        self.authorization.append(request.headers.get("Authorization"))
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {
            name: value for name, value in {**self.good_claims(asked), **self.claims}.items() if value is not None
        }
        token = self.token(claims) if callable(self.token) else self.token or signed(claims)
        answer = {"access_token": "at-secret", "token_type": "Bearer", "expires_in": 900, "id_token": token}
        return web.json_response({name: v for name, v in {**answer, **self.answer}.items() if v is not None})

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._respond)
        runner = web.AppRunner(app)
        self._loop.run_until_complete(runner.setup())
        port = urlsplit(self.base).port
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())


def signed(claims: dict[str, Any], *, key: Any = KEY, algorithm: str = "ES256", kid: str | None = "one") -> str:
    """An id_token."""
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def callback(chat: str, brought: dict[str, str]) -> str:
    """The callback's address with what the browser brings."""
    return f"{chat}/smart/callback?{urlencode(brought)}"


def unsigned(claims: dict[str, Any]) -> str:
    """A token with `alg: none`."""

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."
