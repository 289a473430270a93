"""What a listed EHR says of itself: its addresses and its keys, asked for with bounds and believed for five minutes."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Final, Generic, TypeVar
from urllib.parse import urlsplit

import aiohttp
import jwt

from assistant.launch_problem import LaunchProblem
from assistant.settings import SERVICE_ADDRESS, Smart

logger = logging.getLogger(__name__)

BELIEVED_SECONDS: Final = 300
REST_SECONDS: Final = 5  # after a failure, so that launches without end are not questions to the EHR without end
FETCH_SECONDS: Final = 3
LARGEST: Final = 64_000  # bytes of any answer

Found = TypeVar("Found")


@dataclass(frozen=True)
class Ehr:
    """The addresses of one EHR's authorization server; `issuer` is the `iss` of its tokens."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Ehrs:
    """The EHRs of the allow-list. Nothing is ever asked of another host than they and their own documents name."""

    def __init__(self, smart: Smart, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._smart = smart
        self._ehrs = _Believed[Ehr](clock)
        self._keys = _Believed[jwt.PyJWKSet](clock)

    def listed(self, iss: str) -> str:
        """The listed FHIR address that `iss` is, with or without a last slash. Raises LaunchProblem("unlisted")."""
        base = iss.removesuffix("/")
        if base not in self._smart.issuers:
            raise LaunchProblem("unlisted")
        return base

    async def find(self, base: str) -> Ehr:
        """The EHR at a listed FHIR address. Raises LaunchProblem."""
        self.listed(base)
        self._ehrs.check(base)
        try:
            return self._ehrs.get(base) or self._ehrs.keep(base, await self._read(base))
        except LaunchProblem as problem:
            self._ehrs.fail(base, problem)
            raise

    async def key(self, ehr: Ehr, key_id: str | None) -> jwt.PyJWK:
        """The EHR's signing key of that name; a name not seen before is looked up. Raises LaunchProblem."""
        kept = self._keys.get(ehr.jwks_uri)
        found = _signing_keys(kept, key_id) if kept is not None else []
        if not found:
            document = await fetch_json(ehr.jwks_uri)
            try:
                fresh = jwt.PyJWKSet.from_dict(document)
            except jwt.PyJWTError:
                raise LaunchProblem("not_trusted") from None
            found = _signing_keys(self._keys.keep(ehr.jwks_uri, fresh), key_id)
        if len(found) != 1:
            raise LaunchProblem("not_trusted")
        return found[0]

    async def _read(self, base: str) -> Ehr:
        told = await fetch_json(f"{base}/.well-known/smart-configuration")
        methods = told.get("code_challenge_methods_supported")
        if not isinstance(methods, list) or "S256" not in methods:
            raise LaunchProblem("not_trusted")
        authorization_endpoint = self._address(told, "authorization_endpoint")
        token_endpoint = self._address(told, "token_endpoint")
        if "issuer" not in told or "jwks_uri" not in told:
            issuer = self._address(told, "issuer") if "issuer" in told else base
            more = await fetch_json(f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
            if more.get("issuer") != told.get("issuer", more.get("issuer")):
                raise LaunchProblem("not_trusted")  # says it speaks for somebody else
            told = {**more, **told}
        return Ehr(
            self._address(told, "issuer"), authorization_endpoint, token_endpoint, self._address(told, "jwks_uri")
        )

    def _address(self, document: Mapping[str, Any], name: str) -> str:
        value = document.get(name)
        if not isinstance(value, str) or not SERVICE_ADDRESS.fullmatch(value):
            raise LaunchProblem("not_trusted")
        if value.startswith("http://") and not self._smart.loopback_http:
            raise LaunchProblem("not_trusted")
        return value


class _Believed(Generic[Found]):
    """What was found a short while ago, and what could not be."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: dict[str, tuple[Found, float]] = {}
        self._failed: dict[str, tuple[LaunchProblem, float]] = {}

    def get(self, name: str) -> Found | None:
        found, until = self._found.get(name, (None, 0.0))
        return found if self._clock() < until else None

    def keep(self, name: str, found: Found) -> Found:
        self._found[name] = (found, self._clock() + BELIEVED_SECONDS)
        return found

    def fail(self, name: str, problem: LaunchProblem) -> None:
        self._failed[name] = (problem, self._clock() + REST_SECONDS)

    def check(self, name: str) -> None:
        problem, until = self._failed.get(name, (None, 0.0))
        if problem is not None and self._clock() < until:
            raise LaunchProblem(problem.code)


async def fetch_json(
    url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A JSON object by GET, or by POST of a form: within seconds, not larger than LARGEST, no redirect followed.

    Raises LaunchProblem: "not_trusted" when a form is refused, else "portal_down".
    """
    # Unpacked answers could be larger than they look, so none is asked for and none is read.
    all_headers = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    content = bytearray()
    try:
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS), auto_decompress=False, trust_env=True
            ) as client,
            client.request(
                "GET" if form is None else "POST", url, data=form, headers=all_headers, allow_redirects=False
            ) as response,
        ):
            async for chunk in response.content.iter_chunked(LARGEST):
                content += chunk
                if len(content) > LARGEST:
                    raise ValueError("too large")
            status = response.status
        document = json.loads(content) if status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
        logger.warning("ehr_down host=%s error=%s", urlsplit(url).hostname, type(error).__name__)
        raise LaunchProblem("portal_down") from None
    if isinstance(document, dict):
        return document
    logger.warning("ehr_refused host=%s status=%s", urlsplit(url).hostname, status)
    raise LaunchProblem("not_trusted" if form is not None and 400 <= status < 500 else "portal_down")


def _signing_keys(keys: jwt.PyJWKSet, key_id: str | None) -> list[jwt.PyJWK]:
    """The keys of that name; without a name all, of which there must then be one."""
    return [key for key in keys if key.public_key_use in (None, "sig") and (key_id is None or key.key_id == key_id)]
