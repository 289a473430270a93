"""Keeps each reply, so that a message sent twice is answered twice and processed once; also history and erasure."""

from __future__ import annotations

import json
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from assistant import conversation_records, sqlite_file
from assistant.database import Database, DatabaseDown
from assistant.tables import erased as _erased
from assistant.tables import metadata as _tables
from assistant.tables import replies as _replies

logger = logging.getLogger(__name__)

CONVERSATIONS_IN_MEMORY = 500  # during an outage
PURGE_SECONDS = 60  # at least, between two purges


@dataclass(frozen=True)
class StoredReply:
    """One answered message: what the person sent, and the JSON reply of `ChatTurns`."""

    message_id: str
    text: str
    reply: dict[str, Any]
    at: int = 0  # when, in seconds since 1970

    @property
    def offered(self) -> dict[str, str]:
        """The payloads that may come back as an answer to this reply, each with the title on its button."""
        buttons = [button for message in self.reply["messages"] for button in message["buttons"]]
        return {button["payload"]: button["title"] for button in buttons}


class RepliesStore:
    """Replies by conversation and message id, in the tracker store's database.

    While the database is away everything works on this process's memory, replies wait in the outbox and are written
    when it is back: a person must get an answer, even if a repeated message is then processed twice elsewhere.
    """

    def __init__(self, database: Database | None, *, keep_seconds: int, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._keep_seconds = keep_seconds
        self._now = now
        self._memory: OrderedDict[str, dict[str, StoredReply]] = OrderedDict()
        self._unkept: dict[tuple[str, str], StoredReply] = {}  # neither in the database nor in the outbox
        self._erased_here: dict[str, int] = {}
        self._purge_at = 0
        if database is not None:
            database.outbox.knows(_replies)
            for row in database.outbox.rows(_replies):  # of a process that ended in an outage
                if (waiting := _stored(SimpleNamespace(**row))) is not None:
                    self._memory.setdefault(row["conversation"], {})[waiting.message_id] = waiting

    def find(self, conversation: str, message_id: str) -> StoredReply | None:
        """The reply already given to this message, if any."""
        in_memory = self._memory.get(conversation, {}).get(message_id)
        if in_memory is not None:
            return in_memory
        row = self._first(_of(conversation).where(_replies.c.message_id == message_id))
        return _stored(row) if row is not None else None

    def offered(self, conversation: str) -> dict[str, str]:
        """Payload and title of each button in the latest reply; only these may come back as a payload."""
        waiting = self._memory.get(conversation)
        if waiting:
            return next(reversed(waiting.values())).offered
        row = self._first(_of(conversation).order_by(_replies.c.id.desc()).limit(1))
        stored = _stored(row) if row is not None else None
        return stored.offered if stored is not None else {}

    def save(self, conversation: str, stored: StoredReply) -> StoredReply:
        """Keep a reply; returns the one that is kept, which is another server's if that was first.

        Never raises for a database that is away.
        """
        stored = replace(stored, at=int(self._now()))
        self._memory.setdefault(conversation, {})[stored.message_id] = stored
        self._memory.move_to_end(conversation)
        self._unkept[conversation, stored.message_id] = stored
        if self._database is not None:
            try:
                with self._database.connect(_tables) as connection:
                    kept = [_insert(connection, whose, reply) for (whose, _), reply in self._unkept.items()]
            except DatabaseDown:
                if self._database.outbox.add(
                    _replies, [_row(whose, reply) for (whose, _), reply in self._unkept.items()]
                ):
                    self._unkept.clear()
                else:
                    logger.error("reply_kept_in_memory conversation=%s", conversation)
            else:
                self._unkept.clear()
                del self._memory[conversation]
                if not kept[-1]:  # this one came last
                    stored = self.find(conversation, stored.message_id) or stored
        while len(self._memory) > CONVERSATIONS_IN_MEMORY:
            oldest, _ = self._memory.popitem(last=False)
            self._unkept = {key: reply for key, reply in self._unkept.items() if key[0] != oldest}
        return stored

    def history(self, conversation: str) -> list[StoredReply]:
        """Every answered message of a conversation, oldest first."""
        stored: list[StoredReply] = []
        if self._database is not None:
            try:
                with self._database.connect(_tables) as connection:
                    rows = connection.execute(_of(conversation).order_by(_replies.c.id)).all()
                stored = [reply for reply in map(_stored, rows) if reply is not None]
            except DatabaseDown:
                logger.error("history_from_memory conversation=%s", conversation)
        return [*stored, *self._memory.get(conversation, {}).values()]

    def is_erased(self, conversation: str) -> bool:
        """Whether its owner erased this conversation; its token then opens nothing any more."""
        if conversation in self._erased_here:
            return True
        return self._first(sa.select(_erased).where(_erased.c.conversation == conversation)) is not None

    def erase(self, conversation: str, expires_at: int) -> None:
        """Delete everything stored and remember the erasure until the token ends. Raises DatabaseDown if rows may remain."""
        self._memory.pop(conversation, None)
        self._unkept = {key: reply for key, reply in self._unkept.items() if key[0] != conversation}
        if self._database is not None:
            with self._database.connect(_tables) as connection:
                conversation_records.delete(connection, conversation)
                conversation_records.close(connection, conversation, until=expires_at)
            sqlite_file.forget_deleted(self._database.engine)
        self._erased_here[conversation] = expires_at

    def reopen(self, conversation: str) -> None:
        """Let the owner of an erased conversation begin it anew. Raises DatabaseDown if that cannot be written."""
        if self._database is not None:
            with self._database.connect(_tables) as connection:
                connection.execute(_erased.delete().where(_erased.c.conversation == conversation))
        self._erased_here.pop(conversation, None)

    def purge(self) -> None:
        """Delete what no token can open any more. For the start of a session; does nothing during an outage.

        At most once in PURGE_SECONDS: a visitor waits for it, and for the disk.
        """
        now = int(self._now())
        if now < self._purge_at:
            return
        self._purge_at = now + PURGE_SECONDS
        self._erased_here = {conversation: end for conversation, end in self._erased_here.items() if end > now}
        if self._database is None:
            return
        try:
            with self._database.connect(_tables) as connection:
                connection.execute(_replies.delete().where(_replies.c.created_at < now - self._keep_seconds))
                connection.execute(_erased.delete().where(_erased.c.expires_at < now))
        except DatabaseDown:
            logger.error("purge_skipped")

    def _first(self, query: Any) -> Row | None:
        if self._database is None:
            return None
        try:
            with self._database.connect(_tables) as connection:
                return connection.execute(query).first()
        except DatabaseDown:
            return None


def _of(conversation: str) -> Any:
    return sa.select(_replies).where(_replies.c.conversation == conversation)


def _row(conversation: str, stored: StoredReply) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "message_id": stored.message_id,
        "created_at": stored.at,
        "text": json.dumps(stored.text),
        "reply": json.dumps(stored.reply),
    }


def _insert(connection: Connection, conversation: str, stored: StoredReply) -> bool:
    """Whether it was written: not if there is one for this message already."""
    try:
        with connection.begin_nested():
            connection.execute(_replies.insert().values(_row(conversation, stored)))
    except IntegrityError:
        # Another server answered the same message at the same moment, or the outbox held it; one of them is enough.
        logger.info("reply_already_stored conversation=%s", conversation)
        return False
    return True


def _stored(row: Row | SimpleNamespace) -> StoredReply | None:
    """The reply of a row; None, logged by the row's id, for one that is damaged or that no key opens."""
    try:
        text, reply = json.loads(row.text), json.loads(row.reply)
    except (ValueError, TypeError) as error:
        logger.error("reply_skipped row=%s error=%s", getattr(row, "id", None), type(error).__name__)
        return None
    return StoredReply(message_id=row.message_id, text=text, reply=reply, at=row.created_at)
