"""How long a red flag waits for the emergency text: from the guard alone, and while others hammer the same worker."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import requests

from assistant.wiring import guard
from bench import load
from bench.contenders import Contender
from bench.load import Load
from bench.messages import RED_FLAG
from processes.quantiles import quantile

TIMES: Final = 400
USERS: Final = 50
SECONDS: Final = 30
PAUSE: Final = 0.05  # between two red flags of one person, so that they do not hammer themselves


@dataclass
class Emergency:
    """Milliseconds."""

    screened: float  # the guard's own work, median
    answered: float  # over HTTP from a server that has nothing but the guard, median
    red_flags_hammered: Load  # the same server, so many red flags at once without a pause
    amid_others: list[float]  # red flags of one person at the whole server, while so many others write without a pause


def measure(alone: Contender, whole: Contender, say: Callable[[str], None]) -> Emergency:
    """`alone` has no model. Both are started and ended here."""
    own = guard()
    screened = statistics.median(_timed(lambda: own.before(RED_FLAG)) for _ in range(TIMES))
    try:
        alone.server.start()
        ask = _asking(alone)
        answered = statistics.median(_timed(ask) for _ in range(TIMES))
        say(f"guard alone: {answered * 1e3:.1f} ms")
        hammered = load.run(alone.url, "guard", USERS, seconds=SECONDS)
        say(f"guard alone, {USERS} red flags at once: p99 {hammered.p99:.0f} ms, {hammered.a_second:.0f} a second")
    finally:
        alone.close()
    try:
        whole.start()
        amid = _amid_others(whole)
    finally:
        whole.close()
    say(f"red flags while {USERS} others write: p99 {quantile(amid, 0.99):.0f} ms")
    return Emergency(screened * 1e3, answered * 1e3, hammered, amid)


def _amid_others(whole: Contender) -> list[float]:
    """One person after the other states a red flag; each a conversation of its own."""
    program, arguments = load.command(whole.url, USERS, SECONDS)
    others = subprocess.Popen(
        [program, *arguments],
        env={**os.environ, "KIND": whole.kind},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(SECONDS / 5)  # until all of them are there
        ends = time.monotonic() + SECONDS * 3 / 5
        times = []
        while time.monotonic() < ends:
            times.append(whole.open()(RED_FLAG) * 1e3)
            time.sleep(PAUSE)
        return times
    finally:
        others.terminate()
        others.wait()


def _asking(alone: Contender) -> Callable[[], None]:
    web = requests.Session()
    token = web.post(f"{alone.url}/chat/sessions", json={}, timeout=20).json()["token"]
    web.headers["Authorization"] = f"Bearer {token}"

    def ask() -> None:
        told = web.post(f"{alone.url}/chat/messages", json={"id": "m", "text": RED_FLAG}, timeout=20).json()
        if told["level"] != "EMERGENCY" or "911" not in told["safety_text"]:
            raise load.LoadFailed("a red flag got no emergency text")

    return ask


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
