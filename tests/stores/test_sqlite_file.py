"""A damaged SQLite file: set aside by its date, and a new one is begun."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from sqlalchemy.engine import make_url
from stored import heard, say

from assistant import server, sqlite_file, tables
from assistant.database import Database
from assistant.retention import DailyPurge
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore

PAGE = 4096


@pytest.fixture
def path(sqlite_url: str) -> Path:
    """A database with a conversation of several pages."""
    store = SafeSQLTrackerStore(Domain.empty(), host=sqlite_url)
    for number in range(20):
        say(store, f"words {number}" * 50)
    return Path(str(make_url(sqlite_url).database))


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "not a database":
        path.write_bytes(b"this was a file of something else" * 1000)
    elif how == "a page overwritten":
        path.write_bytes(content[: 2 * PAGE] + os.urandom(PAGE) + content[3 * PAGE :])
    elif how == "cut off":
        path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("how", ["not a database", "a page overwritten", "cut off"])
def test_a_damaged_file_is_set_aside_and_the_chat_goes_on_with_a_new_one(
    path: Path, sqlite_url: str, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    spoil(path, how)
    damaged = path.read_bytes()
    aside = sqlite_file.set_aside_if_damaged(make_url(sqlite_url))
    assert aside is not None and aside.read_bytes() == damaged
    today = datetime.now(UTC).strftime("%Y%m%d")
    assert aside.name.startswith(f"conversations.db.damaged-{today}T")
    assert f"database_damaged file=conversations.db set_aside={aside.name}" in caplog.text
    assert "words" not in caplog.text
    assert [file.stat().st_mode & 0o077 for file in (aside, path)] == [0, 0]
    store = SafeSQLTrackerStore(Domain.empty(), host=sqlite_url)
    say(store, "hello")
    assert heard(store) == ["hello"]


def test_the_server_looks_at_the_file_before_it_loads_the_model(
    path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", sqlite_url)
    spoil(path, "not a database")
    with pytest.raises(Exception, match="never-read"):
        server.load_agent(tmp_path / "never-read.tar.gz", server.ROOT / "endpoints.yml")
    assert path.read_bytes() == b""
    assert len(list(path.parent.glob("conversations.db.damaged-*"))) == 1


def test_a_write_ahead_log_that_is_left_goes_with_its_file(
    path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.with_name("conversations.db-wal").write_bytes(b"pages for a file that is no more")
    monkeypatch.setattr(sqlite_file, "_damage", lambda _: "SQLITE_CORRUPT")  # SQLite itself often tidies up
    aside = sqlite_file.set_aside_if_damaged(make_url(sqlite_url))
    assert aside is not None and not path.with_name("conversations.db-wal").exists()
    assert aside.with_name(f"{aside.name}-wal").exists()


def test_a_sound_file_stays(path: Path, sqlite_url: str) -> None:
    before = path.read_bytes()
    assert sqlite_file.set_aside_if_damaged(make_url(sqlite_url)) is None
    assert path.read_bytes() == before


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "postgresql://u:p@db.invalid/x"])
def test_what_is_no_file_is_not_looked_for(address: str) -> None:
    assert sqlite_file.set_aside_if_damaged(make_url(address)) is None


def test_a_file_that_is_not_there_yet_is_no_damage(sqlite_url: str) -> None:
    assert sqlite_file.set_aside_if_damaged(make_url(sqlite_url)) is None


def test_a_file_that_somebody_holds_is_no_damage(path: Path, sqlite_url: str) -> None:
    with sqlite3.connect(path) as holder:
        holder.execute("pragma locking_mode=exclusive")
        holder.execute("delete from events")
        assert sqlite_file.set_aside_if_damaged(make_url(sqlite_url)) is None
        holder.rollback()
    holder.close()
    assert path.exists()


def test_a_file_that_cannot_be_renamed_does_not_stop_the_start(
    path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(path, "not a database")

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refused)
    assert sqlite_file.set_aside_if_damaged(make_url(sqlite_url)) is None
    assert "not_set_aside" in caplog.text
    caplog.set_level(logging.CRITICAL)
    store = FailSafeTrackerStore(SafeSQLTrackerStore(Domain.empty(), host=sqlite_url))
    assert [event.text for event in say(store, "hello").events if isinstance(event, UserUttered)] == ["hello"]


def test_what_was_set_aside_long_ago_is_deleted_and_nothing_else(path: Path, sqlite_url: str) -> None:
    url = make_url(sqlite_url)
    for name in ("20200101T000000Z", "20200101T000000Z-wal", "20300101T000000Z", "by-hand"):
        path.with_name(f"conversations.db.damaged-{name}").touch()
    before = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert sqlite_file.remove_set_aside(url, before=before) == 2
    left = sorted(file.name for file in path.parent.glob("conversations.db*"))
    assert left == ["conversations.db", "conversations.db.damaged-20300101T000000Z", "conversations.db.damaged-by-hand"]


OTHER_PROCESS = """
import contextlib, sqlite3, sys
with contextlib.closing(sqlite3.connect(sys.argv[1])) as connection:
    print(connection.execute("select count(*) from chat_erased").fetchone()[0])
"""


def test_what_is_said_after_a_purge_stands_where_other_processes_read_it(sqlite_url: str, tmp_path: Path) -> None:
    """An export looks at the file of a running server, which has purged; the export must not take its log away."""
    server_side = Database(sqlite_url)

    def write(conversation: str) -> None:
        with server_side.connect(tables.metadata) as connection:
            connection.execute(tables.erased.insert().values(conversation=conversation, expires_at=2**31))

    def counted_elsewhere() -> int:
        file = str(make_url(sqlite_url).database)
        done = subprocess.run([sys.executable, "-c", OTHER_PROCESS, file], capture_output=True, text=True, check=True)
        return int(done.stdout)

    write("before")
    assert DailyPurge(make_url(sqlite_url), keep_days=1).once()
    seen = [counted_elsewhere()]
    write("after")
    seen.append(counted_elsewhere())
    assert seen == [1, 2]


def test_the_file_that_a_link_leads_to_is_private_as_well(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "conversations.db").symlink_to(tmp_path / "elsewhere" / "real.db")
    sqlite_file.make_private(tmp_path / "conversations.db")
    assert (tmp_path / "elsewhere" / "real.db").stat().st_mode & 0o077 == 0
