"""How long a red flag waits for the emergency text from the guard alone, and with others hammering the same worker."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from assistant.wiring import guard
from bench import load
from bench.contenders import Contender
from bench.load import Load
from bench.messages import RED_FLAG

TIMES: Final = 400
USERS: Final = 50
SECONDS: Final = 20


@dataclass
class Emergency:
    """Milliseconds."""

    screened: float  # the guard's own work, median
    answered: float  # over HTTP from a server that has nothing but the guard, median
    hammered: Load  # the same server, so many at once without a pause


def measure(contender: Contender, say: Callable[[str], None]) -> Emergency:
    """Of a server without a model, which is started and ended here."""
    import requests

    own = guard()
    screened = statistics.median(_timed(lambda: own.before(RED_FLAG)) for _ in range(TIMES))
    try:
        contender.server.start()
        web = requests.Session()
        token = web.post(f"{contender.url}/chat/sessions", json={}, timeout=20).json()["token"]
        web.headers["Authorization"] = f"Bearer {token}"

        def ask() -> None:
            body = {"id": "m", "text": RED_FLAG}
            told = web.post(f"{contender.url}/chat/messages", json=body, timeout=20).json()
            if told["level"] != "EMERGENCY" or "911" not in told["safety_text"]:
                raise load.LoadFailed("a red flag got no emergency text")

        answered = statistics.median(_timed(ask) for _ in range(TIMES))
        hammered = load.run(contender.url, "guard", USERS, seconds=SECONDS)
    finally:
        contender.close()
    say(f"guard: {answered * 1e3:.1f} ms; {USERS} at once: p99 {hammered.p99:.0f} ms, {hammered.a_second:.0f} a second")
    return Emergency(screened * 1e3, answered * 1e3, hammered)


def _timed(work: Callable[[], object]) -> float:
    import time

    began = time.perf_counter()
    work()
    return time.perf_counter() - began
