"""The demo portal: its own origin, a page with the chat in a frame, one with the launcher, and signed tokens.

`make portal` starts it beside the assistant. A patient is whoever the page's list says; a real portal knows by its login.
"""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

FOLDER: Final = Path(__file__).resolve().parent
AUDIENCE: Final = "spine-triage"
KEY_ID: Final = "demo-1"
PATIENTS: Final = ("alex", "kim")
TYPES: Final = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
FILES: Final = {"/": "portal.html", "/portal.js": "portal.js", "/hospital": "hospital.html"}


class DemoPortal(ThreadingHTTPServer):
    """Listens on loopback. `issuer` is its own address by the name `localhost`, so its origin is not the chat's."""

    daemon_threads = True

    def __init__(self, chat: str, port: int = 0, *, token_seconds: int = 120) -> None:
        """`chat` is the chat's origin, such as http://127.0.0.1:5005; with port 0 a free one is taken."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.chat = chat
        self.token_seconds = token_seconds
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def issuer(self) -> str:
        """Its origin."""
        return f"http://localhost:{self.server_address[1]}"

    @property
    def jwks_url(self) -> str:
        """Where its public key is."""
        return f"http://127.0.0.1:{self.server_address[1]}/jwks.json"

    def settings(self) -> dict[str, str]:
        """What the assistant's environment must hold to accept this portal."""
        return {
            "SPINE_TRIAGE_FRAME_ANCESTORS": self.issuer,
            "SPINE_TRIAGE_PORTAL_ISSUER": self.issuer,
            "SPINE_TRIAGE_PORTAL_AUDIENCE": AUDIENCE,
            "SPINE_TRIAGE_PORTAL_JWKS_URL": self.jwks_url,
        }

    def token(self, patient: str) -> str:
        """A token for this patient, valid for `token_seconds`."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": patient, "iat": now, "exp": now + self.token_seconds}
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": KEY_ID})

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        public = jwt.get_algorithm_by_name("ES256").to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "ES256"}]}


class _Handler(BaseHTTPRequestHandler):
    server: DemoPortal

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/jwks.json":
            self._send(json.dumps(self.server.jwks()).encode(), "application/json")
        elif path in FILES:
            file = FOLDER / FILES[path]
            text = file.read_text("utf-8").replace("{{chat}}", self.server.chat)
            self._send(text.encode(), TYPES[file.suffix])
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        """/token?patient=NAME. A real portal takes the patient from its own session, never from the request."""
        address = urlsplit(self.path)
        patient = parse_qs(address.query).get("patient", [""])[0]
        if address.path != "/token" or patient not in PATIENTS or self.headers.get("Origin") != self.server.issuer:
            self.send_error(403)
            return
        self._send(json.dumps({"token": self.server.token(patient)}).encode(), "application/json")

    def _send(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        policy = f"default-src 'none'; script-src 'self' {self.server.chat}; frame-src {self.server.chat}; connect-src 'self'"
        self.send_header("Content-Security-Policy", f"{policy}; style-src 'self'; img-src data:")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: an address could hold a patient's name."""
