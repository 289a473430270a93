"""A client like the widget, a Rasa that does as the test says, and two ways to run the server."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Awaitable, Callable, Iterator

import requests
from rasa.core.channels.channel import UserMessage, register
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from sanic import Sanic

from assistant.chat_turns import Assessment
from assistant.guard import Guard
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import ROOT, SECRET, Settings
from assistant.web_channel import WebChannel
from processes.service import free_port

EMERGENCY = "Call 911 now."
CRISIS = "Call or text 988 now."
SAFETY = "I could not answer. If it is urgent, call 911."
SECRET_VALUE = "test-secret-" + "x" * 32
FIXED = {"utter_emergency_self": EMERGENCY, "utter_crisis_self": CRISIS, "utter_safety": SAFETY}

Bot = Callable[[UserMessage], Awaitable[None]]
_numbers = itertools.count()  # Sanic wants a new name for each app


def fake_screen(text: str) -> Any:
    """Stands in for triage.screen: two phrases and the canary of the readiness check."""
    lower = text.lower()
    if "end my life" in lower:
        return SimpleNamespace(level=SimpleNamespace(name="CRISIS"), response="utter_crisis_self", reasons=("E20",))
    if "chest pain" in lower or "can't feel my legs" in lower:
        return SimpleNamespace(
            level=SimpleNamespace(name="EMERGENCY"), response="utter_emergency_self", reasons=("E1",)
        )
    return SimpleNamespace(level=None, response=None, reasons=())


async def echo(message: UserMessage) -> None:
    """The default bot: one message with what Rasa was given, and two buttons."""
    buttons = [{"title": "Yes", "payload": "yes please"}, {"title": "No", "payload": "no thanks"}]
    metadata = {"response": "utter_echo", "kind": "question", "select": "one"}
    response = {"text": f"You said: {message.text}", "buttons": buttons, "metadata": metadata}
    await message.output_channel.send_response(message.sender_id, response)


@dataclass
class FakeAgent:
    """As much of rasa.core.agent.Agent as the channel uses; `bot` says what a turn does."""

    tracker_store: FailSafeTrackerStore
    bot: Bot = echo
    ready: bool = True
    model_id: str = "test-model"
    handled: list[str | None] = field(default_factory=list)

    def is_ready(self) -> bool:
        return self.ready

    async def handle_message(self, message: UserMessage) -> None:
        self.handled.append(message.text)
        await self.bot(message)


@dataclass
class Client:
    """Speaks to a server as the widget does."""

    base: str
    token: str | None = None
    agent: FakeAgent = None  # type: ignore[assignment]  # only of a server with a fake Rasa

    def open(self) -> Client:
        """A client with a new session."""
        response = requests.post(f"{self.base}/chat/sessions", json={}, timeout=20)
        assert response.status_code == 201, response.text
        return Client(self.base, response.json()["token"], self.agent)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request, with the token if there is one."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers.update(options.pop("headers", {}))
        return requests.request(method, f"{self.base}{path}", headers=headers, timeout=30, **options)

    def send(self, message_id: str, text: str) -> requests.Response:
        """Typed words."""
        return self.call("POST", "/chat/messages", json={"id": message_id, "text": text})

    def press(self, message_id: str, payload: str) -> requests.Response:
        """A button."""
        return self.call("POST", "/chat/messages", json={"id": message_id, "payload": payload})

    def post(self, body: bytes | str) -> requests.Response:
        """Any body to the address of messages."""
        data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        return self.call("POST", "/chat/messages", data=data)


class Background:
    """A Sanic server in a thread of this process."""

    def __init__(self, app: Sanic, port: int | None = None) -> None:
        self.port = port or free_port()
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Background:
        self._thread.start()
        assert self._started.wait(10), "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        Sanic.test_mode = True  # lets one process start several servers, one after the other
        create = self._app.create_server(host="127.0.0.1", port=self.port, return_asyncio_server=True, access_log=False)
        server = self._loop.run_until_complete(create)
        self._loop.run_until_complete(server.startup())
        self._loop.run_until_complete(server.before_start())
        self._loop.run_until_complete(server.start_serving())
        self._loop.run_until_complete(server.after_start())
        self._started.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())


@contextlib.contextmanager
def fake_rasa(settings: Settings, database: Path, port: int | None = None, **options: Any) -> Iterator[Client]:
    """A client without a session, on a server with a fake Rasa; `options` are more of the channel's own."""
    channel = WebChannel(
        settings=settings,
        guard=Guard(fake_screen, FIXED.__getitem__),
        assess=lambda _tracker: Assessment("APPOINTMENT", "ask_bladder"),
        page=lambda: {"title": "Page", "sections": [], "contacts": []},
        **options,
    )
    app = Sanic(f"test_{next(_numbers)}", configure_logging=False)
    app.ctx.agent = agent = FakeAgent(FailSafeTrackerStore(SafeSQLTrackerStore(Domain.empty(), db=str(database))))
    register([channel], app, route="/webhooks/")
    with Background(app, port) as server:
        yield Client(f"http://127.0.0.1:{server.port}", agent=agent)


@dataclass
class ServerProcess:
    """`python -m assistant.server` in a folder of its own."""

    process: subprocess.Popen[bytes]
    client: Client
    log: Path

    def wait_until_ready(self, seconds: float = 180) -> None:
        """Returns when the model is loaded."""
        self._wait(seconds, "/chat/healthz/ready")

    def wait_until_listening(self, seconds: float = 60) -> None:
        """Returns when the server answers at all."""
        self._wait(seconds, "/chat/healthz")

    def _wait(self, seconds: float, path: str) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                if self.client.call("GET", path).status_code == 200:
                    return
            except requests.ConnectionError:
                pass  # not listening yet
            time.sleep(0.1)
        raise AssertionError(f"{path} was not ready in {seconds} s: {self.log.read_text()[-3000:]}")


def start_server(folder: Path, model: str, *, port: int | None = None, **env: str) -> ServerProcess:
    """Start the server on a free port with its database in `folder`."""
    port = port or free_port()
    variables = {
        **os.environ,
        SECRET: SECRET_VALUE,
        "SPINE_TRIAGE_DATABASE_URL": f"sqlite:///{folder}/conversations.db",
        "SPINE_TRIAGE_AUDIT_DIR": f"{folder}/audit",
        **env,
    }
    log = folder / "server.log"
    command = [sys.executable, "-m", "assistant.server", "--port", str(port), "--model", model]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
    return ServerProcess(process, Client(f"http://127.0.0.1:{port}"), log)
