"""The assistant's HTTP interface: sessions, messages, history and erasure; what else there is, is added by its own module.

    POST   /chat/sessions  {} | {portal_token} | {launch}    201 {token, expires_at}
    POST   /chat/messages  {id, text} | {id, payload} 200 {level, next_question, messages: [message]}
    GET    /chat/messages                             200 {level, next_question, messages: [{..., from: user | bot, at}]}
    DELETE /chat/sessions/current                     204 erased: events, replies and session
    GET    /chat/  /chat/frame  /chat/healthz  ...    the page, the health checks: page_routes.py
    GET    /smart/launch  /smart/callback             a launch by an EHR: smart_routes.py

A message is {id, text, kind, buttons: [{title, payload}], select: one | many | null, source: {title, section, page, page_title} | null}.
Errors are {error: {code, message}}, and those of a session also carry {safety_text, level}.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from rasa.core.channels.channel import InputChannel
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from assistant import metrics
from assistant.audit import Decision
from assistant.chat_turns import Assessment, ChatTurns, OnNewMessage
from assistant.collecting_output import CHANNEL_NAME
from assistant.conversation_locks import ConversationLocks
from assistant.database import DatabaseDown
from assistant.guard import Guard, clean
from assistant.http_errors import ApiError, install, json_response
from assistant.incoming_message import Body, IncomingMessage, screened_body
from assistant.page_routes import PREFIX, PageRoutes, ready_agent
from assistant.rate_limit import RateLimit
from assistant.replies_store import RepliesStore
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore, safe_store
from assistant.sessions import Session, Sessions, TokenError, server_key
from assistant.settings import Settings
from assistant.smart_routes import SmartRoutes
from assistant.visitors import Visitors

if TYPE_CHECKING:
    pass  # at run time this costs ten seconds, before the guard could answer

logger = logging.getLogger(__name__)


class WebChannel(InputChannel):
    """The one channel of the assistant, for the widget and for any page that embeds it.

    `page` gives the hospital's page as JSON; `assess` reads the level off a tracker; `on_decision` hears of every answer,
    with the id of the model.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        guard: Guard,
        assess: Callable[[DialogueStateTracker], Assessment],
        page: Callable[[], Mapping[str, Any]],
        on_decision: Callable[[Decision, str | None], None] = lambda _decision, _model: None,
    ) -> None:
        self._settings = settings
        self._guard = guard
        key = server_key(settings)
        self._sessions = Sessions(key, lifetime=settings.session_seconds)
        self._smart = (
            SmartRoutes(settings, settings.smart, key, lambda request: self._stores(request)[0].database)
            if settings.smart
            else None
        )
        self._visitors = Visitors(settings, self._sessions, key, self._smart)
        self._pages = PageRoutes(settings, guard, page)
        self._locks = ConversationLocks(settings.redis_url)
        self._on_decision = on_decision
        self._model: str | None = None
        self._turns = ChatTurns(
            guard, assess, timeout=settings.turn_seconds, locks=self._locks, on_decision=self._decided
        )
        self._message_rate = RateLimit(settings.messages_per_minute)
        self._refused_rate = RateLimit(settings.messages_per_minute)
        self._session_rate = RateLimit(settings.sessions_per_minute)
        self._replies: RepliesStore | None = None

    @classmethod
    def name(cls) -> str:
        """The channel's name in Rasa."""
        return CHANNEL_NAME

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> WebChannel:
        """The channel as credentials.yml names it; its settings come from the environment."""
        from assistant.wiring import web_channel

        return web_channel(Settings.from_env())

    def url_prefix(self) -> str:
        """The server's root, so that Rasa does not put /webhooks/ in front; a SMART launch is not below PREFIX."""
        return "/"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """All routes. `on_new_message` runs one turn of Rasa."""
        self._on_new_message = on_new_message
        chat = Blueprint("chat")

        # Sanic silently drops a listener that is a bound method, and cannot mark one as a route's handler.
        async def prepare(app: Sanic, _loop: object) -> None:
            self._prepare(app)

        chat.listener(prepare, "before_server_start")
        chat.listener(_check_store, "after_server_start")

        def route(method: str, path: str, handler: Callable[..., Any], *, stream: bool = False) -> None:
            name = handler.__name__.strip("_")
            chat.add_route(partial(handler), f"{PREFIX}{path}", methods=[method], name=name, stream=stream)

        # Streaming: the body is read here, bounded, instead of by Sanic, which refuses it unread.
        route("POST", "/messages", self._answer, stream=True)
        route("GET", "/messages", self._history)
        route("POST", "/sessions", self._open)
        route("DELETE", "/sessions/current", self._erase)
        self._pages.add_to(chat)
        if self._smart is not None:
            self._smart.add_to(chat)
        return chat

    def _prepare(self, app: Sanic) -> None:
        app.config.REQUEST_TIMEOUT = 15
        app.config.RESPONSE_TIMEOUT = 45  # above the wait for the body, two turns of a slow conversation and the lock
        app.config.REQUEST_MAX_SIZE = self._settings.salvage_limit  # for what is left unread after an answer
        if self._settings.proxies_count:
            app.config.PROXIES_COUNT = self._settings.proxies_count
        install(app, self._safety)
        app.register_middleware(_only_chat, "request")

    async def _safety(self, request: Request) -> Mapping[str, Any]:
        body: Body | None = getattr(request.ctx, "body", None)
        if body is None:
            return {}
        screened = await screened_body(bytes(body.content), self._guard)
        if screened.level is None:
            metrics.SAFETY_TEXTS.labels("error").inc()
        conversation: str | None = getattr(request.ctx, "conversation", None)
        # Only of sessions, and not more often than they may write: nobody shall fill the disk with refused messages.
        if screened.level and conversation and self._refused_rate.allows(conversation):
            self._decided(Decision(conversation, None, screened.level, screened.reasons, "guard"))
        return {"safety_text": self._guard.fallback(screened)["text"], "level": screened.level}

    def _decided(self, decision: Decision) -> None:
        metrics.answered(decision.level)
        self._on_decision(decision, self._model)

    async def _open(self, request: Request) -> HTTPResponse:
        if not self._session_rate.allows_visitor(request):
            raise ApiError("too_many")
        if self._replies is not None:
            self._replies.purge()
        session = await self._visitors.open(request, self._replies)
        metrics.CONVERSATIONS.inc()
        expires_at = datetime.fromtimestamp(session.expires_at, UTC)
        return json_response({"token": session.token, "expires_at": expires_at.isoformat()}, status=201)

    async def _answer(self, request: Request) -> HTTPResponse:
        # From here on every error carries the safety text, or the emergency text if the body read so far asks for it.
        metrics.MESSAGES.inc()
        request.ctx.body = body = Body(bytearray())
        await body.read(request, keep=self._settings.salvage_limit, seconds=self._settings.body_seconds)
        session = self._session(request)
        if not body.whole or len(body.content) > self._settings.body_limit:
            raise ApiError("too_large")
        incoming = IncomingMessage.parse(bytes(body.content))
        if not self._message_rate.allows(session.conversation_id):
            raise ApiError("too_many")
        if incoming.text is not None and not clean(incoming.text):
            raise ApiError("empty")
        store, replies = self._stores(request)
        reply = await self._turns.answer(
            session, incoming, on_new_message=self._on_new_message, store=store, replies=replies
        )
        return json_response(reply)

    async def _history(self, request: Request) -> HTTPResponse:
        request.ctx.body = Body(bytearray())
        session = self._session(request)
        _, replies = self._stores(request)
        if replies.is_erased(session.conversation_id):
            raise ApiError("erased")
        stored = replies.history(session.conversation_id)
        messages: list[dict[str, Any]] = []
        for turn in stored:
            at = datetime.fromtimestamp(turn.at, UTC).isoformat()
            messages.append({"id": turn.message_id, "from": "user", "text": turn.text, "at": at})
            messages.extend({**message, "from": "bot", "at": at} for message in turn.reply["messages"])
        last = stored[-1].reply if stored else {"level": None, "next_question": None}
        return json_response({"level": last["level"], "next_question": last["next_question"], "messages": messages})

    async def _erase(self, request: Request) -> HTTPResponse:
        request.ctx.body = Body(bytearray())
        session = self._session(request)
        store, replies = self._stores(request)
        async with self._locks.alone(session.conversation_id):
            if replies.is_erased(session.conversation_id):
                raise ApiError("erased")
            try:
                store.erase(session.conversation_id)
                replies.erase(session.conversation_id, session.expires_at)
            except DatabaseDown:
                # Never say "erased" when it is not; the token stays good for another try.
                raise ApiError("not_erased") from None
        logger.info("conversation_erased conversation=%s", session.conversation_id)
        return HTTPResponse(status=204, headers={"Cache-Control": "no-store"})

    def _session(self, request: Request) -> Session:
        try:
            session = self._sessions.read(request.headers.get("authorization"))
        except TokenError as error:
            raise ApiError(error.code) from None
        request.ctx.conversation = session.conversation_id
        return session

    def _stores(self, request: Request) -> tuple[SafeSQLTrackerStore, RepliesStore]:
        """Both stores, in one database. Raises ApiError("loading") until the model is there."""
        agent = ready_agent(request)
        if agent is None:
            raise ApiError("loading")
        self._model = agent.model_id
        store = safe_store(agent.tracker_store)
        if self._replies is None:
            self._replies = RepliesStore(store.database, keep_seconds=self._settings.session_seconds)
        return store, self._replies


async def _only_chat(request: Request) -> HTTPResponse | None:
    """Rasa's own addresses ("/" shows its version) are nobody's business."""
    if request.route is None or request.path == PREFIX or request.path.startswith((f"{PREFIX}/", "/smart/")):
        return None  # without a route the error handler answers
    return ApiError("not_found").response({})


async def _check_store(app: Sanic, _loop: object) -> None:
    """Refuse to serve on a tracker store that Rasa chose by itself."""
    agent = getattr(app.ctx, "agent", None)
    if agent is not None:
        safe_store(agent.tracker_store)
