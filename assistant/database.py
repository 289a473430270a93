"""One database for the tracker store and the stored replies: its engine, its time limits, its circuit breaker."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sqlite3
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from assistant import conversation_records, sqlite_file
from assistant.encryption import cipher
from assistant.outbox import Outbox
from assistant.settings import ROOT
from assistant.tables import metadata

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 2
STATEMENT_SECONDS = 2
#: After a failure the database is left alone this long, so that an outage costs one wait and not one each query.
REST_SECONDS = 5.0

_SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DatabaseDown(Exception):
    """The database does not answer. The cause is chained; its text is never logged, it may hold parameters."""


class Database:
    """An engine that fails fast, and creates its tables as soon as it can.

    SQL runs in the event loop, so every wait here is a wait for everybody: all of them are bounded.
    """

    def __init__(
        self, url: URL | str, *, clock: Callable[[], float] = time.monotonic, outbox_folder: Path | None = None
    ) -> None:
        """`outbox_folder` holds what waits for this database; beside a SQLite file, else in var/, unless told."""
        parsed = make_url(url)
        self.engine = create_engine(parsed)
        self.outbox = Outbox(
            outbox_folder or _outbox_folder(parsed),
            parsed.render_as_string(hide_password=True),
            seal=cipher().seal,
            unseal=cipher().open,
        )
        self._clock = clock
        self._resting_until = float("-inf")
        self._created: list[sa.MetaData] = []

    @contextlib.contextmanager
    def connect(self, *tables: sa.MetaData) -> Iterator[Connection]:
        """A transaction, committed at the end of the block. Raises DatabaseDown when the database does not answer.

        What waits in the outbox is written first, so that everything stands in the order it was said.
        """
        if self._clock() < self._resting_until:
            raise DatabaseDown
        try:
            replaying = self.outbox.pending and self.outbox.ready()
            self._create((*tables, metadata) if replaying else tables)
            with self.engine.begin() as connection:
                if replaying:
                    self.outbox.replay(connection)
                    conversation_records.delete_erased(connection)
                yield connection
            if replaying:
                self.outbox.forget()
        except (IntegrityError, DataError):
            raise  # about the row, not about the database
        except (DBAPIError, PoolTimeout, sqlite3.DatabaseError) as error:
            self._resting_until = self._clock() + REST_SECONDS
            self._created.clear()  # it may come back as an empty one
            logger.error("database_down error=%s", type(error).__name__)
            raise DatabaseDown from error

    def answers(self) -> bool:
        """Whether a trivial query works now."""
        try:
            with self.connect(metadata) as connection:  # what waits may wait for a database that is still empty
                connection.execute(sa.text("select 1"))
        except DatabaseDown:
            return False
        return True

    def _create(self, tables: tuple[sa.MetaData, ...]) -> None:
        for missing in tables:
            if missing not in self._created:
                create_tables(missing, self.engine)
                self._created.append(missing)


def _outbox_folder(url: URL) -> Path:
    in_a_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return (Path(str(url.database)).parent if in_a_file else ROOT / "var") / "outbox"


def create_tables(metadata: sa.MetaData, engine: Engine) -> None:
    """Create the tables that are missing, while others may do the same. Raises SQLAlchemyError."""
    for _ in metadata.tables:
        try:
            metadata.create_all(engine)
        except (IntegrityError, OperationalError, ProgrammingError):
            continue  # another server has just created the same one
        return
    metadata.create_all(engine)


def create_engine(url: URL, *, statement_seconds: float = STATEMENT_SECONDS) -> Engine:
    """An engine for SQLite or PostgreSQL with every wait bounded and no parameter (a person's words) in its errors."""
    if url.get_backend_name() == "sqlite":
        return _create_sqlite_engine(url)
    if url.get_backend_name() != "postgresql":
        return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True)
    from assistant import postgresql  # its driver is not needed for SQLite

    options = f"-c statement_timeout={int(statement_seconds * 1000)}"
    schema = os.environ.get("POSTGRESQL_SCHEMA")
    if schema:
        if not _SCHEMA.fullmatch(schema):
            raise ValueError("POSTGRESQL_SCHEMA is not a plain schema name")
        options += f" -c search_path={schema}"
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,  # a restart of the database must not cost a turn
        pool_size=2,  # SQL runs one statement at a time in the event loop
        max_overflow=2,
        pool_timeout=CONNECT_SECONDS,
        connect_args={
            "options": options,
            "connection_factory": postgresql.bounded(statement_seconds),
        },
    )


def _create_sqlite_engine(url: URL) -> Engine:
    path = sqlite_file.path_of(url)
    if path is None:  # in memory: as many databases as connections
        engine = sa.create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    sqlite_file.make_private(path)
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,  # opening the file anew for each query costs 4 ms a message
        pool_size=2,
        max_overflow=2,
        pool_timeout=CONNECT_SECONDS,
        # The model is loaded in another thread than the one that serves; no connection is used by two at once.
        connect_args={"timeout": CONNECT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "connect", lambda _, record: record.info.update(file=sqlite_file.identity(path)))
    event.listen(engine, "checkout", lambda _, record, __: _check_same_file(record, path))
    return engine


def _check_same_file(record: Any, path: Path) -> None:
    """A file that was moved away or replaced must not swallow what is said from now on."""
    if record.info["file"] != sqlite_file.identity(path):
        raise DisconnectionError


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode=wal")  # readers (an export, a backup) do not block a turn
    cursor.execute("pragma synchronous=normal")
    cursor.execute("pragma secure_delete=on")  # erased rows are overwritten, not only unlinked
    cursor.close()
