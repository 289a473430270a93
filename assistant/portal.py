"""Who a patient portal says is chatting: a short-lived JWT becomes a conversation id, and nothing else of it is kept."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt
from jwt import PyJWKClient

CLOCK_SKEW: Final = 10  # seconds
LONGEST: Final = 3600  # seconds that a portal's token may be valid for
KEYS_KEPT: Final = 300  # seconds that fetched keys are believed
COOLDOWN = 5  # seconds between two look-ups for unknown key ids, so that nobody can make us ask without end
FETCH_SECONDS: Final = 3
_REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub"]
_LONGEST_TOKEN: Final = 8192


class PortalError(Exception):
    """A portal token that opens nothing. `code` is "invalid", "expired" or "unavailable"; the token is in no message."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Portal:
    """What the operator knows of the portal: one of `jwks_url` (RS256, ES256) and `secret` (HS256, for small sites)."""

    issuer: str
    audience: str
    jwks_url: str | None = None
    secret: str | None = None


@dataclass(frozen=True)
class PortalVisit:
    """A verified visit: the conversation it belongs to, and until when, in seconds since 1970."""

    conversation_id: str
    expires_at: int


class PortalTokens:
    """Verifies tokens of one portal. Safe to use from several threads; may wait for the portal's keys."""

    def __init__(self, portal: Portal, key: bytes) -> None:
        """`key` is the server's own: the conversation id is an HMAC with it, never a number from the portal."""
        self._portal = portal
        self._key = key
        self._keys = (
            PyJWKClient(
                portal.jwks_url,
                cache_jwk_set=True,
                lifespan=KEYS_KEPT,
                timeout=FETCH_SECONDS,
                cooldown_duration=COOLDOWN,
            )
            if portal.jwks_url
            else None
        )
        self._algorithms: Sequence[str] = ("RS256", "ES256") if self._keys else ("HS256",)

    def verify(self, token: str) -> PortalVisit:
        """Check signature, issuer, audience, times and claims. Raises PortalError."""
        if len(token) > _LONGEST_TOKEN:
            raise PortalError("invalid")
        try:
            claims = jwt.decode(
                token,
                self._verification_key(token),
                algorithms=list(self._algorithms),
                issuer=self._portal.issuer,
                audience=self._portal.audience,
                leeway=CLOCK_SKEW,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise PortalError("expired") from None
        except jwt.PyJWKClientConnectionError:
            raise PortalError("unavailable") from None
        except (jwt.PyJWTError, ValueError):
            raise PortalError("invalid") from None
        subject, expires_at = claims["sub"], claims["exp"]
        if not isinstance(subject, str) or not subject or expires_at - claims["iat"] > LONGEST:
            raise PortalError("invalid")
        return PortalVisit(conversation_id(self._key, claims["iss"], subject), int(expires_at))

    def _verification_key(self, token: str) -> Any:
        if self._keys is None:
            return self._portal.secret
        return self._keys.get_signing_key_from_jwt(token).key


def conversation_id(key: bytes, *whose: str) -> str:
    """The one conversation of somebody: an HMAC of issuer and subject, each but the last with its length before it."""
    *named, last = whose
    whom = "".join(f"{len(part)}:{part}" for part in named) + last
    return "p_" + hmac.new(key, whom.encode(), hashlib.sha256).hexdigest()[:40]
