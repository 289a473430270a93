"""Care for a SQLite file: a damaged one is set aside, and what was deleted is gone from its bytes."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

logger = logging.getLogger(__name__)

_ASIDE: Final = ".damaged-"
_TIME: Final = "%Y%m%dT%H%M%SZ"
#: SQLite's own names for "this file is not what it should be"; a locked or full disk is no damage.
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_COMPANIONS: Final = ("", "-wal", "-shm")


def path_of(url: URL) -> Path | None:
    """The file of a SQLite address; None for one in memory, or for another kind of database."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def identity(path: Path) -> tuple[int, int] | None:
    """What tells this file from another one that comes to its place; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make_private(path: Path) -> None:
    """Create the file before SQLite does, readable by its owner only: it holds what people said about their health.

    A file that is there is not touched. To close it would drop every POSIX lock this process has on it; the next other
    process to leave then takes itself for the last, and deletes the write-ahead log into which this one goes on writing
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    path = path.resolve()  # of a link, the file it leads to
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def set_aside_if_damaged(url: URL) -> Path | None:
    """Rename a damaged database, so that a new one is begun: the chat must not stop for it. Returns its new name.

    For the start of a server, before anything has it open. What stood in it can be recovered by hand.
    """
    path = path_of(url)
    if path is None or not path.exists() or not (damage := _damage(path)):
        return None
    aside = path.with_name(f"{path.name}{_ASIDE}{datetime.now(UTC).strftime(_TIME)}")
    try:
        # Its write-ahead log goes with it: SQLite would play it into the new file.
        for companion in _COMPANIONS:
            source = path.with_name(path.name + companion)
            if source.exists():
                source.rename(aside.with_name(aside.name + companion))
        make_private(path)
    except OSError as error:
        logger.critical("database_damaged_and_not_set_aside file=%s error=%s", path.name, type(error).__name__)
        return None
    logger.critical("database_damaged file=%s set_aside=%s damage=%s", path.name, aside.name, damage)
    return aside


def remove_set_aside(url: URL, *, before: float) -> int:
    """Delete the damaged files set aside before a time (seconds since 1970): nobody can be erased from them."""
    path, removed = path_of(url), 0
    for aside in path.parent.glob(f"{path.name}{_ASIDE}*") if path is not None else ():
        stamp = aside.name.split(_ASIDE)[1].removesuffix("-wal").removesuffix("-shm")
        try:
            set_aside_at = datetime.strptime(stamp, _TIME).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue  # somebody else named it
        if set_aside_at < before:
            aside.unlink(missing_ok=True)
            removed += 1
    return removed


def forget_deleted(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, where deleted rows still stand; nothing for another kind of database.

    Deleted rows are overwritten in the file itself (`secure_delete`), as soon as the log is written into it.
    """
    if engine.dialect.name != "sqlite":
        return
    try:
        with _autocommit(engine) as connection:
            busy, _, _ = connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()
    except DBAPIError:
        busy = 1
    if busy:
        logger.warning("write_ahead_log_kept")  # somebody reads; who closes the file last empties it


def give_back(engine: Engine) -> None:
    """Return the space of deleted rows to the disk, which keeps others from writing for a while. Raises DBAPIError."""
    if engine.dialect.name == "sqlite":
        with _autocommit(engine) as connection:
            connection.exec_driver_sql("vacuum")


def _autocommit(engine: Engine) -> Connection:
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _damage(path: Path) -> str | None:
    """What is wrong with a database file, in SQLite's words; they name pages, never content."""
    try:
        with closing(sqlite3.connect(path, timeout=2)) as connection:
            found = connection.execute("pragma quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorname if (error.sqlite_errorcode & 0xFF) in _DAMAGE else None
    return None if found == "ok" else " ".join(str(found).split())[:100]
