"""A conversation is kept in memory between turns, and yet each server sees what another one wrote; each turn is written once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from outages import Outage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.database import Database
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore

ME = "a_me"


@pytest.fixture
def servers(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[SafeSQLTrackerStore, SafeSQLTrackerStore]:
    """Two servers on one database; what waits for it lies in a folder of each."""
    monkeypatch.delenv("SPINE_TRIAGE_DATABASE_URL", raising=False)
    monkeypatch.setattr("assistant.database.ROOT", tmp_path)
    return SafeSQLTrackerStore(Domain.empty(), host=database_url), SafeSQLTrackerStore(
        Domain.empty(), host=database_url
    )


def run(awaitable: Any) -> Any:
    return asyncio.run(awaitable)


def heard(store: SafeSQLTrackerStore) -> list[str | None]:
    tracker = run(store.retrieve(ME))
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def read(store: SafeSQLTrackerStore) -> DialogueStateTracker:
    tracker = run(store.retrieve(ME))
    if tracker is None:
        tracker = DialogueStateTracker(ME, [])
        tracker.update_with_events([SessionStarted(), ActionExecuted("action_listen")], None)
    return tracker


def say(store: SafeSQLTrackerStore, text: str, message_id: str | None = None) -> DialogueStateTracker:
    """A turn as far as before it is saved."""
    tracker = read(store)
    events = [UserUttered(text, message_id=message_id or text), BotUttered("answer"), ActionExecuted("action_listen")]
    tracker.update_with_events(events, None)
    return tracker


def test_a_conversation_that_nobody_changed_is_not_read_again(servers: Any) -> None:
    store, _ = servers
    tracker = say(store, "one")
    run(store.save(tracker))
    assert run(store.retrieve(ME)) is tracker


def test_what_another_server_wrote_is_seen(servers: Any) -> None:
    first, second = servers
    run(first.save(say(first, "one")))
    run(second.save(say(second, "two")))
    assert heard(first) == ["one", "two"]


def test_a_turn_that_was_broken_off_leaves_nothing_behind(servers: Any) -> None:
    store, _ = servers
    run(store.save(say(store, "one")))
    say(store, "never finished")
    assert heard(store) == ["one"]


def test_what_was_erased_by_others_is_gone_from_memory(servers: Any) -> None:
    first, second = servers
    run(first.save(say(first, "one")))
    second.erase(ME)
    assert run(first.retrieve(ME)) is None


def test_a_turn_that_two_servers_had_is_written_by_one(servers: Any, caplog: pytest.LogCaptureFixture) -> None:
    first, second = servers
    run(first.save(say(first, "one")))
    hung = say(first, "two")
    run(second.save(say(second, "two")))
    run(first.save(hung))
    assert heard(first) == heard(second) == ["one", "two"]
    assert "turn_already_stored" in caplog.text


def test_a_turn_that_two_servers_had_in_an_outage_is_written_by_one(servers: Any, database_url: str) -> None:
    first, second = servers
    run(first.save(say(first, "one")))
    assert heard(second) == ["one"]
    outages = [Outage(store.database) for store in servers]
    for outage, store in zip(outages, servers):
        outage.begin()
        run(store.save(say(store, "two", "the same message")))
    for outage, store in zip(outages, servers):
        outage.end()
        run(store.flush())
    fresh = SafeSQLTrackerStore(Domain.empty(), host=database_url)
    assert heard(fresh) == ["one", "two"]
    assert not any(store.database.outbox.pending for store in servers)


def test_a_database_file_that_was_moved_away_does_not_swallow_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPINE_TRIAGE_DATABASE_URL", raising=False)
    file = tmp_path / "conversations.db"
    store = SafeSQLTrackerStore(Domain.empty(), db=str(file))
    run(store.save(say(store, "one")))
    for name in ("", "-wal", "-shm"):
        file.with_name(file.name + name).rename(tmp_path / f"aside{name}")
    run(store.save(say(store, "two")))
    store.database._resting_until = 0.0
    run(store.flush())
    assert heard(SafeSQLTrackerStore(Domain.empty(), db=str(file))) == ["two"]


def test_servers_that_begin_at_once_on_an_empty_database_all_begin(tmp_path: Path) -> None:
    for number in range(5):
        databases = [Database(f"sqlite:///{tmp_path}/{number}.db") for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(Database.answers, databases)) == [True] * 4
