"""Load by Locust, in its own environment, and what it measured."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

from assistant.settings import ROOT
from processes.tools import Tools

_LIMIT_SECONDS = 3600


class LoadFailed(RuntimeError):
    """Somebody got no answer, or Locust could not run."""


@dataclass(frozen=True)
class Load:
    """Times in milliseconds, of messages alone."""

    users: int
    messages: int
    median: float
    p95: float
    p99: float
    a_second: float


def locust() -> Tools:
    """Locust, installed by its lock. Raises ToolError."""
    tools = Tools(ROOT, "bench")
    tools.install()
    return tools


def run(url: str, kind: str, users: int, *, seconds: int | None = None, messages: int | None = None) -> Load:
    """So many users for so long, or until so many messages. Raises LoadFailed, for a single failure as well."""
    env = {**os.environ, "KIND": kind, "MESSAGES": str(messages or 0)}
    program, arguments = command(url, users, seconds)
    ended = subprocess.run(
        [program, *arguments], env=env, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False
    )
    try:
        (told,) = [one for one in json.loads(ended.stdout) if one["name"] == "message"]
    except ValueError:
        raise LoadFailed(ended.stderr[-1000:]) from None
    if told["num_failures"]:
        raise LoadFailed(f"{told['num_failures']} of {told['num_requests']} messages got no answer")
    return _load(users, told)


def command(url: str, users: int, seconds: int | None) -> tuple[str, list[str]]:
    """Locust's program and arguments; `bench/locustfile.py` says what it reads from the environment."""
    arguments = ["-f", str(ROOT / "bench" / "locustfile.py"), "--headless", "--json", "--only-summary"]
    arguments += ["--host", url, "-u", str(users), "-r", str(users), "--loglevel", "ERROR"]
    arguments += ["--run-time", f"{seconds}s"] if seconds is not None else []
    return str(Tools(ROOT, "bench").path("locust")), arguments


def _load(users: int, told: dict[str, Any]) -> Load:
    times = sorted((float(time), int(count)) for time, count in told["response_times"].items())

    def within(share: float) -> float:
        left = share * sum(count for _, count in times)
        for time, count in times:
            left -= count
            if left <= 0:
                return time
        return times[-1][0]

    lasted = told["last_request_timestamp"] - told["start_time"]
    return Load(users, told["num_requests"], within(0.5), within(0.95), within(0.99), told["num_requests"] / lasted)
