"""The two addresses of a SMART launch, and the code that hands it over to the chat's page.

    GET /smart/launch?iss&launch    302 to the EHR
    GET /smart/callback?code&state  302 to /chat/frame#launch=CODE; the page sends CODE to POST /chat/sessions

No cookie is set, no token is in an address, and what goes wrong is a page with the safety text.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any, Awaitable, Callable, Final

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from assistant.database import Database, DatabaseDown
from assistant.http_errors import ApiError, page_headers
from assistant.launch_problem import LaunchProblem, ProblemPage
from assistant.portal import PortalVisit
from assistant.rate_limit import RateLimit
from assistant.settings import Settings, Smart
from assistant.smart_launch import CALLBACK, SmartLaunch
from assistant.smart_store import OneTimeCodes

logger = logging.getLogger(__name__)

LAUNCH: Final = "/smart/launch"
FRAME: Final = "/chat/frame"
STATE_SECONDS: Final = 600  # the person may have to log in
CODE_SECONDS: Final = 60  # the page loads and asks at once
_LONGEST: Final = 4096  # characters of one parameter

Step = Callable[[Request, OneTimeCodes], Awaitable[str]]


class SmartRoutes:
    """Launch and callback. `database` gives the tracker store's; it raises ApiError while the model is loading."""

    def __init__(self, settings: Settings, smart: Smart, key: bytes, database: Callable[[Request], Database]) -> None:
        self._smart = smart
        self._protocol = SmartLaunch(smart, key)
        self._database = database
        self._problems = ProblemPage(settings.web_dir, settings.frame_ancestors)
        self._headers = {**page_headers(settings.frame_ancestors), "Cache-Control": "no-store"}
        self._launch_rate = RateLimit(settings.sessions_per_minute)
        self._callback_rate = RateLimit(settings.sessions_per_minute)

    def add_to(self, blueprint: Blueprint) -> None:
        """Add both routes to a blueprint at the server's root."""
        for name, path, step, rate in (
            ("smart_launch", LAUNCH, self._launch, self._launch_rate),
            ("smart_callback", CALLBACK, self._callback, self._callback_rate),
        ):
            blueprint.add_route(partial(self._answer, step=step, rate=rate), path, methods=["GET"], name=name)

    def visit(self, request: Request, code: str) -> PortalVisit:
        """The visit behind a code of the callback, once. Raises ApiError for one that is unknown, used or too old."""
        try:
            value = OneTimeCodes(self._database(request)).take("launch", code)
        except DatabaseDown:
            raise ApiError("store_down") from None
        if value is None:
            raise ApiError("launch_refused")
        return PortalVisit(**json.loads(value))

    async def _answer(self, request: Request, *, step: Step, rate: RateLimit) -> HTTPResponse:
        """Where the browser goes next, or what to tell the person."""
        try:
            if not rate.allows_visitor(request):
                raise LaunchProblem("too_many")
            location = await step(request, OneTimeCodes(self._database(request)))
        except (DatabaseDown, ApiError):
            return self._problem(request, LaunchProblem("not_ready"))
        except LaunchProblem as problem:
            return self._problem(request, problem)
        return HTTPResponse(status=302, headers={**self._headers, "Location": location})

    async def _launch(self, request: Request, codes: OneTimeCodes) -> str:
        iss, launch = _parameter(request, "iss"), _parameter(request, "launch")
        base = self._protocol.ehrs.listed(iss)  # before anything is asked of anybody
        ehr = await self._protocol.ehrs.find(base)
        state = codes.put("state", base, seconds=STATE_SECONDS)
        return self._protocol.authorization(ehr, iss=iss, launch=launch, state=state)

    async def _callback(self, request: Request, codes: OneTimeCodes) -> str:
        state = _parameter(request, "state")
        base = codes.take("state", state)
        if base is None:
            raise LaunchProblem("old_link")
        if error := request.args.get("error"):
            raise LaunchProblem("denied" if error == "access_denied" else "not_trusted")
        code = _parameter(request, "code")
        ehr = await self._protocol.ehrs.find(base)
        if request.args.get("iss", ehr.issuer) != ehr.issuer:
            raise LaunchProblem("not_trusted")  # RFC 9207: an answer of another server than the one that was asked
        visit = await self._protocol.visit(ehr, code=code, state=state)
        value = json.dumps({"conversation_id": visit.conversation_id, "expires_at": visit.expires_at})
        # After "#": no server gets to see it, and the page erases it from the address at once.
        return f"{self._smart.public_url}{FRAME}#launch={codes.put('launch', value, seconds=CODE_SECONDS)}"

    def _problem(self, request: Request, problem: LaunchProblem) -> HTTPResponse:
        logger.warning("smart_launch_failed at=%s reason=%s", request.path, problem.code)
        return self._problems.response(problem)


def _parameter(request: Request, name: str) -> str:
    value: Any = request.args.get(name)
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        raise LaunchProblem("bad_link")
    return value
