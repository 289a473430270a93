"""The real agent, loaded once for all scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from player import Player


@pytest.fixture(scope="session")
def player(trained_model: Path) -> Iterator[Player]:
    """Plays scenarios; no action server answers it."""
    with Player(trained_model) as ready:
        yield ready
