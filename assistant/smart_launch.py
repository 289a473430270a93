"""The SMART App Launch protocol, as an app that wants to know who is there and nothing of their record.

authorization code + PKCE (S256), then the id_token's subject, and the patient if the EHR names one, become a
conversation id. https://hl7.org/fhir/smart-app-launch/
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any, Callable, Final
from urllib.parse import quote_plus, urlencode

import jwt

from assistant.launch_problem import LaunchProblem
from assistant.portal import CLOCK_SKEW, PortalVisit, conversation_id
from assistant.settings import Smart
from assistant.smart_ehr import Ehr, Ehrs, fetch_json

CALLBACK: Final = "/smart/callback"
SCOPE: Final = "launch openid fhirUser"
LONGEST: Final = 3600  # seconds that one launch opens the conversation for
_ALGORITHMS: Final = ("RS256", "ES256")
_REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub", "nonce"]


class SmartLaunch:
    """One registered app, and the EHRs that may launch it.

    The PKCE verifier and the nonce are HMACs of the state with the server's key: neither is stored anywhere.
    """

    def __init__(self, smart: Smart, key: bytes, *, ehrs: Ehrs | None = None, now: Callable[[], float] = time.time):
        self.ehrs = ehrs or Ehrs(smart)
        self._smart = smart
        self._key = key
        self._now = now

    def authorization(self, ehr: Ehr, *, iss: str, launch: str, state: str) -> str:
        """Where the browser goes to, so that the EHR says who is there. `iss` is the FHIR address as it came."""
        challenge = _base64url(hashlib.sha256(self._derived("verifier", state).encode()).digest())
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._smart.client_id,
                "redirect_uri": self._redirect_uri,
                "scope": SCOPE,
                "aud": iss,
                "launch": launch,
                "state": state,
                "nonce": self._derived("nonce", state),
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        return f"{ehr.authorization_endpoint}{'&' if '?' in ehr.authorization_endpoint else '?'}{query}"

    async def visit(self, ehr: Ehr, *, code: str, state: str) -> PortalVisit:
        """Whose conversation this is, and until when. The EHR's tokens end here. Raises LaunchProblem."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": self._derived("verifier", state),
        }
        headers = {}
        if self._smart.client_secret is None:
            form["client_id"] = self._smart.client_id
        else:
            pair = f"{quote_plus(self._smart.client_id)}:{quote_plus(self._smart.client_secret)}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = await fetch_json(ehr.token_endpoint, form=form, headers=headers)
        subject = await self._subject(ehr, answer.get("id_token"), self._derived("nonce", state))
        patient = answer.get("patient")
        if patient is not None and (not isinstance(patient, str) or not patient):
            raise LaunchProblem("not_trusted")
        seconds = answer.get("expires_in", LONGEST)
        if type(seconds) not in (int, float) or not seconds >= 1:
            raise LaunchProblem("not_trusted")
        # One guardian, two children: two conversations. "smart" keeps them apart from a portal's under the same name.
        whose = conversation_id(self._key, "smart", ehr.issuer, subject, patient or "")
        return PortalVisit(whose, int(self._now() + min(seconds, LONGEST)))

    async def _subject(self, ehr: Ehr, token: object, nonce: str) -> str:
        """The `sub` of a verified id_token."""
        if not isinstance(token, str):
            raise LaunchProblem("not_trusted")
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = await self.ehrs.key(ehr, key_id)
            if key.algorithm_name not in _ALGORITHMS:
                raise LaunchProblem("not_trusted")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=ehr.issuer,
                audience=self._smart.client_id,
                leeway=CLOCK_SKEW,
                options={"require": _REQUIRED},
            )
        except (jwt.PyJWTError, ValueError):
            raise LaunchProblem("not_trusted") from None
        subject, said = claims["sub"], claims["nonce"]
        if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
            raise LaunchProblem("not_trusted")
        if claims.get("azp", self._smart.client_id) != self._smart.client_id:
            raise LaunchProblem("not_trusted")  # made for another app
        if not isinstance(subject, str) or not subject:
            raise LaunchProblem("not_trusted")
        return subject

    @property
    def _redirect_uri(self) -> str:
        return f"{self._smart.public_url}{CALLBACK}"

    def _derived(self, purpose: str, state: str) -> str:
        return _base64url(hmac.new(self._key, f"smart {purpose}:{state}".encode(), hashlib.sha256).digest())


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
