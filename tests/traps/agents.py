"""Drives an agent in this process with its guard and without, and gives it an action server that misbehaves."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import structlog
from stock_assistant import write_stock_assistant

from assistant import in_process
from assistant.guard import Guard, Message, response_name

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.shared.core.trackers import DialogueStateTracker

NO_ACTION_SERVER = "http://127.0.0.1:9/webhook"  # the discard port: every action fails, at once
_Result = TypeVar("_Result")


@dataclass
class Driver:
    """An agent and its loop. `guard` is None for an assistant without one."""

    agent: Agent
    runner: asyncio.Runner
    guard: Guard | None = None

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run `work` in the agents' loop."""
        return self.runner.run(work)

    def open(self) -> Talk:
        """A new conversation."""
        return Talk(self, uuid.uuid4().hex)

    def node(self, component: str) -> Any:
        """The node of the loaded model whose name holds `component`; `_fn` is what it calls, `_component` the object."""
        assert self.agent.processor is not None
        nodes: dict[str, Any] = self.agent.processor.graph_runner._instantiated_nodes  # type: ignore[attr-defined]
        return next(node for name, node in nodes.items() if component in name)


@dataclass
class Talk:
    """One conversation. Both ways of speaking return the names of the responses that came."""

    driver: Driver
    id: str

    def guarded(self, text: str) -> list[str]:
        """As a person speaks: through the guard."""
        assert self.driver.guard is not None
        screened = self.driver.guard.before(text)
        reply = self.driver.guard.run(screened, self._turn, timeout=30, conversation_id=self.id)
        return [response_name(message) for message in self.driver.run(reply)]

    def bare(self, text: str) -> list[str]:
        """Straight to Rasa; a failure leaves what was said until then, as on Rasa's own channels."""
        said: list[Message] = []

        async def turn() -> None:
            try:
                await self._turn(text, said)
            except Exception:  # what the person is left with is the result
                return

        self.driver.run(turn())
        return [response_name(message) for message in said]

    async def _turn(self, text: str, said: list[Message]) -> None:
        from rasa.core.channels.channel import UserMessage

        from assistant.collecting_output import CHANNEL_NAME, CollectingOutput

        message = UserMessage(text, CollectingOutput(said), self.id, input_channel=CHANNEL_NAME)
        await self.driver.agent.handle_message(message)

    @property
    def tracker(self) -> DialogueStateTracker:
        """The conversation as it is stored."""
        tracker = self.driver.run(self.driver.agent.processor.tracker_store.retrieve(self.id))  # type: ignore[union-attr]
        assert tracker is not None
        return tracker

    def append(self, *events: Any) -> None:
        """Store these events at the end of the conversation."""
        tracker = self.tracker
        tracker.update_with_events(list(events), self.driver.agent.domain)
        self.driver.run(self.driver.agent.processor.tracker_store.save(tracker))  # type: ignore[union-attr]


def load_ours(model: Path, runner: asyncio.Runner) -> Driver:
    """The real agent, behind its real guard."""
    loaded = in_process.load(model)
    # Other tests may have applied the server's log settings first, and the two do not mix.
    structlog.reset_defaults()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return Driver(_without_actions(loaded.agent), runner, loaded.guard)


def train_stock(folder: Path, runner: asyncio.Runner) -> Driver:
    """Train (two seconds) and load the assistant of `stock_assistant`."""
    import rasa.model_training
    from rasa.core.agent import Agent

    write_stock_assistant(folder)
    trained = rasa.model_training.train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "data.yml")],
        output=str(folder / "models"),
        force_training=True,
    )
    assert trained.model is not None
    return Driver(_without_actions(Agent.load(trained.model)), runner)


def _without_actions(agent: Agent) -> Agent:
    from rasa.utils.endpoints import EndpointConfig

    assert agent.processor is not None
    agent.processor.action_endpoint = EndpointConfig(NO_ACTION_SERVER)
    return agent


@dataclass
class ActionServer:
    """Answers every action with `status` and `body`, `delay` seconds late."""

    status: int = 200
    body: str = '{"events": [], "responses": [{"text": "from the action"}]}'
    delay: float = 0.0
    _server: ThreadingHTTPServer = field(init=False)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received = self.rfile.read(int(self.headers["Content-Length"])).decode()
                time.sleep(outer.delay)
                answer = outer.body.replace("<received>", received).encode()
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/webhook"
