"""One program the supervisor keeps running: started again when it ends, more slowly each time it does so soon."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant import child_process

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 60.0


@dataclass
class Service:
    """A program by the name people know it by, how it is started, and how often it has just failed."""

    name: str
    command: Sequence[str]
    log: Path
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    process: subprocess.Popen[bytes] | None = None
    _started_at: float = 0.0
    _start_again_at: float | None = None
    _failures: int = 0

    def start(self) -> None:
        """Starts the program. Raises OSError when it cannot be."""
        self.process = child_process.start(self.command, log=self.log, cwd=self.cwd, env=self.env)
        self._started_at = self.clock()
        self._start_again_at = None

    def has_ended(self) -> bool:
        """Whether the program is not running now."""
        return self.process is None or self.process.poll() is not None

    def look_after(self) -> str | None:
        """Plans or makes a new start when the program has ended; returns a line to tell when something changed."""
        if not self.has_ended():
            return None
        if self._start_again_at is None:
            return self._plan_start()
        if self.clock() < self._start_again_at:
            return None
        self.start()
        return None

    def _plan_start(self) -> str:
        if self.process is not None:
            child_process.stop([self.process])  # what it started may have outlived it
        if self.clock() - self._started_at >= STEADY_SECONDS:
            self._failures = 0
        delay = min(FIRST_DELAY_SECONDS * 2**self._failures, LONGEST_DELAY_SECONDS)
        self._failures += 1
        self._start_again_at = self.clock() + delay
        return f"The {self.name} stopped; starting it again in {delay:.0f} s. Details: {self.log}"
