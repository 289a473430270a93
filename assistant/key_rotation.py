"""Seals everything stored with the newest key, in small steps, while the server runs."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any, Final, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from assistant import sqlite_file
from assistant.encryption import CannotOpen, Cipher, SealedText
from assistant.tables import metadata

logger = logging.getLogger(__name__)

BATCH: Final = 100  # rows a transaction
PAUSE_SECONDS: Final = 0.01  # between two of them, so that a turn that wants to write gets in


@dataclass
class Rotated:
    """How many rows were looked at, sealed anew, and could not be opened by any key."""

    rows: int = 0
    sealed: int = 0
    unreadable: int = 0


def rotate(engine: Engine, cipher: Cipher) -> Rotated:
    """Seal every row with the cipher's newest key. May be broken off and repeated. Raises SQLAlchemyError."""
    done = Rotated()
    for table in metadata.sorted_tables:
        sealed = [column for column in table.columns if isinstance(column.type, SealedText)]
        if sealed:
            _rotate_table(engine, cipher, table, [column.name for column in sealed], done)
    sqlite_file.forget_deleted(engine)
    return done


def _rotate_table(engine: Engine, cipher: Cipher, table: sa.Table, names: list[str], done: Rotated) -> None:
    raw = sa.table(table.name, sa.column("id"), *(sa.column(name) for name in names))  # as stored, not opened
    for rows in _batches(engine, raw):
        changes = [(row, _sealed_anew(row, names, cipher, table.name, done)) for row in rows]
        with engine.begin() as connection:
            for row, change in changes:
                if change:
                    connection.execute(raw.update().where(raw.c.id == row.id).values(change))
        done.rows += len(rows)
        time.sleep(PAUSE_SECONDS)


def _batches(engine: Engine, raw: Any) -> Iterator[list[Row]]:
    """The rows that are there now; what comes meanwhile is sealed by a server that has the new key."""
    with engine.connect() as connection:
        newest = connection.execute(sa.select(sa.func.max(raw.c.id))).scalar() or 0
    last = -1
    while last < newest:
        wanted = sa.select(raw).where(raw.c.id > last, raw.c.id <= newest).order_by(raw.c.id).limit(BATCH)
        with engine.connect() as connection:
            rows = connection.execute(wanted).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _sealed_anew(row: Row, names: list[str], cipher: Cipher, table: str, done: Rotated) -> dict[str, str]:
    """The columns of a row to be written, by name; empty when all is well, or when no key opens it."""
    stored = {name: row._mapping[name] for name in names if row._mapping[name] is not None}
    try:
        change = {name: cipher.seal(cipher.open(text)) for name, text in stored.items() if not cipher.is_current(text)}
    except CannotOpen:
        logger.error("no_key_opens table=%s row=%s", table, row.id)
        done.unreadable += 1
        return {}
    done.sealed += bool(change)
    return change
