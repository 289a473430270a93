"""Anonymous sessions: a signed token names a conversation that nobody can guess or derive from stored data."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from assistant.portal import PortalVisit
from assistant.settings import MIN_SECRET_BYTES, Settings, SettingsError

# A secret, or the id of a portal's conversation; the expiry; the signature over both.
_TOKEN = re.compile(r"([A-Za-z0-9_-]{43}|p_[0-9a-f]{40})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")

ANONYMOUS_LENGTH = 43  # of a secret; a portal's conversation id has 42 characters


class TokenError(Exception):
    """A token that opens nothing. `code` is "missing", "invalid" or "expired"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Session:
    """A verified session. `expires_at` in seconds since 1970; `token` only goes to its owner, never into a log."""

    token: str
    conversation_id: str
    expires_at: int


class Sessions:
    """Issues and checks tokens without storing any of them.

    A token is `<secret>.<expiry>.<HMAC-SHA256 of both>`. The conversation id is a hash of the secret, so whoever
    reads the tracker store still cannot speak in, or read, a conversation through the server.
    """

    def __init__(self, key: bytes, *, lifetime: int, now: Callable[[], float] = time.time) -> None:
        if len(key) < MIN_SECRET_BYTES:
            raise SettingsError(f"the session key must be at least {MIN_SECRET_BYTES} bytes")
        self._key = key
        self._lifetime = lifetime
        self._now = now

    def issue(self) -> Session:
        """A new session with a fresh 256-bit secret."""
        secret = secrets.token_urlsafe(32)
        expires_at = int(self._now()) + self._lifetime
        return self._session(secret, expires_at)

    def issue_for(self, visit: PortalVisit) -> Session:
        """A session in the conversation of somebody whom a portal vouches for, as long as it does."""
        expires_at = min(visit.expires_at, int(self._now()) + self._lifetime)
        return self._session(visit.conversation_id, expires_at)

    def read(self, authorization: str | None) -> Session:
        """The session behind an Authorization header. Raises TokenError."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenError("missing")
        match = _TOKEN.fullmatch(token.strip())
        if match is None:
            raise TokenError("invalid")
        secret, expires_at, signature = match[1], int(match[2]), match[3]
        if not hmac.compare_digest(signature, self._sign(secret, expires_at)):
            raise TokenError("invalid")
        if expires_at <= self._now():
            raise TokenError("expired")
        return self._session(secret, expires_at)

    def _session(self, secret: str, expires_at: int) -> Session:
        token = f"{secret}.{expires_at}.{self._sign(secret, expires_at)}"
        is_portal = len(secret) != ANONYMOUS_LENGTH
        conversation_id = secret if is_portal else "a_" + hashlib.sha256(secret.encode()).hexdigest()[:40]
        return Session(token=token, conversation_id=conversation_id, expires_at=expires_at)

    def _sign(self, secret: str, expires_at: int) -> str:
        digest = hmac.new(self._key, f"{secret}.{expires_at}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def server_key(settings: Settings) -> bytes:
    """The key that signs tokens: from the environment, else made once and kept in var/secret.key (development).

    Raises SettingsError in production without the variable, and when others may read the key file.
    """
    if settings.secret is not None:
        return settings.secret.encode()
    if settings.production:
        raise SettingsError("production needs its session key from the environment")
    path = settings.var_dir / "secret.key"
    try:
        return _read_key(path)
    except FileNotFoundError:
        return _create_key(path)


def _create_key(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and linked into place: a second server that starts now sees the whole key or none.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_urlsafe(48).encode())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read_key(path)


def _read_key(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path.name} can be read by other users; run: chmod 600 on it, or delete it")
    key = path.read_bytes()
    if len(key) < MIN_SECRET_BYTES:
        raise SettingsError(f"{path.name} is damaged; delete it and a new one is made")
    return key
