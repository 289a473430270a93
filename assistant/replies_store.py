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

from assistant.database import Database, DatabaseDown

logger = logging.getLogger(__name__)

CONVERSATIONS_IN_MEMORY = 500  # during an outage

_tables = sa.MetaData()
_replies = sa.Table(
    "chat_replies",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation", sa.String(64), nullable=False),
    sa.Column("message_id", sa.String(64), nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False, index=True),  # seconds since 1970
    sa.Column("text", sa.Text, nullable=False),  # JSON string: PostgreSQL refuses some characters in plain text
    sa.Column("reply", sa.Text, nullable=False),  # JSON object, offered buttons included
    sa.UniqueConstraint("conversation", "message_id"),
)
_erased = sa.Table(
    "chat_erased",
    _tables,
    sa.Column("conversation", sa.String(64), primary_key=True),
    sa.Column("expires_at", sa.Integer, nullable=False, index=True),  # when the token ends by itself
)


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
        self._erased_here: dict[str, int] = {}
        if database is not None:
            database.outbox.knows(_replies)
            for row in database.outbox.rows(_replies):  # of a process that ended in an outage
                self._memory.setdefault(row["conversation"], {})[row["message_id"]] = _stored(SimpleNamespace(**row))

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
        return _stored(row).offered if row is not None else {}

    def save(self, conversation: str, stored: StoredReply) -> None:
        """Keep a reply. Never raises for a database that is away."""
        stored = replace(stored, at=int(self._now()))
        waiting = self._memory.setdefault(conversation, {})
        waiting[stored.message_id] = stored
        self._memory.move_to_end(conversation)
        if self._database is not None:
            try:
                with self._database.connect(_tables) as connection:
                    for reply in waiting.values():
                        _insert(connection, conversation, reply)
            except DatabaseDown:
                if not self._database.outbox.add(_replies, [_row(conversation, stored)]):
                    logger.error("reply_kept_in_memory conversation=%s", conversation)
            else:
                del self._memory[conversation]
        while len(self._memory) > CONVERSATIONS_IN_MEMORY:
            self._memory.popitem(last=False)

    def history(self, conversation: str) -> list[StoredReply]:
        """Every answered message of a conversation, oldest first."""
        stored: list[StoredReply] = []
        if self._database is not None:
            try:
                with self._database.connect(_tables) as connection:
                    rows = connection.execute(_of(conversation).order_by(_replies.c.id)).all()
                stored = [_stored(row) for row in rows]
            except DatabaseDown:
                logger.error("history_from_memory conversation=%s", conversation)
        return [*stored, *self._memory.get(conversation, {}).values()]

    def is_erased(self, conversation: str) -> bool:
        """Whether its owner erased this conversation; its token then opens nothing any more."""
        if conversation in self._erased_here:
            return True
        return self._first(sa.select(_erased).where(_erased.c.conversation == conversation)) is not None

    def erase(self, conversation: str, expires_at: int) -> None:
        """Delete all replies and remember the erasure until the token ends. Raises DatabaseDown if rows may remain."""
        self._memory.pop(conversation, None)
        if self._database is not None:
            with self._database.connect(_tables) as connection:
                connection.execute(_replies.delete().where(_replies.c.conversation == conversation))
                connection.execute(_erased.delete().where(_erased.c.conversation == conversation))
                connection.execute(_erased.insert().values(conversation=conversation, expires_at=expires_at))
        self._erased_here[conversation] = expires_at

    def reopen(self, conversation: str) -> None:
        """Let the owner of an erased conversation begin it anew. Raises DatabaseDown if that cannot be written."""
        if self._database is not None:
            with self._database.connect(_tables) as connection:
                connection.execute(_erased.delete().where(_erased.c.conversation == conversation))
        self._erased_here.pop(conversation, None)

    def purge(self) -> None:
        """Delete what no token can open any more. For the start of a session; does nothing during an outage."""
        now = int(self._now())
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


def _insert(connection: Connection, conversation: str, stored: StoredReply) -> None:
    try:
        with connection.begin_nested():
            connection.execute(_replies.insert().values(_row(conversation, stored)))
    except IntegrityError:
        # Another server answered the same message at the same moment, or the outbox held it; one of them is enough.
        logger.info("reply_already_stored conversation=%s", conversation)


def _stored(row: Row | SimpleNamespace) -> StoredReply:
    return StoredReply(
        message_id=row.message_id, text=json.loads(row.text), reply=json.loads(row.reply), at=row.created_at
    )
