"""The short form of `make restarts`: no message is lost and none is answered twice when the server is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import restart_cycles
from processes.service import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_kills_under_an_open_chat_lose_nothing_and_repeat_nothing(trained_model: Path, chromium_path: str) -> None:
    assert restart_cycles.run(2, free_port(), chromium=chromium_path) == []
