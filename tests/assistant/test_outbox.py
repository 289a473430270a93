"""What waits for a database that is down: written when it is back, in order, exactly once, whoever is killed meanwhile."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from outages import killed

from assistant.database import REST_SECONDS, Database, DatabaseDown
from assistant.encryption import Cipher
from assistant.outbox import Outbox

tables = sa.MetaData()
said = sa.Table("said", tables, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text, unique=True))


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/conversations.db"


def database(url: str, clock: Clock) -> Database:
    opened = Database(url, clock=clock)
    opened.outbox.knows(said)
    return opened


def keep(opened: Database, *texts: str) -> None:
    assert opened.outbox.add(said, [{"text": text} for text in texts])


def written(opened: Database) -> list[str]:
    with opened.connect(tables) as connection:
        return list(connection.execute(sa.select(said.c.text).order_by(said.c.id)).scalars())


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "outbox").glob("*"))


def test_what_waits_is_written_in_order_before_anything_else(url: str, clock: Clock, tmp_path: Path) -> None:
    opened = database(url, clock)
    keep(opened, "one")
    keep(opened, "two", "three")
    with opened.connect(tables) as connection:
        connection.execute(said.insert().values(text="four"))
    assert written(opened) == ["one", "two", "three", "four"]
    assert files(tmp_path) == [] and not opened.outbox.pending


def test_while_the_database_is_away_everything_waits(url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = database(url, clock)
    keep(opened, "one")
    there = opened.engine
    monkeypatch.setattr(opened, "engine", sa.create_engine("sqlite:////nowhere/at/all.db"))
    with pytest.raises(DatabaseDown):
        written(opened)
    assert opened.outbox.pending
    opened.engine = there
    clock.now += REST_SECONDS
    assert written(opened) == ["one"]


def test_a_turn_that_fails_takes_nothing_out_of_the_outbox(url: str, clock: Clock) -> None:
    opened = database(url, clock)
    keep(opened, "one")
    with pytest.raises(RuntimeError), opened.connect(tables):
        raise RuntimeError
    assert opened.outbox.pending
    assert written(opened) == ["one"]


def test_another_process_takes_over_what_a_dead_one_left(url: str, clock: Clock) -> None:
    dead = database(url, clock)
    keep(dead, "one")
    killed(dead.outbox)
    assert written(database(url, clock)) == ["one"]


def test_what_a_living_process_keeps_is_its_own(url: str, clock: Clock) -> None:
    living = database(url, clock)
    keep(living, "one")
    other = database(url, clock)
    assert not other.outbox.pending and written(other) == []
    assert written(living) == ["one"]


def test_killed_after_the_commit_and_before_the_file_was_deleted_nothing_is_written_twice(
    url: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = database(url, clock)
    keep(dead, "one")
    descriptor = dead.outbox._files()[0].descriptor
    monkeypatch.setattr(Outbox, "forget", lambda _self: os.close(descriptor))
    written(dead)
    monkeypatch.undo()
    with sa.create_engine(url).begin() as connection:
        connection.execute(sa.text("delete from said"))  # so that a second writing would show, unique column or not
    assert written(database(url, clock)) == []
    assert files(tmp_path) == []


def test_the_rows_of_another_database_are_left_alone(tmp_path: Path, clock: Clock) -> None:
    first = Database(f"sqlite:///{tmp_path}/one.db", clock=clock)
    assert first.outbox.add(said, [{"text": "one"}])
    killed(first.outbox)
    assert not Database(f"sqlite:///{tmp_path}/two.db", clock=clock).outbox.pending


def test_rows_of_a_table_that_nobody_named_wait_on(url: str, clock: Clock) -> None:
    opened = Database(url, clock=clock)
    assert opened.outbox.add(said, [{"text": "one"}])
    assert written(opened) == [] and opened.outbox.pending
    opened.outbox.knows(said)
    assert written(opened) == ["one"]


def test_a_full_disk_is_said_and_leaves_no_half_line(
    url: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = database(url, clock)
    keep(opened, "one")
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        real(descriptor, data[:5])
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "write", full)
    assert not opened.outbox.add(said, [{"text": "two"}])
    monkeypatch.undo()
    keep(opened, "three")
    assert written(opened) == ["one", "three"]


def test_a_line_that_cannot_be_read_costs_only_itself(url: str, clock: Clock, tmp_path: Path) -> None:
    opened = database(url, clock)
    keep(opened, "one")
    with files(tmp_path)[0].open("a") as file:
        file.write('{"table": "said", "rows": [{"te\n')
    keep(opened, "two")
    assert written(opened) == ["one", "two"]


def test_only_its_owner_may_read_the_files(url: str, clock: Clock, tmp_path: Path) -> None:
    keep(database(url, clock), "one")
    (file,) = files(tmp_path)
    assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)


def test_lines_are_sealed(tmp_path: Path) -> None:
    sealed = Outbox(tmp_path, "a", seal=lambda text: text[::-1], unseal=lambda text: text[::-1])
    rows: list[dict[str, Any]] = [{"text": "numb legs"}]
    assert sealed.add(said, rows) and list(sealed.rows(said)) == rows
    assert b"numb legs" not in next(tmp_path.iterdir()).read_bytes()


def test_what_no_key_opens_waits_for_a_process_that_has_the_key(tmp_path: Path, url: str) -> None:
    old, new = (Cipher([Fernet.generate_key().decode()]) for _ in range(2))
    dead = Outbox(tmp_path, url, seal=old.seal, unseal=old.open)
    assert dead.add(said, [{"text": "numb legs"}])
    killed(dead)
    without_it = Outbox(tmp_path, url, seal=new.seal, unseal=new.open)
    without_it.knows(said)
    assert not without_it.ready() and not without_it.pending
    assert list(Outbox(tmp_path, url, seal=old.seal, unseal=old.open).rows(said)) == [{"text": "numb legs"}]
