"""A server around the channel with a Rasa that does as the test says; and, slower, the server as it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest
from chat_server import (
    FIXED,
    Background,
    Client,
    FakeAgent,
    ServerProcess,
    fake_screen,
    start_server,
)
from rasa.core.channels.channel import register
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from sanic import Sanic

from assistant.chat_turns import Assessment
from assistant.guard import Guard
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import Settings
from assistant.web_channel import WebChannel


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Short waits and a web folder of this test's own."""
    web = tmp_path / "web"
    web.mkdir()
    (web / "page.html").write_text("<!doctype html><title>page</title>")
    (web / "page.js").write_text("export {};")
    (web / "notes.txt").write_text("not for the browser")
    (tmp_path / "outside.js").write_text("secret")
    (web / "link.js").symlink_to(tmp_path / "outside.js")
    return Settings(
        secret="s" * 32,
        var_dir=tmp_path / "var",
        web_dir=web,
        turn_seconds=0.5,
        body_seconds=1.0,
        messages_per_minute=100,
    )


@pytest.fixture
def chat(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client without a session, on a server with a fake Rasa."""
    channel = WebChannel(
        settings=settings,
        guard=Guard(fake_screen, FIXED.__getitem__),
        assess=lambda _tracker: Assessment("APPOINTMENT", "ask_bladder"),
        page=lambda: {"title": "Page", "sections": [], "contacts": []},
    )
    store = SafeSQLTrackerStore(Domain.empty(), db=str(tmp_path / "conversations.db"))
    app = Sanic(f"test_{abs(hash(request.node.nodeid))}", configure_logging=False)
    app.ctx.agent = agent = FakeAgent(FailSafeTrackerStore(store))
    register([channel], app, route="/webhooks/")
    with Background(app) as server:
        yield Client(f"http://127.0.0.1:{server.port}", agent=agent)


@pytest.fixture
def me(chat: Client) -> Client:
    """A client with a session."""
    return chat.open()


@pytest.fixture(scope="session")
def server(trained_model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The real server with the real model, one for all tests."""
    running = start_server(tmp_path_factory.mktemp("server"), trained_model)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(30)
