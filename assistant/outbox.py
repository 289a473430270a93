"""Rows for a database that is down: kept on this machine's disk, written when it is back, in order and exactly once.

A file holds one JSON line for each write. Its name is its identity: the transaction that writes its rows also writes the
name into `outbox_written`, so a process killed before it could delete the file does not write the rows twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Final, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from assistant.append_file import append
from assistant.encryption import CannotOpen

logger = logging.getLogger(__name__)

Row = dict[str, Any]

_tables = sa.MetaData()
_written = sa.Table("outbox_written", _tables, sa.Column("file", sa.String(80), primary_key=True))
_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_APPEND


@dataclass(frozen=True)
class _File:
    """One open file; its lock says to other processes that somebody takes care of it."""

    path: Path
    descriptor: int


@dataclass(frozen=True)
class Once:
    """A row that can be written once: its table has a key over it."""

    table: sa.Table
    row: Mapping[str, Any]


@dataclass(frozen=True)
class _Line:
    table: str
    rows: list[Row]
    once: dict[str, Any] | None

    @property
    def tables(self) -> set[str]:
        return {self.table, *([self.once["table"]] if self.once else [])}


class Outbox:
    """The waiting rows of one database. One process writes to a file; those of dead processes are taken over at start.

    `seal` and `unseal` encrypt a line at rest. Used from one thread, as the database is.
    """

    def __init__(
        self,
        folder: Path,
        database: str,
        *,
        seal: Callable[[str], str] = str,
        unseal: Callable[[str], str] = str,
    ) -> None:
        """`database` names the database, so that nobody's rows get into another one; it is only hashed."""
        self._folder = folder
        self._prefix = f"outbox-{hashlib.sha256(database.encode()).hexdigest()[:16]}-"
        self._seal, self._unseal = seal, unseal
        self._own: _File | None = None
        self._inherited = list(self._orphans())
        self._known: dict[str, sa.Table] = {}

    def knows(self, table: sa.Table) -> None:
        """Say which table rows of its name belong to. Rows of a table that nobody named wait on."""
        self._known[table.name] = table

    @property
    def pending(self) -> bool:
        """Whether anything waits."""
        return bool(self._inherited or self._own)

    def add(self, table: sa.Table, rows: Sequence[Mapping[str, Any]], once: Once | None = None) -> bool:
        """Keep rows for later. False when they could not be kept: the disk is full, or may not be written.

        With `once` they are written only if its row can be: a row that is there already says that they are, too.
        """
        line = self._seal(
            json.dumps(
                {
                    "table": table.name,
                    "rows": [dict(row) for row in rows],
                    "once": {"table": once.table.name, "row": dict(once.row)} if once else None,
                }
            )
        )
        try:
            own = self._own or self._create()
            self._own = own
            append(own.descriptor, f"{line}\n".encode())
        except OSError as error:
            logger.error("outbox_failed error=%s", type(error).__name__)
            return False
        return True

    def rows(self, table: sa.Table) -> Iterator[Row]:
        """The waiting rows of one table, oldest first: what a new process knows of an outage that goes on."""
        for file in self._files():
            for line in self._lines(file):
                if line.table == table.name:
                    yield from line.rows

    def replay(self, connection: Connection) -> None:
        """Write everything that waits, in the caller's transaction. Call `forget` once that is committed."""
        _tables.create_all(connection)
        for file in self._files():
            mine = sa.select(_written).where(_written.c.file == file.path.name)
            if connection.execute(mine).first() is not None:
                continue  # killed after the commit, before the file was deleted
            count = 0
            for line in self._lines(file):
                if line.once and not _insert(connection, self._known[line.once["table"]], line.once["row"]):
                    continue
                for row in line.rows:
                    count += _insert(connection, self._known[line.table], row)
            connection.execute(_written.insert().values(file=file.path.name))
            logger.info("outbox_written rows=%d", count)

    def ready(self) -> bool:
        """Whether everything that waits can be written: every table it needs is known."""
        self._leave_sealed()
        lines = (line for file in self._files() for line in self._lines(file))
        return self.pending and all(line.tables <= self._known.keys() for line in lines)

    def _leave_sealed(self) -> None:
        """Leave files that no key opens where they are: a process that has the key will write them."""
        for file in list(self._inherited):
            try:
                for line in file.path.read_text("utf-8", "replace").splitlines():
                    self._unseal(line)
            except CannotOpen:
                logger.error("outbox_sealed_with_another_key file=%s", file.path.name)
                self._inherited.remove(file)
                os.close(file.descriptor)

    def forget(self) -> None:
        """Delete what was replayed. A file that cannot be deleted now is found by its name next time."""
        for file in self._files():
            with contextlib.suppress(OSError):
                file.path.unlink(missing_ok=True)
            os.close(file.descriptor)
        self._inherited, self._own = [], None

    def _files(self) -> list[_File]:
        return [*self._inherited, *([self._own] if self._own else [])]

    def _create(self) -> _File:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{self._prefix}{secrets.token_hex(8)}.jsonl"
        descriptor = os.open(path, _CREATE, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _File(path, descriptor)

    def _orphans(self) -> Iterator[_File]:
        """Files that no living process holds, oldest first."""
        paths = sorted(self._folder.glob(f"{self._prefix}*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        for path in paths:
            descriptor = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)  # another process writes it
            else:
                yield _File(path, descriptor)

    def _lines(self, file: _File) -> Iterator[_Line]:
        """Each line; one that cannot be read (the machine stopped while writing it) is left out."""
        for number, line in enumerate(file.path.read_text("utf-8", "replace").splitlines(), 1):
            try:
                data = json.loads(self._unseal(line))
                yield _Line(data["table"], data["rows"], data.get("once"))
            except (ValueError, KeyError, TypeError):
                logger.error("outbox_line_skipped file=%s line=%d", file.path.name, number)


def _insert(connection: Connection, table: sa.Table, row: Row) -> int:
    """How many rows were written: none where the same row is there already, by its unique columns."""
    try:
        with connection.begin_nested():
            connection.execute(table.insert().values(row))
    except IntegrityError:
        return 0
    return 1
