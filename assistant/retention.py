"""Deletes conversations some time after their last message: daily in the server, and with `spine-triage purge`."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Callable, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from assistant import conversation_records, sqlite_file
from assistant.database import create_engine, create_tables
from assistant.tables import erased, events, metadata, one_time_codes, replies

logger = logging.getLogger(__name__)

DAY: Final = 24 * 3600.0
RETRY_SECONDS: Final = 3600.0  # after a failure
PAUSE_SECONDS: Final = 0.01  # between two conversations, so that a turn that wants to write gets in
STATEMENT_SECONDS: Final = 300.0  # finding what has ended reads everything; a turn's limit would be too short


def open_engine(url: URL) -> Engine:
    """An engine for work beside the server, with every table there. Raises SQLAlchemyError."""
    engine = create_engine(url, statement_seconds=STATEMENT_SECONDS)
    create_tables(metadata, engine)
    return engine


def purge(engine: Engine, *, before: float, now: Callable[[], float] = time.time) -> int:
    """Delete every conversation whose last message is older than `before`, and what has expired; returns how many.

    Times in seconds since 1970. One conversation a transaction: nobody waits for more than that. Raises SQLAlchemyError.
    """
    with engine.connect() as connection:
        ended = connection.execute(_ended(before)).scalars().all()
    deleted = 0
    for conversation in ended:
        with engine.begin() as connection:
            deleted += _delete(connection, conversation, before)
        time.sleep(PAUSE_SECONDS)
    with engine.begin() as connection:
        for table in (one_time_codes, erased):
            connection.execute(table.delete().where(table.c.expires_at < now()))
    sqlite_file.remove_set_aside(engine.url, before=before)
    sqlite_file.forget_deleted(engine)
    return deleted


class DailyPurge:
    """Purges at the start of the server and once a day, in a thread and with connections of its own."""

    def __init__(self, url: URL, *, keep_days: float) -> None:
        self._url = url
        self._keep_seconds = keep_days * DAY
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="purge", daemon=True)

    def start(self) -> None:
        """Begin; the first purge is under way when this returns."""
        self._thread.start()

    def stop(self) -> None:
        """No further purge."""
        self._stopped.set()

    def once(self) -> bool:
        """Purge now; False when the database or the disk did not let it."""
        try:
            engine = open_engine(self._url)
            try:
                deleted = purge(engine, before=time.time() - self._keep_seconds)
            finally:
                engine.dispose()
        except (SQLAlchemyError, OSError) as error:
            logger.error("purge_failed error=%s", type(error).__name__)
            return False
        logger.info("purged conversations=%d", deleted)
        return True

    def _run(self) -> None:
        while not self._stopped.wait(DAY if self.once() else RETRY_SECONDS):
            pass


def _ended(before: float) -> Any:
    """The conversations without a message since `before`."""
    said = sa.union_all(
        sa.select(events.c.sender_id.label("conversation"), events.c.timestamp.label("at")),
        sa.select(replies.c.conversation, replies.c.created_at),
    ).subquery()
    return sa.select(said.c.conversation).group_by(said.c.conversation).having(sa.func.max(said.c.at) < before)


def _delete(connection: Connection, conversation: str, before: float) -> bool:
    """Delete a conversation unless somebody has written in it meanwhile."""
    newer = (
        sa.select(events.c.id).where(events.c.sender_id == conversation, events.c.timestamp >= before),
        sa.select(replies.c.id).where(replies.c.conversation == conversation, replies.c.created_at >= before),
    )
    if any(connection.execute(query.limit(1)).first() is not None for query in newer):
        return False
    conversation_records.delete(connection, conversation)
    return True
