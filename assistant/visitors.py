"""Opens conversations: anonymous ones, and those of a person whom the patient portal or the EHR vouches for."""

from __future__ import annotations

import asyncio
import logging

from sanic.request import Request

from assistant.database import DatabaseDown
from assistant.http_errors import ApiError
from assistant.incoming_message import who_opens
from assistant.portal import PortalError, PortalTokens, PortalVisit
from assistant.replies_store import RepliesStore
from assistant.sessions import Session, Sessions
from assistant.settings import Settings
from assistant.smart_routes import SmartRoutes

logger = logging.getLogger(__name__)


class Visitors:
    """Issues sessions. `smart` redeems the code of a launch by an EHR, where there is one."""

    def __init__(self, settings: Settings, sessions: Sessions, key: bytes, smart: SmartRoutes | None) -> None:
        self._sessions = sessions
        self._portal = PortalTokens(settings.portal, key) if settings.portal else None
        self._smart = smart

    async def open(self, request: Request, replies: RepliesStore | None) -> Session:
        """A session for whoever asks. `replies` is None while the model is loading. Raises ApiError."""
        visit = await self._visit(request)
        if visit is None:
            return self._sessions.issue()
        try:
            # A portal's person always has the same conversation: erased, it begins anew; an anonymous one never does.
            if replies is not None and replies.is_erased(visit.conversation_id):
                replies.reopen(visit.conversation_id)
        except DatabaseDown:
            raise ApiError("store_down") from None
        return self._sessions.issue_for(visit)

    async def _visit(self, request: Request) -> PortalVisit | None:
        """Whom a portal's token or an EHR's launch names; None for somebody who is not named."""
        token, launch = who_opens(request.body)
        if "launch" in request.args or "portal_token" in request.args:
            raise ApiError("bad_request")  # addresses end up in logs
        if launch is not None:
            if self._smart is None:
                raise ApiError("launch_refused")
            return self._smart.visit(request, launch)
        if token is None:
            return None
        if self._portal is None:
            raise ApiError("portal_refused")
        try:
            return await asyncio.get_running_loop().run_in_executor(None, self._portal.verify, token)
        except PortalError as error:
            logger.warning("portal_token_refused reason=%s", error.code)
            code = {"expired": "portal_expired", "unavailable": "portal_down"}.get(error.code, "portal_refused")
            raise ApiError(code) from None
