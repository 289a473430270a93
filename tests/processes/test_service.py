"""A program that a test starts, hangs and ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from processes.service import Service

GONE = 2**22 + 1  # above the highest process id Linux gives


class Sleeper(Service):
    """Does nothing for a minute."""

    def command(self) -> Sequence[str]:
        return [sys.executable, "-c", "import time; time.sleep(60)"]

    def answers(self) -> bool:
        return self.is_running


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    running = Sleeper()
    running.start()
    yield running
    running.close()


def state(service: Service) -> str:
    """The letter under which Linux lists the process: T is stopped."""
    assert service.process is not None
    return Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="Linux lists processes there")
def test_a_child_that_ended_since_it_was_listed_does_not_keep_the_others_from_hanging(
    sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = sleeper._pids()
    monkeypatch.setattr(sleeper, "_pids", lambda: [GONE, *pids])
    sleeper.hang()
    sleeper.wait_until(lambda: state(sleeper) == "T")
    sleeper.go_on()
    sleeper.wait_until(lambda: state(sleeper) != "T")
