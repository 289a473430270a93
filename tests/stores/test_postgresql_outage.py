"""A real PostgreSQL that stops, comes back, hangs, and is opened by two servers at once."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from stored import ME, heard, reply, run, say, turn

from assistant import database, postgresql, tables
from assistant.database import Database, DatabaseDown
from assistant.replies_store import RepliesStore
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import Settings
from processes.databases import PostgreSQL

TURN_SECONDS = Settings().turn_seconds  # after that the guard gives the safety text


@pytest.fixture
def server(postgresql_server: PostgreSQL) -> Iterator[PostgreSQL]:
    """The PostgreSQL of all tests, running again afterwards whatever a test did to it."""
    yield postgresql_server
    if not postgresql_server.is_running:
        postgresql_server.start()
    postgresql_server.go_on()


@pytest.fixture
def store(server: PostgreSQL, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> SafeSQLTrackerStore:
    monkeypatch.setattr(database, "REST_SECONDS", 0.0)  # nothing here wants to wait for the circuit breaker
    return SafeSQLTrackerStore(Domain.empty(), host=postgresql_url)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["shutdown", "crash"])
def test_a_conversation_goes_on_while_postgresql_is_stopped_and_is_written_once_when_it_is_back(
    store: SafeSQLTrackerStore, server: PostgreSQL, postgresql_url: str, how: signal.Signals
) -> None:
    say(store, "before")
    reply(store.database, "before")
    server.stop(how)
    say(store, "during")
    reply(store.database, "during")
    assert heard(store) == ["before", "during"]
    server.start()
    say(store, "after")
    reply(store.database, "after")
    fresh = SafeSQLTrackerStore(Domain.empty(), host=postgresql_url)
    assert heard(fresh) == ["before", "during", "after"]
    assert run(postgresql_url, "select count(*) from events where type_name = 'user'") == [(3,)]
    kept = RepliesStore(Database(postgresql_url), keep_seconds=60).history(ME)
    assert [stored.text for stored in kept] == ["before", "during", "after"]


@pytest.mark.parametrize("pre_ping", [True, False])
def test_a_restart_while_nobody_writes_costs_no_turn(
    store: SafeSQLTrackerStore, server: PostgreSQL, caplog: pytest.LogCaptureFixture, pre_ping: bool
) -> None:
    store.engine.pool._pre_ping = pre_ping
    say(store, "before")
    server.stop()
    server.start()
    caplog.set_level(logging.ERROR)
    say(store, "after")
    assert ("database_down" in caplog.text) is not pre_ping


def test_a_database_that_hangs_costs_less_than_a_turn(store: SafeSQLTrackerStore, server: PostgreSQL) -> None:
    say(store, "before")
    server.hang()
    started = time.monotonic()
    with pytest.raises(DatabaseDown), store.database.connect() as connection:
        connection.execute(sa.text("select 1"))
    assert time.monotonic() - started < TURN_SECONDS
    server.go_on()
    assert store.database.answers()
    assert heard(store) == ["before"]


def test_a_statement_that_takes_too_long_is_ended_by_the_server(store: SafeSQLTrackerStore) -> None:
    started = time.monotonic()
    with pytest.raises(DatabaseDown) as caught, store.database.connect() as connection:
        connection.execute(sa.text("select pg_sleep(30)"))
    assert database.STATEMENT_SECONDS <= time.monotonic() - started < TURN_SECONDS + 1
    assert "statement timeout" in str(caught.value.__cause__)


def test_without_limits_of_its_own_a_connection_waits_on(server: PostgreSQL) -> None:
    """Other users of the driver in this process are left alone."""
    import psycopg2

    postgresql.bounded(0.1)
    connection = psycopg2.connect(server.url)
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(1), 7")
        assert cursor.fetchone() == ("", 7)
    connection.close()


@pytest.mark.parametrize("attempt", range(5))
def test_two_servers_may_create_the_tables_at_once(server: PostgreSQL, postgresql_url: str, attempt: int) -> None:
    engines = [database.create_engine(sa.engine.make_url(postgresql_url)) for _ in range(4)]
    failed: list[BaseException] = []
    together = threading.Barrier(len(engines))

    def create(engine: sa.engine.Engine) -> None:
        together.wait()
        try:
            database.create_tables(tables.metadata, engine)
        except sa.exc.SQLAlchemyError as error:
            failed.append(error)

    threads = [threading.Thread(target=create, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for engine in engines:
        engine.dispose()


def test_a_nul_byte_in_an_id_ends_neither_the_process_nor_the_conversations_of_others(
    store: SafeSQLTrackerStore,
) -> None:
    asyncio.run(turn(FailSafeTrackerStore(store), "words", who="a\x00b"))
    say(store, "another")
    assert heard(store) == ["another"]
