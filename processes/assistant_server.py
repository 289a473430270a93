"""`python -m assistant.server` with its database and audit in a folder of its own, however often it dies."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import requests

from assistant.settings import AUDIT_DIR, DATABASE_URL, ROOT, SECRET
from assistant.training import MODEL_NAME
from processes.service import Service

MODEL = ROOT / "models" / MODEL_NAME
READY_SECONDS = 120
SECRET_VALUE = "a secret of measurements, " + "x" * 32


class AssistantServer(Service):
    """One server process. `env` is added to the environment; without a DATABASE_URL in it there is a SQLite file."""

    def __init__(
        self,
        folder: Path | None = None,
        port: int | None = None,
        *,
        model: Path = MODEL,
        module: str = "assistant.server",
        endpoints: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, port)
        self.model = model
        self.database = self.folder / "conversations.db"
        self.settings = {
            SECRET: SECRET_VALUE,
            DATABASE_URL: f"sqlite:///{self.database}",
            AUDIT_DIR: str(self.folder / "audit"),
            **(env or {}),
        }
        self._module = module
        self._endpoints = endpoints

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """The module's command line."""
        endpoints = ["--endpoints", str(self._endpoints)] if self._endpoints else []
        options = ["--port", str(self.port), "--model", str(self.model), *endpoints]
        return [sys.executable, "-m", self._module, *options]

    def cwd(self) -> Path:
        """Paths in endpoints.yml are relative to the project's folder."""
        return ROOT

    def env(self) -> Mapping[str, str]:
        """As they stand now: they may change between two starts."""
        return self.settings

    def answers(self) -> bool:
        """Whether it listens; from then on red flags are answered."""
        return self._status("/chat/healthz") == 200

    def is_ready(self) -> bool:
        """Whether its model is loaded and its database answers."""
        return self._status("/chat/healthz/ready") == 200

    def has_model(self) -> bool:
        """Whether its model is loaded, whatever the database does."""
        return self._status("/chat/healthz/loaded") == 200

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Returns when it is ready. Raises RuntimeError."""
        self.wait_until(self.is_ready, seconds)

    def _status(self, path: str) -> int | None:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}{path}", timeout=5).status_code
        return None
