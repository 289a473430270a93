"""`python -m actions` on a spare port, and an endpoints.yml that names it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import requests
import yaml

from assistant.settings import ROOT
from processes.service import Service


class ActionServer(Service):
    """The action server as it is deployed."""

    def command(self) -> Sequence[str]:
        """The module's command line."""
        return [sys.executable, "-m", "actions", "--port", str(self.port)]

    def cwd(self) -> Path:
        """The project's folder."""
        return ROOT

    def answers(self) -> bool:
        """Whether it takes requests."""
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/health", timeout=2).status_code == 200
        return False


def endpoints_with(actions_url: str, file: Path) -> Path:
    """Write the project's endpoints.yml with this action server to `file`, and return it."""
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text("utf-8"))
    endpoints["action_endpoint"]["url"] = actions_url
    file.write_text(yaml.safe_dump(endpoints), "utf-8")
    return file
