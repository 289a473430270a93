"""What an operator can set for the server, read once from the environment (docs: one line a variable, below)."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from assistant.portal import Portal

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET_BYTES = 32

ENV = "SPINE_TRIAGE_ENV"  # "production" or "development" (default)
SECRET = "SPINE_TRIAGE_SECRET"  # signs session tokens; at least 32 bytes; needed in production
DATABASE_URL = "SPINE_TRIAGE_DATABASE_URL"  # overrides the tracker store of endpoints.yml
DATA_KEYS = "SPINE_TRIAGE_DATA_KEYS"  # seal what is stored: Fernet keys, the newest first; needed in production
KEEP_DAYS = "SPINE_TRIAGE_KEEP_DAYS"  # days after its last message that a conversation is deleted, default 30
REDIS_URL = "SPINE_TRIAGE_REDIS_URL"  # keeps the turns of a conversation in order over several servers
SESSION_HOURS = "SPINE_TRIAGE_SESSION_HOURS"  # lifetime of a conversation's token, default 12
TURN_SECONDS = "SPINE_TRIAGE_TURN_SECONDS"  # longest wait for Rasa before the safety text, default 2.5
PROXIES_COUNT = "SPINE_TRIAGE_PROXIES_COUNT"  # proxies in front that set X-Forwarded-For, default 0
METRICS_PORT = "SPINE_TRIAGE_METRICS_PORT"  # counts and times for Prometheus; 0 (default): none
METRICS_HOST = "SPINE_TRIAGE_METRICS_HOST"  # the address they are read at, 127.0.0.1 (default): on this machine only
AUDIT_DIR = "SPINE_TRIAGE_AUDIT_DIR"  # where emergency decisions are noted, default var/audit
FRAME_ANCESTORS = "SPINE_TRIAGE_FRAME_ANCESTORS"  # origins that may show the page in a frame, space separated

PORTAL_ISSUER = "SPINE_TRIAGE_PORTAL_ISSUER"  # `iss` of the patient portal's tokens; without it there is no portal
PORTAL_AUDIENCE = "SPINE_TRIAGE_PORTAL_AUDIENCE"  # `aud` that they must carry, default "spine-triage"
PORTAL_JWKS_URL = "SPINE_TRIAGE_PORTAL_JWKS_URL"  # where the portal publishes its keys (RS256, ES256)
PORTAL_SECRET = "SPINE_TRIAGE_PORTAL_SECRET"  # or: a secret shared with it (HS256), at least 32 bytes

PUBLIC_URL = "SPINE_TRIAGE_PUBLIC_URL"  # the chat's own origin as browsers see it; needed for SMART
SMART_ISSUERS = "SPINE_TRIAGE_SMART_ISSUERS"  # FHIR addresses of the EHRs that may launch the chat, space separated
SMART_CLIENT_ID = "SPINE_TRIAGE_SMART_CLIENT_ID"  # the name the chat is registered under there
SMART_CLIENT_SECRET = "SPINE_TRIAGE_SMART_CLIENT_SECRET"  # only of a confidential client

LONGEST_SESSION_HOURS = 168

_DATA_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_REDIS = re.compile(r"rediss?://\S+")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_PUBLIC = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?")
#: Of another service that the server asks: TLS, except on this machine.
SERVICE_ADDRESS = re.compile(r"(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?(/[!-~]*)?")
_KEYS_URL = re.compile(r"(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?/\S*")


class SettingsError(ValueError):
    """A setting is missing or makes no sense; the message says which one and what to do, never its value."""


@dataclass(frozen=True)
class Smart:
    """What the operator knows of the SMART launch. No address ends in a slash.

    `loopback_http`: whether an EHR on this machine may do without TLS, in development.
    """

    issuers: tuple[str, ...]
    client_id: str
    public_url: str
    client_secret: str | None = None
    loopback_http: bool = False


@dataclass(frozen=True)
class Settings:
    """Every limit and place the HTTP side uses. Sizes in bytes unless named otherwise, times in seconds."""

    production: bool = False
    secret: str | None = None
    session_seconds: int = 12 * 3600
    keep_days: float = 30
    redis_url: str | None = None
    turn_seconds: float = 2.5
    proxies_count: int = 0
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    frame_ancestors: tuple[str, ...] = ()
    portal: Portal | None = None
    smart: Smart | None = None
    var_dir: Path = ROOT / "var"
    web_dir: Path = ROOT / "web"
    audit_dir: Path | None = None  # var_dir/audit when not set
    body_limit: int = 16_000
    #: A body over the limit is refused, yet this much of it is still searched for red flags.
    salvage_limit: int = 64_000
    body_seconds: float = 10.0
    messages_per_minute: int = 40
    sessions_per_minute: int = 60

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings. Raises SettingsError rather than start with a guess."""
        env = os.environ if env is None else env
        mode = env.get(ENV, "development")
        if mode not in ("development", "production"):
            raise SettingsError(f"{ENV} must be 'development' or 'production'")
        secret = env.get(SECRET) or None
        if mode == "production" and secret is None:
            raise SettingsError(f"{SECRET} must be set in production, or sessions end with every restart")
        if secret is not None and len(secret.encode()) < MIN_SECRET_BYTES:
            raise SettingsError(f"{SECRET} must be at least {MIN_SECRET_BYTES} bytes")
        check_data_keys(env, needed=mode == "production")
        redis = env.get(REDIS_URL) or None
        if redis is not None and not _REDIS.fullmatch(redis):
            raise SettingsError(f"{REDIS_URL} must be an address such as redis://127.0.0.1:6379/0")
        return cls(
            production=mode == "production",
            secret=secret,
            session_seconds=int(_number(env, SESSION_HOURS, 12, low=0.01, high=LONGEST_SESSION_HOURS) * 3600),
            redis_url=redis,
            keep_days=_number(env, KEEP_DAYS, 30, low=1, high=3650),
            turn_seconds=_number(env, TURN_SECONDS, 2.5, low=0.1, high=15),
            proxies_count=int(_number(env, PROXIES_COUNT, 0, low=0, high=5)),
            metrics_port=int(_number(env, METRICS_PORT, 0, low=0, high=65535)),
            metrics_host=_address(env.get(METRICS_HOST) or "127.0.0.1"),
            audit_dir=Path(env[AUDIT_DIR]) if env.get(AUDIT_DIR) else None,
            frame_ancestors=_origins(env.get(FRAME_ANCESTORS, "")),
            portal=_portal(env),
            smart=_smart(env, loopback_http=mode == "development"),
        )


def _number(env: Mapping[str, str], name: str, default: float, *, low: float, high: float) -> float:
    try:
        value = float(env.get(name) or default)
    except ValueError:
        raise SettingsError(f"{name} must be a number") from None
    if not low <= value <= high:
        raise SettingsError(f"{name} must be between {low} and {high}")
    return value


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise SettingsError(f"{METRICS_HOST} must be an address of this machine such as 127.0.0.1") from None


def check_data_keys(env: Mapping[str, str], *, needed: bool) -> None:
    """Raises SettingsError when a data key is none, or when there is none and one is needed."""
    keys = env.get(DATA_KEYS, "").split()
    if needed and not keys:
        raise SettingsError(f"{DATA_KEYS} must be set, or what people say lies in clear text on the disk")
    if not all(_DATA_KEY.fullmatch(key) for key in keys):
        raise SettingsError(f"{DATA_KEYS} must list keys of 32 bytes in URL-safe base64, the newest first")


def _portal(env: Mapping[str, str]) -> Portal | None:
    issuer, url, secret = (env.get(name) or None for name in (PORTAL_ISSUER, PORTAL_JWKS_URL, PORTAL_SECRET))
    if issuer is None:
        if url or secret:
            raise SettingsError(f"{PORTAL_ISSUER} is missing: without it no portal is known")
        return None
    if (url is None) == (secret is None):
        raise SettingsError(f"a portal needs one of {PORTAL_JWKS_URL} and {PORTAL_SECRET}")
    if url is not None and not _KEYS_URL.fullmatch(url):
        raise SettingsError(f"{PORTAL_JWKS_URL} must be an https address (http on this machine only)")
    if secret is not None and len(secret.encode()) < MIN_SECRET_BYTES:
        raise SettingsError(f"{PORTAL_SECRET} must be at least {MIN_SECRET_BYTES} bytes")
    return Portal(issuer, env.get(PORTAL_AUDIENCE) or "spine-triage", url, secret)


def _smart(env: Mapping[str, str], *, loopback_http: bool) -> Smart | None:
    issuers = tuple(issuer.removesuffix("/") for issuer in env.get(SMART_ISSUERS, "").split())
    client_id, client_secret = env.get(SMART_CLIENT_ID) or None, env.get(SMART_CLIENT_SECRET) or None
    public_url = (env.get(PUBLIC_URL) or "").removesuffix("/")
    if public_url:
        _check_address(
            PUBLIC_URL, public_url, _PUBLIC, "the chat's origin, such as https://chat.example", loopback_http
        )
    if not issuers:
        if client_id or client_secret:
            raise SettingsError(f"{SMART_ISSUERS} is missing: without it no EHR may launch the chat")
        return None
    for issuer in issuers:
        _check_address(
            SMART_ISSUERS, issuer, SERVICE_ADDRESS, "FHIR addresses such as https://ehr.example/fhir", loopback_http
        )
    if client_id is None or not public_url:
        raise SettingsError(f"{SMART_ISSUERS} needs {SMART_CLIENT_ID} and {PUBLIC_URL} as well")
    return Smart(issuers, client_id, public_url, client_secret, loopback_http)


def _check_address(name: str, value: str, form: re.Pattern[str], wanted: str, loopback_http: bool) -> None:
    if not form.fullmatch(value) or any(mark in value for mark in "?#"):
        raise SettingsError(f"{name} must be {wanted}")
    if value.startswith("http://") and not loopback_http:
        raise SettingsError(f"{name} must begin with https:// in production")


def _origins(listed: str) -> tuple[str, ...]:
    origins = tuple(listed.split())
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        # A stray ";" would add a directive of its own to the security policy.
        raise SettingsError(f"{FRAME_ANCESTORS} must list origins such as https://portal.example")
    return origins
