"""Conversations end some time after their last message, and nothing of them is left in any file."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from sqlalchemy.engine import make_url
from stored import ME, YOU, files_with, heard, reply, run, say

from assistant import retention, server
from assistant.database import Database
from assistant.replies_store import RepliesStore
from assistant.retention import DailyPurge, open_engine, purge
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import Settings
from assistant.smart_store import OneTimeCodes

DAY = 24 * 3600
NOW = time.time()
MARKER = "hailstorm in the left shoe"


@pytest.fixture
def engine(database_url: str) -> sa.engine.Engine:
    return open_engine(make_url(database_url))


def purge_older_than(days: float, engine: sa.engine.Engine) -> int:
    return purge(engine, before=NOW - days * DAY)


def counts(url: str) -> dict[str, int]:
    """How many rows each person has, in both tables."""
    both = "select sender_id from events union all select conversation from chat_replies"
    return dict(run(url, f"select sender_id, count(*) from ({both}) as rows group by sender_id"))


def test_a_conversation_goes_when_its_last_message_is_old_and_stays_whole_until_then(
    store: SafeSQLTrackerStore, database_url: str, engine: sa.engine.Engine
) -> None:
    for who, days in ((ME, (40, 31)), (YOU, (40, 29))):
        for at in (NOW - day * DAY for day in days):
            say(store, f"{who} {at}", who=who, at=at)
            reply(store.database, f"{who} {at}", who=who, at=at)
    before = counts(database_url)
    assert purge_older_than(30, engine) == 1
    assert counts(database_url) == {YOU: before[YOU]}
    assert purge_older_than(30, engine) == 0


@pytest.mark.parametrize("table", ["events", "replies"])
def test_what_only_one_table_knows_goes_as_well(
    store: SafeSQLTrackerStore, database_url: str, engine: sa.engine.Engine, table: str
) -> None:
    if table == "events":
        say(store, "old", at=NOW - 31 * DAY)
    else:
        reply(store.database, "old", at=NOW - 31 * DAY)
    assert purge_older_than(30, engine) == 1
    assert counts(database_url) == {}


def test_a_reply_that_is_new_keeps_the_whole_conversation(
    store: SafeSQLTrackerStore, database_url: str, engine: sa.engine.Engine
) -> None:
    say(store, "old", at=NOW - 31 * DAY)
    reply(store.database, "new", at=NOW)
    before = counts(database_url)
    assert purge_older_than(30, engine) == 0
    assert counts(database_url) == before


def test_somebody_who_writes_while_it_is_deleted_is_not(
    store: SafeSQLTrackerStore, database_url: str, engine: sa.engine.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message comes after the conversation was found to have ended."""
    say(store, "old", at=NOW - 31 * DAY)
    found = retention._ended

    def found_and_then_came_back(before: float) -> object:
        query = found(before)
        say(store, "back", at=NOW)
        monkeypatch.setattr(retention, "_ended", found)
        return sa.select(sa.literal(ME)).where(query.exists() | sa.true())

    monkeypatch.setattr(retention, "_ended", found_and_then_came_back)
    assert purge_older_than(30, engine) == 0
    assert heard(SafeSQLTrackerStore(Domain.empty(), host=database_url)) == ["old", "back"]


def test_codes_and_erasures_that_have_expired_go_and_others_stay(database_url: str, engine: sa.engine.Engine) -> None:
    database = Database(database_url)
    codes = OneTimeCodes(database)
    live = codes.put("launch", "live", seconds=600)
    run(database_url, "insert into chat_one_time_codes values ('h', 'launch', 'old', :at)", at=int(NOW) - 5)
    replies = RepliesStore(database, keep_seconds=60)
    replies.erase(ME, int(NOW) - 5)
    replies.erase(YOU, int(NOW) + DAY)
    purge_older_than(30, engine)
    assert run(database_url, "select count(*) from chat_one_time_codes") == [(1,)]
    assert codes.take("launch", live) == "live"
    assert run(database_url, "select conversation from chat_erased") == [(YOU,)]


def test_a_database_without_any_table_is_purged_of_nothing(engine: sa.engine.Engine) -> None:
    assert purge_older_than(30, engine) == 0


def test_somebody_who_comes_back_after_a_purge_begins_anew(
    store: SafeSQLTrackerStore, database_url: str, engine: sa.engine.Engine
) -> None:
    """The server still has the conversation in memory; the database counts."""
    say(store, "old", at=NOW - 31 * DAY)
    purge_older_than(30, engine)
    say(store, "new")
    assert heard(store) == ["new"]
    assert heard(SafeSQLTrackerStore(Domain.empty(), host=database_url)) == ["new"]


# ---- every byte on the disk ----


def fill(url: str, people: int) -> SafeSQLTrackerStore:
    """Conversations interleaved, as they come, so that their rows share pages; each third is old."""
    store = SafeSQLTrackerStore(Domain.empty(), host=url)
    for number in range(4):
        for person in range(people):
            at = NOW - (31 if person % 3 == 0 else 1) * DAY
            words = f"{MARKER} of p{person}q " * (1 + 40 * (number % 2))  # short, and over several pages
            say(store, words, who=f"a_p{person}q", at=at)
            reply(store.database, words, who=f"a_p{person}q", at=at)
    return store


@pytest.mark.parametrize("reading", [False, True], ids=["alone", "while somebody reads"])
def test_nothing_of_a_purged_person_is_left_in_any_byte(sqlite_url: str, tmp_path: Path, reading: bool) -> None:
    people = 30
    fill(sqlite_url, people)
    engine = open_engine(make_url(sqlite_url))
    reader = engine.connect()
    if reading:
        reader.exec_driver_sql("select count(*) from events").scalar_one()  # the file stays open, its log with it
        say(SafeSQLTrackerStore(Domain.empty(), host=sqlite_url), "still talking", who="a_p0q", at=NOW - 31 * DAY)
        assert files_with(tmp_path, "p0q") == ["conversations.db", "conversations.db-wal"]
    assert purge_older_than(30, engine) == 10
    left = {person: files_with(tmp_path, f"p{person}q") for person in range(people)}
    reader.close()
    assert {person for person, files in left.items() if files} == {p for p in range(people) if p % 3}


def test_nothing_of_an_erased_person_is_left_in_any_byte(sqlite_url: str, tmp_path: Path) -> None:
    store = fill(sqlite_url, 12)
    replies = RepliesStore(store.database, keep_seconds=60)
    with store.database.connect() as reader:  # keeps the write-ahead log there, as a second server would
        reader.exec_driver_sql("select count(*) from events").scalar_one()
        for person in (0, 5):
            store.erase(f"a_p{person}q")
            replies.erase(f"a_p{person}q", int(NOW) + 600)
        left = {person for person in range(12) if files_with(tmp_path, f"of p{person}q")}
    assert left == set(range(12)) - {0, 5}


def test_a_write_ahead_log_that_somebody_reads_is_kept_for_now_and_said_so(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = fill(sqlite_url, 3)
    with open_engine(make_url(sqlite_url)).connect() as reader:
        reader.exec_driver_sql("begin")
        reader.exec_driver_sql("select count(*) from events").scalar_one()
        store.erase("a_p1q")
        assert "write_ahead_log_kept" in caplog.text
    RepliesStore(store.database, keep_seconds=60).erase("a_p1q", int(NOW) + 600)
    assert files_with(tmp_path, "of p1q") == []


# ---- in the server ----


def test_the_server_purges_at_its_start_and_once_a_day(
    store: SafeSQLTrackerStore, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention, "DAY", 0.2)
    caplog.set_level(logging.INFO)
    say(store, "old", at=NOW - DAY)
    daily = DailyPurge(make_url(database_url), keep_days=1)
    daily.start()
    until(lambda: "purged conversations=1" in caplog.text)
    say(store, "old again", at=NOW - DAY)
    until(lambda: caplog.text.count("purged conversations=1") == 2)
    daily.stop()
    assert counts(database_url) == {}


def test_a_purge_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention, "RETRY_SECONDS", 0.1)
    daily = DailyPurge(make_url("postgresql://u:p@127.0.0.1:1/x"), keep_days=1)
    daily.start()
    until(lambda: caplog.text.count("purge_failed error=OperationalError") > 1)
    daily.stop()


def test_the_server_begins_with_the_days_of_its_setting(
    store: SafeSQLTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    begun: list[tuple[str, float]] = []
    monkeypatch.setattr(DailyPurge, "start", lambda self: begun.append((self._url, self._keep_seconds)))
    settings = Settings.from_env({"SPINE_TRIAGE_KEEP_DAYS": "7"})
    server._begin_purging(SimpleNamespace(tracker_store=store), settings.keep_days)
    assert begun == [(store.engine.url, 7 * DAY)]


def test_turns_are_not_delayed_by_a_purge(store: SafeSQLTrackerStore, engine: sa.engine.Engine) -> None:
    for number in range(100):
        reply(store.database, "old " * 200, who=f"a_{number}", at=NOW - 31 * DAY)
        say(store, "old " * 200, who=f"a_{number}", at=NOW - 31 * DAY)
    purging = threading.Thread(target=purge_older_than, args=(30, engine))
    longest, turns = 0.0, 0
    purging.start()
    while purging.is_alive():
        started = time.monotonic()
        say(store, "now", who=YOU)
        longest, turns = max(longest, time.monotonic() - started), turns + 1
    purging.join()
    assert turns > 3
    assert longest < 1.0
    assert counts(str(engine.url.render_as_string(hide_password=False))).keys() == {YOU}


def until(condition: object) -> None:
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_date_of_a_damaged_file_counts_as_its_last_message(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(make_url(sqlite_url))
    folder = tmp_path / "var"
    for days in (31, 29):
        stamp = datetime.fromtimestamp(NOW - days * DAY, UTC).strftime("%Y%m%dT%H%M%SZ")
        (folder / f"conversations.db.damaged-{stamp}").write_text(f"{days} days")
    purge_older_than(30, engine)
    assert [path.read_text() for path in folder.glob("*.damaged-*")] == ["29 days"]
