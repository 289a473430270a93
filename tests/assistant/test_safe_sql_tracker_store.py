"""The tracker store: what ends a conversation in Rasa's own store does not end it here."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import sqlalchemy as sa
from outages import Outage, killed
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ConversationPaused, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from assistant.safe_sql_tracker_store import SafeSQLTrackerStore, safe_store

ME = "a_me"
CLASS = "assistant.safe_sql_tracker_store.SafeSQLTrackerStore"


@pytest.fixture(autouse=True)
def _no_override(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SPINE_TRIAGE_DATABASE_URL", raising=False)
    monkeypatch.setattr("assistant.database.ROOT", tmp_path)  # where turns wait for a PostgreSQL that is away


@pytest.fixture
def store(database_url: str) -> SafeSQLTrackerStore:
    return SafeSQLTrackerStore(Domain.empty(), host=database_url)


@pytest.fixture
def outage(store: SafeSQLTrackerStore) -> Iterator[Outage]:
    yield Outage(store.database)


def run(awaitable: Any) -> Any:
    return asyncio.run(awaitable)


async def turn(store: TrackerStore, text: str, *more: Event) -> DialogueStateTracker:
    """One turn the way Rasa does it: read or create, append, save."""
    tracker = await store.get_or_create_tracker(ME, append_action_listen=False)
    if not tracker.events:
        tracker.update_with_events(
            [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")], None
        )
    tracker.update(UserUttered(text))
    tracker.update_with_events([ActionExecuted("action_listen"), *more], None)
    await store.save(tracker)
    return tracker


def words(tracker: DialogueStateTracker | None) -> list[str | None]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def read_anew(database_url: str) -> list[str | None]:
    """The words as another process reads them."""
    return words(run(SafeSQLTrackerStore(Domain.empty(), host=database_url).retrieve(ME)))


def rows(database_url: str) -> list[str]:
    with sa.create_engine(database_url, poolclass=sa.pool.NullPool).connect() as connection:
        return list(connection.execute(sa.text("select type_name from events order by id")).scalars())


def change(database_url: str, statement: str, **values: object) -> None:
    with sa.create_engine(database_url, poolclass=sa.pool.NullPool).begin() as connection:
        connection.execute(sa.text(statement), values)


def test_a_conversation_is_read_back_as_it_was_saved(store: SafeSQLTrackerStore, database_url: str) -> None:
    run(turn(store, "one"))
    run(turn(store, "two"))
    assert read_anew(database_url) == ["one", "two"]
    assert rows(database_url).count("user") == 2


def test_an_unknown_conversation_is_none(store: SafeSQLTrackerStore) -> None:
    assert run(store.retrieve("a_nobody")) is None


def test_the_file_is_readable_by_its_owner_only(sqlite_url: str) -> None:
    path = Path(str(SafeSQLTrackerStore(Domain.empty(), host=sqlite_url).engine.url.database))
    assert path.stat().st_mode & 0o077 == 0


def test_sqlite_writes_ahead_so_that_readers_do_not_block(sqlite_url: str) -> None:
    with SafeSQLTrackerStore(Domain.empty(), host=sqlite_url).database.connect() as connection:
        assert connection.execute(sa.text("pragma journal_mode")).scalar() == "wal"


@pytest.mark.parametrize(
    "data", ["{broken", json.dumps({"event": "from_a_newer_version"}), "null", "[]", json.dumps("text")]
)
def test_a_row_that_cannot_be_read_is_skipped_and_logged_by_its_id(
    store: SafeSQLTrackerStore, database_url: str, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    run(turn(store, "one"))
    change(
        database_url,
        "insert into events (sender_id, type_name, timestamp, data) values (:me, 'odd', 9e9, :data)",
        me=ME,
        data=data,
    )
    caplog.set_level(logging.ERROR)
    assert words(run(store.retrieve(ME))) == ["one"]
    assert f"row={len(rows(database_url))}" in caplog.text


def test_nothing_is_lost_after_a_row_that_cannot_be_read(store: SafeSQLTrackerStore, database_url: str) -> None:
    run(turn(store, "one"))
    change(database_url, "update events set data = '{' where type_name = 'user'")
    fresh = SafeSQLTrackerStore(Domain.empty(), host=database_url)
    run(turn(fresh, "two"))
    assert words(run(fresh.retrieve(ME))) == ["two"]
    assert rows(database_url).count("user") == 2


@pytest.mark.parametrize("left_by", [ActionExecuted("utter_greet"), ConversationPaused()])
def test_a_deaf_conversation_hears_again(store: SafeSQLTrackerStore, left_by: Event) -> None:
    run(turn(store, "one", left_by))
    tracker = run(store.retrieve(ME))
    assert tracker.latest_action_name == "action_listen"
    assert not tracker.is_paused()


def test_the_healing_is_stored_with_the_next_turn(store: SafeSQLTrackerStore, database_url: str) -> None:
    run(turn(store, "one", ConversationPaused()))
    run(turn(store, "two"))
    assert rows(database_url).count("resume") == 1


def test_a_conversation_goes_on_through_an_outage_and_is_stored_afterwards(
    store: SafeSQLTrackerStore, database_url: str, outage: Outage
) -> None:
    run(turn(store, "before"))
    outage.begin()
    run(turn(store, "during"))
    run(turn(store, "still"))
    assert words(run(store.retrieve(ME))) == ["before", "during", "still"]
    outage.end()
    run(turn(store, "after"))
    assert read_anew(database_url) == ["before", "during", "still", "after"]


def test_the_turns_of_an_outage_are_written_when_it_is_over_also_by_the_next_process(
    store: SafeSQLTrackerStore, database_url: str, outage: Outage
) -> None:
    run(turn(store, "one"))
    outage.begin()
    run(turn(store, "two"))
    run(turn(store, "three"))
    killed(store.database.outbox)
    assert read_anew(database_url) == ["one", "two", "three"]
    assert rows(database_url).count("user") == 3


def test_a_process_that_starts_in_an_outage_goes_on_from_the_outbox(
    store: SafeSQLTrackerStore, database_url: str, outage: Outage
) -> None:
    outage.begin()
    run(turn(FailSafeTrackerStore(store), "my legs are numb"))
    killed(store.database.outbox)

    fresh = SafeSQLTrackerStore(Domain.empty(), host=database_url)
    again = Outage(fresh.database)
    again.begin()
    run(turn(fresh, "hello?"))
    again.end()
    run(turn(fresh, "three"))
    assert words(run(fresh.retrieve(ME))) == ["my legs are numb", "hello?", "three"]
    assert rows(database_url).count("user") == 3


def test_a_turn_after_one_failed_read_is_stored(store: SafeSQLTrackerStore, database_url: str, outage: Outage) -> None:
    run(turn(store, "before"))
    store._recent.clear()  # as after a restart of the server
    outage.begin()
    wrapped = FailSafeTrackerStore(store)
    tracker = run(wrapped.get_or_create_tracker(ME, append_action_listen=False))
    outage.end()
    tracker.update(UserUttered("during"))
    run(wrapped.save(tracker))
    assert rows(database_url).count("user") == 2


def test_an_outage_at_the_start_is_survived(store: SafeSQLTrackerStore, database_url: str) -> None:
    outage = Outage(store.database)
    outage.begin()
    run(turn(FailSafeTrackerStore(store), "during"))
    outage.end()
    run(turn(store, "after"))
    assert words(run(store.retrieve(ME))) == ["during", "after"]
    assert rows(database_url).count("user") == 2


def test_an_outage_costs_one_wait_and_not_one_a_query(store: SafeSQLTrackerStore, outage: Outage) -> None:
    attempts = 0

    def count(*_: object) -> None:
        nonlocal attempts
        attempts += 1

    run(turn(store, "before"))
    outage.begin()
    sa.event.listen(store.database.engine, "do_connect", count)
    for _ in range(3):
        run(turn(store, "during"))
    assert attempts == 1


def test_an_erased_conversation_leaves_no_row_and_no_memory(store: SafeSQLTrackerStore, database_url: str) -> None:
    run(turn(store, "one"))
    store.erase(ME)
    assert rows(database_url) == []
    assert store.recent(ME) is None
    assert run(store.retrieve(ME)) is None


def test_erasing_one_conversation_keeps_the_others(store: SafeSQLTrackerStore, database_url: str) -> None:
    run(turn(store, "one"))
    store.erase("a_other")
    assert words(run(store.retrieve(ME))) == ["one"]


def test_errors_of_the_database_do_not_quote_the_person(
    store: SafeSQLTrackerStore, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run(turn(store, "before"))
    change(database_url, "drop table events")
    change(database_url, "create view events as select 1 as id")
    run(turn(FailSafeTrackerStore(store), "my secret"))
    assert "DatabaseDown" in caplog.text or "database_down" in caplog.text
    assert "secret" not in caplog.text


def test_the_class_of_endpoints_yml_is_the_one_in_use(tmp_path: Path) -> None:
    store = TrackerStore.create(EndpointConfig(type=CLASS, db=str(tmp_path / "c.db")), Domain.empty())
    assert isinstance(safe_store(FailSafeTrackerStore(store)), SafeSQLTrackerStore)


@pytest.mark.filterwarnings("ignore:Tracker store with type")
def test_a_store_that_rasa_chose_by_itself_is_refused() -> None:
    store = TrackerStore.create(EndpointConfig(type="assistant.safe_sql_tracker_store.Misspelt"), Domain.empty())
    assert isinstance(store, InMemoryTrackerStore)
    with pytest.raises(TypeError, match="InMemoryTrackerStore"):
        safe_store(FailSafeTrackerStore(store))


@pytest.mark.parametrize("build", [dict, lambda: {"host": "sqlite:////elsewhere/x.db"}])
def test_the_environment_overrides_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Callable[[], dict[str, Any]]
) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", f"sqlite:///{tmp_path}/override.db")
    store = SafeSQLTrackerStore(Domain.empty(), **build())
    assert store.engine.url.database == f"{tmp_path}/override.db"


def test_postgresql_fails_fast_and_checks_its_connections() -> None:
    store = SafeSQLTrackerStore(
        Domain.empty(), dialect="postgresql", host="db.invalid", db="x", username="u", password="p"
    )
    assert store.engine.pool._pre_ping
    assert store.engine.hide_parameters


def test_a_clock_that_is_put_back_hides_no_turn(store: SafeSQLTrackerStore, database_url: str) -> None:
    run(turn(store, "one"))
    change(database_url, "update events set timestamp = timestamp + 86400")  # they were written by a clock a day ahead
    run(turn(store, "two"))
    assert read_anew(database_url) == ["one", "two"]
