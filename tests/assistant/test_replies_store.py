"""Stored replies: found again, offered once, erased for good, and kept going through an outage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assistant.database import REST_SECONDS, Database, DatabaseDown
from assistant.replies_store import PURGE_SECONDS, RepliesStore, StoredReply

ME = "a_me"
KEEP = 3600


class Clock:
    time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str, tmp_path: Path, clock: Clock) -> Database:
    return Database(database_url, clock=clock, outbox_folder=tmp_path / "outbox")


@pytest.fixture
def store(database: Database, clock: Clock) -> RepliesStore:
    return RepliesStore(database, keep_seconds=KEEP, now=clock)


def stored(message_id: str, *payloads: str, text: str = "words") -> StoredReply:
    buttons = [{"title": payload.upper(), "payload": payload} for payload in payloads]
    return StoredReply(message_id, text, {"level": None, "messages": [{"text": "answer", "buttons": buttons}]})


def begin_outage(database: Database) -> Any:
    engine, database.engine = database.engine, sa.create_engine("sqlite:////nowhere/at/all.db")
    return engine


def test_a_reply_is_found_again_by_its_message_id(store: RepliesStore) -> None:
    store.save(ME, stored("m1"))
    found = store.find(ME, "m1")
    assert found is not None and replace(found, at=0) == stored("m1")
    assert store.find(ME, "m2") is None
    assert store.find("a_other", "m1") is None


def test_only_the_latest_reply_offers_its_buttons(store: RepliesStore) -> None:
    assert store.offered(ME) == {}
    store.save(ME, stored("m1", "yes", "no"))
    assert store.offered(ME) == {"yes": "YES", "no": "NO"}
    store.save(ME, stored("m2", "left"))
    assert store.offered(ME) == {"left": "LEFT"}


def test_history_comes_in_order(store: RepliesStore) -> None:
    for number in range(3):
        store.save(ME, stored(f"m{number}"))
    assert [reply.message_id for reply in store.history(ME)] == ["m0", "m1", "m2"]


@pytest.mark.parametrize("text", ["\x00", "\ud800", "\U0001f600", "\u05d0", "'; drop table chat_replies; --"])
def test_any_text_is_kept_as_it_is(store: RepliesStore, text: str) -> None:
    store.save(ME, stored("m1", text=text))
    assert store.history(ME)[0].text == text


def test_the_same_message_answered_by_two_servers_is_kept_once(
    store: RepliesStore, database: Database, clock: Clock
) -> None:
    other = RepliesStore(database, keep_seconds=KEEP, now=clock)
    store.save(ME, stored("m1", "first"))
    other.save(ME, stored("m1", "second"))
    assert [reply.offered for reply in store.history(ME)] == [{"first": "FIRST"}]


def test_who_comes_second_hands_out_the_reply_that_is_kept(
    store: RepliesStore, database: Database, clock: Clock
) -> None:
    other = RepliesStore(database, keep_seconds=KEEP, now=clock)
    assert store.save(ME, stored("m1", "first")).offered == {"first": "FIRST"}
    assert other.save(ME, stored("m1", "second")).offered == {"first": "FIRST"}


def test_erased_is_erased(store: RepliesStore, database: Database, clock: Clock) -> None:
    store.save(ME, stored("m1", "yes"))
    store.erase(ME, int(clock()) + 10)
    assert store.history(ME) == []
    assert store.offered(ME) == {}
    assert RepliesStore(database, keep_seconds=KEEP, now=clock).is_erased(ME)
    assert not store.is_erased("a_other")


def test_erasing_twice_is_no_error(store: RepliesStore, clock: Clock) -> None:
    store.erase(ME, int(clock()) + 10)
    store.erase(ME, int(clock()) + 10)
    assert store.is_erased(ME)


def test_nothing_claims_to_be_erased_during_an_outage(store: RepliesStore, database: Database, clock: Clock) -> None:
    store.save(ME, stored("m1"))
    begin_outage(database)
    with pytest.raises(DatabaseDown):
        store.erase(ME, int(clock()) + 10)
    assert not store.is_erased(ME)


def test_an_outage_is_bridged_by_memory_and_written_afterwards(
    store: RepliesStore, database: Database, clock: Clock
) -> None:
    engine = begin_outage(database)
    store.save(ME, stored("m1", "yes"))
    store.save(ME, stored("m2", "no"))
    found = store.find(ME, "m1")
    assert found is not None and replace(found, at=0) == stored("m1", "yes")
    assert store.offered(ME) == {"no": "NO"}
    assert [reply.message_id for reply in store.history(ME)] == ["m1", "m2"]
    database.engine = engine
    clock.time += REST_SECONDS
    store.save(ME, stored("m3"))
    fresh = RepliesStore(database, keep_seconds=KEEP, now=clock)
    assert [reply.message_id for reply in fresh.history(ME)] == ["m1", "m2", "m3"]


def test_without_a_database_memory_serves(clock: Clock) -> None:
    store = RepliesStore(None, keep_seconds=KEEP, now=clock)
    store.save(ME, stored("m1"))
    found = store.find(ME, "m1")
    assert found is not None and replace(found, at=0) == stored("m1")
    store.erase(ME, int(clock()) + 10)
    assert store.is_erased(ME)
    assert store.history(ME) == []


def test_a_visitor_does_not_wait_for_a_purge_right_after_another(store: RepliesStore, clock: Clock) -> None:
    store.save(ME, stored("old"))
    store.purge()
    clock.time += KEEP + 1
    store.purge()
    assert store.history(ME) == []
    store.save(ME, stored("new"))
    clock.time += PURGE_SECONDS - 1
    store._keep_seconds = 0  # all is old now
    store.purge()
    assert [reply.message_id for reply in store.history(ME)] == ["new"]
    clock.time += 1
    store.purge()
    assert store.history(ME) == []


def test_what_no_token_opens_any_more_is_purged(store: RepliesStore, database: Database, clock: Clock) -> None:
    store.save(ME, stored("old"))
    store.erase("a_other", int(clock()) + KEEP)
    clock.time += KEEP + 1
    store.save(ME, stored("new"))
    store.purge()
    assert [reply.message_id for reply in store.history(ME)] == ["new"]
    assert not store.is_erased("a_other")
