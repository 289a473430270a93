"""nginx, two assistants, the action server, PostgreSQL and Redis, as deploy/ puts them together."""

from __future__ import annotations

import tempfile
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from assistant.sessions import Session, Sessions
from assistant.settings import DATABASE_URL, REDIS_URL
from processes.action_server import ActionServer, endpoints_with
from processes.assistant_server import MODEL, SECRET_VALUE, AssistantServer
from processes.databases import PostgreSQL, Redis
from processes.nginx import Nginx
from processes.service import Service

ASSISTANTS = 2


class Stack:
    """Use as a context manager; everything is ended on the way out."""

    def __init__(self, model: Path = MODEL, assistants: int = ASSISTANTS) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="spine-triage-cluster-")
        folder = Path(self._temporary.name)
        self.database, self.locks, self.actions = PostgreSQL(), Redis(), ActionServer()
        endpoints = endpoints_with(f"http://127.0.0.1:{self.actions.port}/webhook", folder / "endpoints.yml")
        self._settings = {
            DATABASE_URL: self.database.url,
            REDIS_URL: self.locks.url,
            "SPINE_TRIAGE_PROXIES_COUNT": "1",
        }
        self.assistants = [
            self._assistant(folder / f"assistant-{number}", model, endpoints) for number in range(assistants)
        ]
        self.proxy = Nginx([assistant.port for assistant in self.assistants])
        self.rows = sa.create_engine(self.database.url, poolclass=NullPool)
        self._sessions = Sessions(SECRET_VALUE.encode(), lifetime=86_400)

    def _assistant(self, folder: Path, model: Path, endpoints: Path) -> AssistantServer:
        folder.mkdir()
        return AssistantServer(folder, model=model, endpoints=endpoints, env=self._settings)

    def __enter__(self) -> Stack:
        try:
            for service in (self.database, self.locks):
                service.start()
            for launched in (self.actions, *self.assistants):
                launched.launch()
            self.actions.wait_until(self.actions.answers)
            for assistant in self.assistants:
                assistant.wait_until_ready()
            self.proxy.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything and remove what it wrote."""
        services: list[Service] = [self.proxy, *self.assistants, self.actions, self.locks, self.database]
        for service in services:
            service.close()
        self._temporary.cleanup()

    def issue(self) -> Session:
        """A new conversation: sessions are signed, not stored, so nobody need be asked."""
        return self._sessions.issue()
