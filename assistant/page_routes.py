"""What needs no conversation: the page, the chat's frame, their files, and the health checks.

GET    /chat/  /chat/static/<name>  /chat/page.json   the page
GET    /chat/frame  /chat/frame.json                  the chat alone, for a frame; who may frame it
GET    /chat/healthz  /chat/healthz/ready             200 | 503
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Final, Mapping

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from assistant.guard import Guard
from assistant.http_errors import json_response
from assistant.safe_sql_tracker_store import safe_store
from assistant.settings import Settings
from assistant.static_files import StaticFiles

if TYPE_CHECKING:
    from rasa.core.agent import Agent  # at run time this costs ten seconds, before the guard could answer

PREFIX: Final = "/chat"
CANARY: Final = "I can't feel my legs and I wet myself"  # must always screen as an emergency
_OF_NOW: Final = {"Cache-Control": "no-cache"}


class PageRoutes:
    """`page` gives the hospital's page as JSON."""

    LOADED: Final = f"{PREFIX}/healthz/loaded"

    def __init__(self, settings: Settings, guard: Guard, page: Callable[[], Mapping[str, Any]]) -> None:
        self._guard = guard
        self._page = page
        self._files = StaticFiles(settings.web_dir, settings.frame_ancestors)
        self._frame = {"origins": list(settings.frame_ancestors), "portal": settings.portal is not None}

    def add_to(self, blueprint: Blueprint) -> None:
        """Add all routes to a blueprint at the server's root."""
        for path, handler in (
            ("/", self._page_html),
            ("/page.json", self._page_json),
            ("/frame", self._frame_html),
            ("/frame.json", self._frame_json),
            ("/static/<name:str>", self._static),
            ("/healthz", self._live),
            ("/healthz/ready", self._ready),
            ("/healthz/loaded", self._loaded),
        ):
            # Sanic cannot mark a bound method as a route's handler.
            blueprint.add_route(partial(handler), f"{PREFIX}{path}", methods=["GET"], name=handler.__name__.strip("_"))

    async def _page_html(self, request: Request) -> HTTPResponse:
        return self._files.response(request, "page.html")

    async def _page_json(self, _request: Request) -> HTTPResponse:
        return json_response(dict(self._page()), headers=_OF_NOW)

    async def _frame_html(self, request: Request) -> HTTPResponse:
        return self._files.response(request, "frame.html")

    async def _frame_json(self, _request: Request) -> HTTPResponse:
        return json_response(self._frame, headers=_OF_NOW)

    async def _static(self, request: Request, name: str) -> HTTPResponse:
        return self._files.response(request, name)

    async def _live(self, _request: Request) -> HTTPResponse:
        return json_response({"live": True})

    async def _loaded(self, request: Request) -> HTTPResponse:
        """Whether to send visitors here, for what spreads them over servers: a database that is away is away for all."""
        loaded = ready_agent(request) is not None
        return json_response({"loaded": loaded}, status=200 if loaded else 503)

    async def _ready(self, request: Request) -> HTTPResponse:
        """Whether all is well here: model loaded, red flags recognised, database answering."""
        agent = ready_agent(request)
        checks = {
            "model": agent is not None,
            "screen": self._guard.before(CANARY).level == "EMERGENCY",
            "store": agent is not None and safe_store(agent.tracker_store).database.answers(),
        }
        ready = all(checks.values())
        model = agent.model_id if agent is not None else None
        return json_response({"ready": ready, "checks": checks, "model": model}, status=200 if ready else 503)


def ready_agent(request: Request) -> Agent | None:
    """Rasa's agent, once its model is loaded."""
    agent: Agent | None = getattr(request.app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None
