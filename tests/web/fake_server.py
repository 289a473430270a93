"""A small chat server with canned replies, for the tests of the page: same paths, same JSON, same security header."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

WEB = Path(__file__).parents[2] / "web"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)

YES_NO = [{"title": title, "payload": title} for title in ("Yes", "No", "Not sure")]

PAGE = {
    "title": "Test tumors of the spine",
    "sections": [
        {
            "id": "appointment",
            "title": "To make an appointment",
            "paragraphs": ["To make an appointment, please call 201-555-0100."],
            "bullets": [],
        },
        {
            "id": "statistics",
            "title": "Test tumors of the spine",
            "paragraphs": ["A short opening of the test page."],
            "bullets": [],
        },
        {
            "id": "symptoms",
            "title": "What are the symptoms?",
            "paragraphs": ["Back pain is the most common symptom. Other symptoms may be:"],
            "bullets": ["Weak muscles", "Loss of feeling", "<b>Trouble</b> with the bladder"],
        },
        {
            "id": "treatment",
            "title": "How is it treated?",
            "paragraphs": ["Treatment depends on the tumor. To make an appointment, call 201-555-0100."],
            "bullets": [],
        },
    ],
    "contacts": [
        {"id": "appointments", "number": "201-555-0100", "tel": "+12015550100", "label": "Make an appointment"},
        {"id": "questions", "number": "201-555-0199", "tel": "+12015550199", "label": "Ask the cancer center"},
        {"id": "emergency", "number": "911", "tel": "911", "label": "Emergency"},
    ],
}

SCRIPT: dict[str, dict[str, Any]] = {
    "my legs gave out": {
        "level": "EMERGENCY",
        "messages": [
            {
                "text": "This could be an emergency. Call 911. Or have someone drive you to the nearest "
                "emergency room right now.\n\nDo not wait for a call back.",
                "kind": "emergency",
            }
        ],
    },
    "i want to die": {
        "level": "CRISIS",
        "messages": [{"text": "I am glad you told me. You can call or text 988 right now.", "kind": "crisis"}],
    },
    "my back hurts": {
        "level": "APPOINTMENT",
        "next_question": "cancer",
        "messages": [
            {"text": "I am sorry that you are in pain. I have a few short questions.", "kind": "text"},
            {
                "text": "Do you have cancer now, or did you ever have it?",
                "kind": "question",
                "buttons": YES_NO,
                "select": "one",
            },
        ],
    },
    "Yes": {
        "level": "URGENT",
        "next_question": "signs",
        "messages": [
            {"text": "Please call your cancer doctor today. If you have none, call 201-555-0199.", "kind": "urgent"},
            {
                "text": "Do you have any of these?",
                "kind": "question",
                "buttons": [
                    {"title": t, "payload": t} for t in ("Weak legs", "Numb between the legs", "None of these")
                ],
                "select": "many",
            },
        ],
    },
    "a broken question": {
        "level": "INFORMATION",
        "messages": [{"text": "Something went wrong here. In an emergency call 911.", "kind": "safety"}],
    },
    "what are the symptoms?": {
        "level": "INFORMATION",
        "messages": [
            {
                "text": "Back pain is the most common symptom.",
                "kind": "answer",
                "source": {"title": "What are the symptoms?", "section": "symptoms"},
            }
        ],
    },
}


@dataclass
class FakeServer:
    """Runs in its own thread. `faults` are used up one by one by POST /chat/messages, before the canned replies."""

    received: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)  # what each session was opened with
    faults: list[int | str] = field(default_factory=list)
    conversations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    url: str = ""  # the hospital's page
    chat: str = ""  # the chat alone
    _held: bool = False

    def start(self) -> None:
        """Listen on a free port of the loopback address; returns when requests are served."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(timeout=10)

    def stop(self) -> None:
        """Close the port; a browser that asks again finds nobody. Stopping twice is allowed."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def hold(self) -> None:
        """Answer no message until `release`."""
        self._held = True

    def release(self) -> None:
        """Answer what was held."""
        self._held = False

    async def _listen(self) -> None:
        app = web.Application(middlewares=[_secured])
        app.add_routes(
            [
                web.get("/chat/", self._page),
                web.get("/chat/page.json", self._page_json),
                web.get("/chat/frame", self._frame),
                web.get("/chat/frame.json", self._frame_json),
                web.post("/chat/sessions", self._open),
                web.delete("/chat/sessions/current", self._erase),
                web.post("/chat/messages", self._answer),
                web.get("/chat/messages", self._history),
                web.static("/chat/static", WEB),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/chat/"
        self.chat = f"{self.url}frame"

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(WEB / "page.html")

    async def _frame(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(WEB / "frame.html")

    async def _frame_json(self, request: web.Request) -> web.Response:
        return web.json_response({"origins": [], "portal": False})

    async def _page_json(self, request: web.Request) -> web.Response:
        return web.json_response(PAGE)

    async def _open(self, request: web.Request) -> web.Response:
        self.opened.append(await request.json())
        token = f"token-{len(self.conversations) + 1}"
        self.conversations[token] = []
        return web.json_response({"token": token, "expires_at": "2099-01-01T00:00:00Z"}, status=201)

    async def _erase(self, request: web.Request) -> web.Response:
        self.conversations.pop(_token(request), None)
        return web.Response(status=204)

    async def _history(self, request: web.Request) -> web.Response:
        conversation = self.conversations.get(_token(request))
        return _error(401) if conversation is None else web.json_response({"messages": conversation})

    async def _answer(self, request: web.Request) -> web.Response:
        message = await request.json()
        self.received.append(message)
        fault = self.faults.pop(0) if self.faults else None
        while self._held:
            await asyncio.sleep(0.02)
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "silence":
            return web.json_response({"level": "INFORMATION", "messages": [], "next_question": None})
        if isinstance(fault, int):
            return _error(fault)
        conversation = self.conversations.get(_token(request))
        if conversation is None:
            return _error(401)
        said = message.get("text") or message["payload"]
        if "payload" in message and not conversation:
            return _error(409)  # a new session has offered no buttons yet
        reply = _reply(said, len(conversation))
        conversation.append({"id": message["id"], "from": "user", "text": said, "kind": "text", "buttons": [], "ts": 0})
        conversation.extend({**part, "from": "bot", "ts": 0} for part in reply["messages"])
        return web.json_response(reply)


def _reply(said: str, turn: int) -> dict[str, Any]:
    canned = SCRIPT.get(said) or {"level": "OUT_OF_SCOPE", "messages": [{"text": f"You wrote: {said}", "kind": "text"}]}
    blank: dict[str, Any] = {"buttons": [], "select": None, "source": None}
    messages = [{**blank, **part, "id": f"bot-{turn}-{place}"} for place, part in enumerate(canned["messages"])]
    return {"level": canned["level"], "messages": messages, "next_question": canned.get("next_question")}


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _error(status: int) -> web.Response:
    body: dict[str, Any] = {"error": {"code": "test", "message": "a test fault"}}
    if status == 503:
        body |= {"safety_text": "The server's own safety text. Call 911 in an emergency.", "level": None}
    if status == 429:
        body |= {"safety_text": "You matter. Call or text 988 right now.", "level": "CRISIS"}
    return web.json_response(body, status=status)


@web.middleware
async def _secured(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
