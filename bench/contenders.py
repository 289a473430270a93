"""The two that are compared, spoken to over HTTP in the same way: ours, and Rasa's default."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.rasa_default import RasaServer
from processes.action_server import ActionServer, endpoints_with
from processes.assistant_server import AssistantServer
from processes.service import Service

START_SECONDS = 600


class NoWords(Exception):
    """A message got no answer."""


@dataclass
class Contender:
    """One server; `open` begins a conversation, `say` sends a message and fails when no words come back."""

    kind: str  # as bench/locustfile.py names it
    server: Service
    url: str
    others: tuple[Service, ...] = ()

    def start(self) -> float:
        """Start it; the seconds until a message got its reply."""
        for other in self.others:
            other.start()
        began = time.monotonic()
        self.server.launch()
        self.server.wait_until(self._answers, START_SECONDS)
        return time.monotonic() - began

    def _answers(self) -> bool:
        try:
            self.open()("hello")
        except (requests.RequestException, NoWords, ValueError, KeyError):
            return False
        return True

    def open(self) -> Callable[[str], float]:
        """A new conversation: a function that sends a message and returns the seconds until its reply."""
        web = requests.Session()
        if self.kind == "default":
            sender = uuid.uuid4().hex
            return lambda text: self._timed(web, "/webhooks/rest/webhook", {"sender": sender, "message": text})
        opened = web.post(f"{self.url}/chat/sessions", json={}, timeout=20).json()
        web.headers["Authorization"] = f"Bearer {opened['token']}"
        return lambda text: self._timed(web, "/chat/messages", {"id": uuid.uuid4().hex, "text": text})

    def _timed(self, web: requests.Session, path: str, body: dict[str, Any]) -> float:
        began = time.perf_counter()
        answer = web.post(f"{self.url}{path}", json=body, timeout=60)
        seconds = time.perf_counter() - began
        if answer.status_code != 200 or not (answer.json()["messages"] if self.kind == "ours" else answer.json()):
            raise NoWords(answer.text)
        return seconds

    @property
    def memory(self) -> float:
        """Resident memory of the worker, in MB."""
        assert self.server.process is not None
        pages = int(Path(f"/proc/{self.server.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 1e6

    def close(self) -> None:
        """End it."""
        for service in (self.server, *self.others):
            service.close()


def ours(folder: Path) -> Contender:
    """Our server as deployed, but for its limits, with its action server and SQLite."""
    folder.mkdir(parents=True)
    actions = ActionServer()
    endpoints = endpoints_with(f"http://127.0.0.1:{actions.port}/webhook", folder / "endpoints.yml")
    server = AssistantServer(folder, module="bench.our_server", endpoints=endpoints)
    return Contender("ours", server, server.url, (actions,))


def guard_alone(folder: Path) -> Contender:
    """Our server without its model: what answers while it is loaded, and when it cannot be."""
    folder.mkdir(parents=True)
    server = AssistantServer(folder, module="bench.our_server", model=folder / "none.tar.gz")
    return Contender("guard", server, server.url)


def rasa_default(project: Path) -> Contender:
    """Rasa's default in a trained project, on SQLite."""
    server = RasaServer(project)
    return Contender("default", server, server.url)
