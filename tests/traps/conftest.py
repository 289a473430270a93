"""Two agents for all traps, loaded once: ours as it runs, and one as Rasa comes out of the box."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "http"))  # its server in a thread, and its client

# As the command line sets it: what these tests import would set another, and programs that tests start would inherit it.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from agents import ActionServer, Driver, load_ours, train_stock


@pytest.fixture(autouse=True)
def _no_other_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPINE_TRIAGE_DATABASE_URL", raising=False)


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for both agents, whatever a pytest plugin does with its own."""
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="session")
def ours(trained_model: Path, runner: asyncio.Runner) -> Driver:
    """The real agent with the trained model; nothing answers its actions."""
    return load_ours(trained_model, runner)


@pytest.fixture(scope="session")
def stock(ours: Driver, runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Driver:
    """A small assistant the usual way: a form, a slot, an action, two variations, default settings.

    After ours, for what ours imports is quick only when it comes first.
    """
    return train_stock(tmp_path_factory.mktemp("stock"), runner)


@pytest.fixture
def action_server() -> Iterator[ActionServer]:
    """An action server that answers as the test says."""
    with ActionServer() as server:
        yield server
