"""Counts and times for the operator's monitoring (Prometheus): no label holds an id, an address or a word of anybody."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import Final, Iterator

from prometheus_client import REGISTRY, Counter, Histogram, start_http_server

from assistant.levels import LEVELS
from assistant.log_format import OURS, event_of

SCREEN, TURN, STORE = "screen", "turn", "store"
_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

MESSAGES: Final = Counter("spine_triage_messages", "Messages that came in, refused and repeated ones too.")
CONVERSATIONS: Final = Counter("spine_triage_conversations", "Sessions opened.")
_ANSWERS: Final = Counter(
    "spine_triage_answers", "Answers by the conversation's level; none if it is not known.", ["level"]
)
SAFETY_TEXTS: Final = Counter("spine_triage_safety_texts", "Answers and errors with the safety text.", ["where"])
_STAGES: Final = Histogram("spine_triage_stage_seconds", "Time by stage of a turn.", ["stage"], buckets=_SECONDS)
_FAULTS: Final = Counter(
    "spine_triage_faults", "Log lines from ERROR on, by event, or by the program they are of.", ["kind"]
)

for _place in ("answer", "error"):
    SAFETY_TEXTS.labels(_place)  # from the start at 0: an alert on the first one needs a value before it
for _level in LEVELS:
    _ANSWERS.labels(_level)


def answered(level: str | None) -> None:
    """Count one answer; anything but a level's name counts as "none"."""
    _ANSWERS.labels(level if level in LEVELS else "none").inc()


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Time one stage of a turn (SCREEN, TURN or STORE), also when it fails."""
    started = time.perf_counter()
    try:
        yield
    finally:
        _STAGES.labels(stage).observe(time.perf_counter() - started)


class FaultCounter(logging.Handler):
    """Counts what is logged from ERROR on. Events have names that stand in our source, so the labels are few."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        """Count one record; of another program by its name alone."""
        program = record.name.partition(".")[0]
        known = program if program in {"rasa", "rasa_sdk", "sanic", "asyncio", "sqlalchemy"} | OURS else "other"
        _FAULTS.labels(event_of(record) or known).inc()


def serve(port: int, host: str = "127.0.0.1") -> None:
    """Answer Prometheus at this address from now on, in a thread. Raises OSError when the port is taken."""
    logging.getLogger().addHandler(FaultCounter())
    start_http_server(port, addr=host, registry=REGISTRY)
