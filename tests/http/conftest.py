"""A server around the channel with a Rasa that does as the test says; and, slower, the server as it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest
from chat_server import Client, ServerProcess, fake_rasa, start_server

from assistant.settings import Settings

pytest.register_assert_rewrite("reading")  # so that a failed assertion of its shows the values


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Short waits and a web folder of this test's own."""
    web = tmp_path / "web"
    web.mkdir()
    (web / "page.html").write_text("<!doctype html><title>page</title>")
    (web / "page.js").write_text("// a remark\nexport const shown = 1;\n")
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
def chat(settings: Settings, tmp_path: Path) -> Iterator[Client]:
    """A client without a session, on a server with a fake Rasa."""
    with fake_rasa(settings, tmp_path / "conversations.db") as client:
        yield client


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
