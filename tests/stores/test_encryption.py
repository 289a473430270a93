"""What people said is sealed on the disk, whatever keys come and go."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest
from chat_server import fake_rasa, start_server
from cryptography.fernet import Fernet
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from stored import ME, YOU, files_with, heard, message_id, reply, run, say, turn

from assistant import key_rotation
from assistant.database import Database
from assistant.encryption import PREFIX, CannotOpen, Cipher
from assistant.replies_store import RepliesStore
from assistant.retention import open_engine
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import Settings
from processes.databases import PostgreSQL

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
MARKER = "my legs hum like bees at noon"
KEYS = "SPINE_TRIAGE_DATA_KEYS"


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYS, NEW)


@pytest.fixture
def lost(store: SafeSQLTrackerStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn and its reply under a key that is gone since; what follows has another."""
    monkeypatch.setenv(KEYS, OLD)
    say(store, "lost")
    reply(store.database, "lost")
    monkeypatch.setenv(KEYS, NEW)


def raw(url: str) -> list[str]:
    """Every value that may hold words, as it is stored."""
    found = run(url, "select data from events union all select text from chat_replies") + run(
        url, "select reply from chat_replies"
    )
    return [value for (value,) in found]


def replies_of(url: str) -> RepliesStore:
    return RepliesStore(Database(url), keep_seconds=60)


# ---- the cipher ----


@pytest.mark.parametrize("text", ["", "words", '{"a": "\\u0000"}', "\U0001f600 \u05d0", "\ud800", "x" * 100_000])
def test_what_is_sealed_is_opened_as_it_was(text: str) -> None:
    sealed = Cipher([NEW]).seal(text)
    assert sealed.startswith(PREFIX) and sealed.isascii() and sealed.isprintable()
    assert len(text) < 3 or text not in sealed
    assert Cipher([NEW]).open(sealed) == text
    assert Cipher([OLD, NEW]).open(sealed) == text


def test_the_same_text_is_never_sealed_in_the_same_way() -> None:
    cipher = Cipher([NEW])
    assert cipher.seal("words") != cipher.seal("words")


def test_without_a_key_a_text_stays_as_it_is() -> None:
    assert Cipher().seal('"words"') == '"words"'
    assert Cipher([NEW]).open('"words"') == '"words"'
    assert not Cipher().has_keys and Cipher([NEW]).has_keys


@pytest.mark.parametrize("keys", [(), (OLD,)], ids=["no key", "another key"])
def test_without_the_right_key_nothing_is_opened(keys: tuple[str, ...]) -> None:
    with pytest.raises(CannotOpen):
        Cipher(keys).open(Cipher([NEW]).seal("words"))


@pytest.mark.parametrize("place", [7, 40, -1])
def test_a_sealed_text_that_was_changed_is_not_opened(place: int) -> None:
    sealed = list(Cipher([NEW]).seal("words"))
    sealed[place] = "A" if sealed[place] != "A" else "B"
    with pytest.raises(CannotOpen):
        Cipher([NEW]).open("".join(sealed))


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        Cipher(["too short"])


# ---- the stores ----


def test_words_are_sealed_and_what_rasa_selects_by_stays_clear(
    store: SafeSQLTrackerStore, database_url: str, sealed: None
) -> None:
    say(store, MARKER)
    reply(store.database, MARKER)
    assert all(value.startswith(PREFIX) for value in raw(database_url))
    kinds = {kind for (kind,) in run(database_url, "select type_name from events where sender_id = :who", who=ME)}
    assert {"user", "bot", "session_started"} <= kinds
    assert heard(SafeSQLTrackerStore(Domain.empty(), host=database_url)) == [MARKER]
    assert [kept.text for kept in replies_of(database_url).history(ME)] == [MARKER]


def test_what_was_written_before_there_was_a_key_is_still_read(
    store: SafeSQLTrackerStore, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, "clear")
    reply(store.database, "clear")
    monkeypatch.setenv(KEYS, NEW)
    say(store, "sealed")
    reply(store.database, "sealed")
    assert heard(SafeSQLTrackerStore(Domain.empty(), host=database_url)) == ["clear", "sealed"]
    assert [kept.text for kept in replies_of(database_url).history(ME)] == ["clear", "sealed"]


def test_a_row_that_no_key_opens_is_skipped_and_logged_by_its_id(
    store: SafeSQLTrackerStore, database_url: str, lost: None, caplog: pytest.LogCaptureFixture
) -> None:
    say(store, "kept")
    reply(store.database, "kept")
    caplog.set_level(logging.ERROR)
    assert heard(SafeSQLTrackerStore(Domain.empty(), host=database_url)) == ["kept"]
    replies = replies_of(database_url)
    assert [kept.text for kept in replies.history(ME)] == ["kept"]
    assert replies.find(ME, message_id("lost")) is None
    (row,) = run(database_url, "select min(id) from events where type_name = 'user'")
    assert f"event_skipped row={row[0]} type=user" in caplog.text and "reply_skipped row=1" in caplog.text
    assert "lost" not in caplog.text


def test_buttons_of_a_reply_that_no_key_opens_are_not_offered(database_url: str, lost: None) -> None:
    assert replies_of(database_url).offered(ME) == {}


def test_the_same_message_again_after_its_reply_was_lost_is_answered(
    store: SafeSQLTrackerStore, database_url: str, lost: None
) -> None:
    reply(store.database, "lost")  # raises nothing: the row is there already
    assert run(database_url, "select count(*) from chat_replies") == [(1,)]


# ---- rotation ----


def rotate(url: str, *keys: str) -> key_rotation.Rotated:
    engine = open_engine(Database(url).engine.url)
    try:
        return key_rotation.rotate(engine, Cipher(keys))
    finally:
        engine.dispose()


def test_after_a_rotation_the_old_key_is_needed_no_more(
    store: SafeSQLTrackerStore, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 3)
    say(store, "clear")
    monkeypatch.setenv(KEYS, OLD)
    say(store, "old")
    reply(store.database, "old")
    monkeypatch.setenv(KEYS, f"{NEW} {OLD}")
    say(store, "new")
    rows = len(raw(database_url)) - 1  # one row of replies has two columns
    done = rotate(database_url, NEW, OLD)
    assert (done.rows, done.unreadable) == (rows, 0) and 0 < done.sealed < rows
    assert all(Cipher([NEW]).is_current(value) for value in raw(database_url))
    monkeypatch.setenv(KEYS, NEW)
    assert heard(SafeSQLTrackerStore(Domain.empty(), host=database_url)) == ["clear", "old", "new"]
    assert [kept.text for kept in replies_of(database_url).history(ME)] == ["old"]
    assert rotate(database_url, NEW, OLD).sealed == 0


def test_a_row_that_cannot_be_opened_does_not_end_a_rotation(
    store: SafeSQLTrackerStore, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    say(store, "words")
    foreign = Cipher([Fernet.generate_key().decode()]).seal("{}")
    run(database_url, "update events set data = :data where id = 2", data=foreign)
    done = rotate(database_url, NEW)
    assert (done.unreadable, done.sealed) == (1, done.rows - 1)
    assert "no_key_opens table=events row=2" in caplog.text
    assert run(database_url, "select data from events where id = 2") == [(foreign,)]


async def test_turns_go_on_during_a_rotation(
    store: SafeSQLTrackerStore, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    for number in range(5):
        await turn(store, f"before {number}")
    monkeypatch.setenv(KEYS, NEW)
    rotating = asyncio.create_task(asyncio.to_thread(rotate, database_url, NEW))
    turns = 0
    while not rotating.done():
        await turn(store, f"during {turns}", who=YOU)
        turns += 1
        await asyncio.sleep(0)
    done = await rotating
    assert turns > 1 and done.unreadable == 0
    assert "database_down" not in caplog.text
    tracker = await SafeSQLTrackerStore(Domain.empty(), host=database_url).retrieve(YOU)
    assert tracker is not None
    assert sum(event.type_name == "user" for event in tracker.events) == turns


# ---- every byte on the disk ----


async def _remembering(store: SafeSQLTrackerStore, message: UserMessage) -> None:
    """A bot that repeats the words and stores the turn, as Rasa would."""
    await message.output_channel.send_text_message(message.sender_id, f"You said: {message.text}")
    await turn(store, str(message.text), who=message.sender_id)


@pytest.mark.parametrize("keys", [NEW, ""], ids=["sealed", "clear"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_byte_of_any_file_holds_what_somebody_said(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    keys: str,
) -> None:
    """With a key; without one the same search finds the words, so it would find them."""
    folder = tmp_path / "var"
    if kind == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql_server")
        monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    monkeypatch.setenv(KEYS, keys)
    marker = f"{MARKER} {kind} {'sealed' if keys else 'clear'}"  # another one each, for the cluster is the same
    web = tmp_path / "web"
    web.mkdir()
    settings = Settings(secret="s" * 32, var_dir=folder, web_dir=web)
    with fake_rasa(settings, folder / "conversations.db") as chat:
        store = chat.agent.tracker_store._tracker_store
        chat.agent.bot = lambda message: _remembering(store, message)
        me = chat.open()
        assert marker in me.send("m1", marker).text
        if kind == "sqlite":
            with store.database.connect() as connection:  # so that the write-ahead log is there and is searched
                me.send("m2", f"{marker} again")
                assert connection.exec_driver_sql("select count(*) from events").scalar_one() > 0
                assert (folder / "conversations.db-wal").stat().st_size > 0
                found = files_with(folder, marker)
        else:
            run(chat.agent.tracker_store._tracker_store.engine.url, "checkpoint")
            found = files_with(server.data, marker) + files_with(folder, marker)
        assert marker in me.call("GET", "/chat/messages").text
    assert bool(found) is not bool(keys), found


@pytest.mark.parametrize("keys", [NEW, ""], ids=["sealed", "clear"])
def test_words_that_wait_for_a_database_are_sealed_too(
    postgresql_server: PostgreSQL, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    monkeypatch.setenv(KEYS, keys)
    store = SafeSQLTrackerStore(Domain.empty(), host=postgresql_url)
    postgresql_server.stop()
    try:
        say(FailSafeTrackerStore(store), MARKER)
        waiting = files_with(tmp_path, MARKER)
        assert store.database.outbox.pending and bool(waiting) is not bool(keys)
    finally:
        postgresql_server.start()
    monkeypatch.setattr(store.database, "_resting_until", float("-inf"))
    assert store.database.answers()
    assert heard(SafeSQLTrackerStore(Domain.empty(), host=postgresql_url)) == [MARKER]


@pytest.mark.slow
def test_the_real_server_leaves_no_words_on_the_disk(trained_model: Path, tmp_path: Path) -> None:
    marker = "my left foot has felt like wet sand since the hailstorm"
    running = start_server(tmp_path, str(trained_model), SPINE_TRIAGE_DATA_KEYS=NEW)
    try:
        running.wait_until_ready()
        me = running.client.open()
        for number, text in enumerate((marker, "I can't feel my legs", "no")):
            assert me.send(f"m{number}", text).status_code == 200
        assert marker in json.dumps(me.call("GET", "/chat/messages").json())
    finally:
        running.process.terminate()
        running.process.wait(30)
    assert {path.name for path in tmp_path.iterdir()} >= {"conversations.db", "server.log"}
    assert files_with(tmp_path, marker) == []
    assert files_with(tmp_path, "hailstorm") == []
