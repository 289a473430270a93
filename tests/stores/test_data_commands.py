"""purge, erase, export and rotate-keys, as a person at the terminal calls them, on both databases."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from chat_server import fake_rasa
from cryptography.fernet import Fernet
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from stored import ME, YOU, files_with, heard, reply, run, say, turn

from assistant import cli, data_commands
from assistant.data_commands import database_url as configured_url
from assistant.encryption import Cipher
from assistant.jsonl import InputError
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import ROOT, Settings
from processes.databases import PostgreSQL

DAY = 24 * 3600
NOW = time.time()
KEY = Fernet.generate_key().decode()
MARKER = "hailstorm in the left shoe"

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> SafeSQLTrackerStore:
    """The store whose database the commands are told to use."""
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", database_url)
    return SafeSQLTrackerStore(Domain.empty())


def fails(capsys: Capture, code: int, *arguments: str) -> str:
    """Call a command that must fail with `code`; returns the one line it says."""
    assert cli.main(arguments) == code
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("spine-triage: ") and shown.err.count("\n") == 1, shown.err
    return shown.err


# ---- purge ----


def test_purge_deletes_what_ended_before_and_says_how_many(
    store: SafeSQLTrackerStore, database_url: str, capsys: Capture
) -> None:
    say(store, "old", at=NOW - 31 * DAY)
    say(store, "new", who=YOU)
    assert cli.main(["purge", "--older-than", "30d"]) == 0
    assert capsys.readouterr().out.startswith("1 conversations deleted whose last message came before 20")
    fresh = SafeSQLTrackerStore(Domain.empty())
    assert (heard(fresh, ME), heard(fresh, YOU)) == ([], ["new"])


def test_purge_gives_the_space_back(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", sqlite_url)
    store = SafeSQLTrackerStore(Domain.empty())
    for number in range(10):
        say(store, f"{MARKER} {number}" * 1000, at=NOW - 3 * DAY)
    file = tmp_path / "var" / "conversations.db"
    before = file.stat().st_size
    assert cli.main(["purge", "--older-than", "2d"]) == 0
    assert file.stat().st_size < before / 4
    assert files_with(tmp_path, MARKER) == []


@pytest.mark.parametrize("duration", ["30", "d", "0d", "-3d", "1.5d", "30 d", "30m", "999999d", "", "٣d"])
def test_a_duration_that_makes_no_sense_is_refused(capsys: Capture, duration: str) -> None:
    assert "no duration" in fails(capsys, 2, "purge", f"--older-than={duration}")


@pytest.mark.parametrize(("duration", "seconds"), [("12h", 43_200), ("30d", 2_592_000), ("8w", 4_838_400)])
def test_durations(duration: str, seconds: int) -> None:
    assert data_commands.seconds(duration) == seconds


# ---- erase ----


def test_erase_deletes_everything_of_one_and_nothing_of_others(
    store: SafeSQLTrackerStore, database_url: str, capsys: Capture
) -> None:
    for who in (ME, YOU):
        say(store, "words", who=who)
        reply(store.database, "words", who=who)
    assert cli.main(["erase", ME]) == 0
    assert capsys.readouterr().out == f"{ME} is erased: 7 rows deleted.\n"
    left = "select sender_id from events union select conversation from chat_replies"
    assert run(database_url, left) == [(YOU,)]
    assert "no conversation 'a_me' is stored" in fails(capsys, 2, "erase", ME)


def test_what_waits_for_the_database_in_a_running_server_is_erased_with_the_rest(
    store: SafeSQLTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in (ME, YOU):
        say(store, "before", who=who)
    monkeypatch.setattr(store.database, "_resting_until", float("inf"))
    for who in (ME, YOU):
        say(store, "in the outage", who=who)
        reply(store.database, "in the outage", who=who)
    assert cli.main(["erase", ME]) == 0
    monkeypatch.setattr(store.database, "_resting_until", 0.0)
    asyncio.run(store.flush())
    assert not store.database.outbox.pending
    fresh = SafeSQLTrackerStore(Domain.empty())
    assert (heard(fresh, ME), heard(fresh, YOU)) == ([], ["before", "in the outage"])


@pytest.mark.parametrize("conversation", ["a_nobody", "", "'; drop table events; --", "%", "x" * 1000])
def test_an_unknown_conversation_is_refused(store: SafeSQLTrackerStore, capsys: Capture, conversation: str) -> None:
    say(store, "words")
    assert "no conversation" in fails(capsys, 2, "erase", conversation)
    assert "no conversation" in fails(capsys, 2, "export", conversation)
    assert heard(SafeSQLTrackerStore(Domain.empty())) == ["words"]


@pytest.mark.parametrize("by", ["the person", "the hospital"])
def test_what_was_erased_is_closed_and_gone_from_every_byte(
    store: SafeSQLTrackerStore, request: pytest.FixtureRequest, database_url: str, tmp_path: Path, by: str
) -> None:
    async def bot(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, "Noted.")
        await turn(served, str(message.text), who=message.sender_id)

    (tmp_path / "web").mkdir()
    settings = Settings(secret="s" * 32, var_dir=tmp_path / "var", web_dir=tmp_path / "web")
    with fake_rasa(settings, tmp_path / "not-used.db") as chat:
        served = chat.agent.tracker_store._tracker_store
        chat.agent.bot = bot
        me, other = chat.open(), chat.open()
        me.send("m1", MARKER)
        other.send("m1", "words of another")
        ((mine,),) = run(database_url, "select distinct conversation from chat_replies where id = 1")
        if by == "the person":
            assert me.call("DELETE", "/chat/sessions/current").status_code == 204
        else:
            assert cli.main(["erase", mine]) == 0
        for answer in (me.send("m2", "hello"), me.call("GET", "/chat/messages")):
            assert answer.json()["error"]["code"] == "erased"
        assert "words of another" in other.call("GET", "/chat/messages").text
    assert run(database_url, "select count(*) from events where sender_id = :mine", mine=mine) == [(0,)]
    assert run(database_url, "select count(*) from chat_replies where conversation = :mine", mine=mine) == [(0,)]
    assert files_with(tmp_path, MARKER) == []
    if database_url.startswith("sqlite"):
        assert files_with(tmp_path, "words of another") == ["conversations.db"]


# ---- export ----


def test_export_says_who_said_what_when(store: SafeSQLTrackerStore, capsys: Capture) -> None:
    say(store, "one", at=1_700_000_000)
    say(store, "two \U0001f600", at=1_700_000_060)
    say(store, "another", who=YOU)
    assert cli.main(["export", ME]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "conversation": ME,
        "messages": [
            {"at": "2023-11-14T22:13:20+00:00", "from": "user", "text": "one"},
            {"at": "2023-11-14T22:13:20+00:00", "from": "bot", "text": "answer to one"},
            {"at": "2023-11-14T22:14:20+00:00", "from": "user", "text": "two \U0001f600"},
            {"at": "2023-11-14T22:14:20+00:00", "from": "bot", "text": "answer to two \U0001f600"},
        ],
        "unreadable": 0,
    }


def test_export_tells_what_was_shown_where_rasa_recorded_something_else(
    store: SafeSQLTrackerStore, database_url: str, capsys: Capture
) -> None:
    """A reply is what the guard let through, or said itself while Rasa said nothing."""
    say(store, "both", at=1_700_000_000)
    reply(store.database, "both", at=1_700_000_000)
    run(database_url, "update chat_replies set reply = :shown", shown=json.dumps({"messages": [{"text": "Call 911."}]}))
    reply(store.database, "only a reply", at=1_700_000_100)
    say(store, "only events", at=1_700_000_200)
    assert cli.main(["export", ME]) == 0
    told = [(message["from"], message["text"]) for message in json.loads(capsys.readouterr().out)["messages"]]
    assert told == [
        ("user", "both"),
        ("bot", "Call 911."),
        ("user", "only a reply"),
        ("bot", "answer to only a reply"),
        ("user", "only events"),
        ("bot", "answer to only events"),
    ]


def test_export_opens_what_is_sealed_and_counts_what_no_key_opens(
    store: SafeSQLTrackerStore, database_url: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATA_KEYS", KEY)
    say(store, "sealed")
    foreign = Cipher([Fernet.generate_key().decode()]).seal("{}")
    run(database_url, "update events set data = :data where type_name = 'bot'", data=foreign)
    assert cli.main(["export", ME]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [message["text"] for message in told["messages"]] == ["sealed"]
    assert told["unreadable"] == 1


# ---- rotate-keys ----


def test_rotate_keys_seals_what_was_clear_and_says_how_many(
    store: SafeSQLTrackerStore, database_url: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, MARKER)
    monkeypatch.setenv("SPINE_TRIAGE_DATA_KEYS", KEY)
    assert cli.main(["rotate-keys"]) == 0
    assert capsys.readouterr().out == "6 rows looked at, 6 sealed anew, 0 that no key opens.\n"
    assert all(Cipher([KEY]).is_current(data) for (data,) in run(database_url, "select data from events"))


def test_rotated_words_are_gone_from_every_byte(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", sqlite_url)
    store = SafeSQLTrackerStore(Domain.empty())
    for number in range(20):
        say(store, f"{MARKER} {number}" * 100)
    assert files_with(tmp_path, MARKER) == ["conversations.db"]
    monkeypatch.setenv("SPINE_TRIAGE_DATA_KEYS", KEY)
    assert cli.main(["rotate-keys"]) == 0
    assert files_with(tmp_path, MARKER) == []


def test_rotate_keys_fails_when_no_key_opens_a_row(
    store: SafeSQLTrackerStore, database_url: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, "words")
    monkeypatch.setenv("SPINE_TRIAGE_DATA_KEYS", KEY)
    foreign = Cipher([Fernet.generate_key().decode()]).seal("{}")
    run(database_url, "update events set data = :data where id = 1", data=foreign)
    assert cli.main(["rotate-keys"]) == 1
    assert capsys.readouterr().out == "6 rows looked at, 5 sealed anew, 1 that no key opens.\n"


@pytest.mark.parametrize("keys", ["", "  "])
def test_rotate_keys_without_a_key_is_refused(capsys: Capture, monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATA_KEYS", keys)
    assert "SPINE_TRIAGE_DATA_KEYS is not set" in fails(capsys, 2, "rotate-keys")


# ---- the database they work on ----


@pytest.mark.parametrize("command", [("purge", "--older-than", "1d"), ("erase", ME), ("export", ME), ("rotate-keys",)])
def test_what_cannot_be_worked_on_is_said_in_one_line(
    command: tuple[str, ...], capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATA_KEYS", KEY)
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", "postgresql://u:hidden@127.0.0.1:1/x")
    assert "hidden" not in fails(capsys, 1, *command)
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert "no database yet" in fails(capsys, 2, *command)
    assert not (tmp_path / "none.db").exists()
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", "hidden")
    assert "hidden" not in fails(capsys, 2, *command)
    monkeypatch.setenv("SPINE_TRIAGE_DATA_KEYS", "hidden")
    assert "hidden" not in fails(capsys, 2, *command)


def test_a_postgresql_that_is_down_is_said_in_one_line(
    store: SafeSQLTrackerStore, capsys: Capture, postgresql_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", postgresql_server.url)
    postgresql_server.stop()
    try:
        assert "OperationalError" in fails(capsys, 1, "export", ME)
    finally:
        postgresql_server.start()


def test_without_the_setting_it_is_the_database_of_endpoints_yml(tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.yml"
    (tmp_path / "c.db").touch()
    endpoints.write_text(f"tracker_store:\n  type: x.Y\n  db: {tmp_path}/c.db\n")
    assert configured_url(endpoints).database == f"{tmp_path}/c.db"
    endpoints.write_text("tracker_store:\n  type: x.Y\n  dialect: postgresql\n  url: h\n  db: d\n  username: u\n")
    assert configured_url(endpoints).render_as_string() == "postgresql://u@h/d"
    endpoints.write_text("tracker_store:\n  type: x.Y\n  db: none-such.db\n")
    with pytest.raises(InputError, match=f"no database yet: {ROOT}/none-such.db"):
        configured_url(endpoints)
