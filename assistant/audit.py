"""The audit of emergency decisions: one line a decision, without a word of the person, and never in the way of an answer."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Callable, Final, Mapping

from assistant.audit_chain import append_all
from assistant.log_format import conversation_hash

logger = logging.getLogger(__name__)

AUDITED: Final = ("EMERGENCY", "CRISIS")
AT_ONCE: Final = 200  # decisions of a flood share one wait for the disk
LONGEST_QUEUE: Final = 10_000  # decisions that wait while the disk is full; about 5 MB
RETRY_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Decision:
    """What was decided on one message, by whom ("guard" or "policy") and by which rows of the decision table.

    `message_id` is None for a message that was refused, because it was too long or came too early, yet held a red flag.
    """

    conversation: str | None
    message_id: str | None
    level: str
    reasons: tuple[str, ...]
    answered_by: str


class Audit:
    """Writes decisions at the emergency levels to `folder`, in a thread of its own: a full or hanging disk delays nobody.

    What cannot be written waits and is tried again; each failure is logged. `versions` names what the decisions rest on.
    """

    def __init__(
        self,
        folder: Path,
        versions: Mapping[str, str],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._folder = folder
        self._versions = dict(versions)
        self._now = now
        self._retry_seconds = retry_seconds
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        self._news = threading.Event()
        self._written = threading.Condition()
        self._thread: threading.Thread | None = None

    def record(self, decision: Decision, model: str | None) -> None:
        """Take a decision up; returns at once and never raises. `model` is the id of the model that was asked, if any."""
        if decision.level not in AUDITED:
            return
        if len(self._waiting) >= LONGEST_QUEUE:
            logger.error("audit_dropped level=%s", decision.level)
            return
        at = self._now()
        entry = {
            "time": at.isoformat(timespec="milliseconds"),
            "conversation": None if decision.conversation is None else conversation_hash(decision.conversation),
            "message": decision.message_id,
            "level": decision.level,
            "rows": list(decision.reasons),
            "answered_by": decision.answered_by,
            "versions": {**self._versions, "model": model},
        }
        self._waiting.append((f"{at:%Y-%m}", entry))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="audit", daemon=True)
            try:
                self._thread.start()
            except RuntimeError as error:  # the machine has no thread left; the next decision tries again
                logger.error("audit_failed error=%s rows=%d", type(error).__name__, len(self._waiting))
        self._news.set()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is written, at most `seconds`; whether it is. For the end of the process, and for tests."""
        with self._written:
            return self._written.wait_for(lambda: not self._waiting, seconds)

    def _work(self) -> None:
        while True:
            self._news.wait(self._retry_seconds if self._waiting else None)
            self._news.clear()
            self._write()

    def _write(self) -> None:
        while self._waiting:
            month, of_it = next(groupby(islice(self._waiting, AT_ONCE), key=itemgetter(0)))
            together = [entry for _, entry in of_it]
            try:
                heads = append_all(self._folder, month, together)
            except OSError as error:
                logger.error("audit_failed error=%s rows=%d", type(error).__name__, len(self._waiting))
                return
            for head in heads:
                logger.info("emergency_audited file=%s line=%d sha256=%s", head.file, head.line, head.sha256)
            with self._written:
                for _ in together:
                    self._waiting.popleft()
                self._written.notify_all()
