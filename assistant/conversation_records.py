"""What the hospital can do with one stored conversation for its owner: hand it out, and erase it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from assistant import sqlite_file
from assistant.tables import erased, events, heard, replies


class UnknownConversation(LookupError):
    """Nothing is stored under this id."""


def erase(engine: Engine, conversation: str, *, until: int) -> int:
    """Delete all of a conversation and close it for its token until `until` (seconds since 1970).

    Returns how many rows went. Raises UnknownConversation, SQLAlchemyError.
    """
    with engine.begin() as connection:
        deleted = delete(connection, conversation)
        if not deleted:
            raise UnknownConversation(conversation)
        close(connection, conversation, until=until)
    sqlite_file.forget_deleted(engine)
    return deleted


def delete(connection: Connection, conversation: str) -> int:
    """Delete every row of a conversation; returns how many of events and replies went."""
    connection.execute(heard.delete().where(heard.c.conversation == conversation))
    of_events = connection.execute(events.delete().where(events.c.sender_id == conversation)).rowcount
    return int(of_events + connection.execute(replies.delete().where(replies.c.conversation == conversation)).rowcount)


def delete_erased(connection: Connection) -> None:
    """Delete again what was erased, after rows that had waited for the database were written."""
    gone = sa.select(erased.c.conversation)
    connection.execute(events.delete().where(events.c.sender_id.in_(gone)))
    for table in (replies, heard):
        connection.execute(table.delete().where(table.c.conversation.in_(gone)))


def close(connection: Connection, conversation: str, *, until: int) -> None:
    """Let its token open nothing any more until `until` (seconds since 1970), when the token ends by itself."""
    connection.execute(erased.delete().where(erased.c.conversation == conversation))
    connection.execute(erased.insert().values(conversation=conversation, expires_at=until))


def export(engine: Engine, conversation: str) -> dict[str, Any]:
    """Who said what when, as JSON for the conversation's owner. Raises UnknownConversation, SQLAlchemyError.

    What was shown to the person counts; where that reply is no longer kept, what Rasa recorded. `unreadable` says how
    many rows were damaged or sealed with a key that is gone.
    """
    with engine.connect() as connection:
        heard = connection.execute(
            sa.select(events).where(events.c.sender_id == conversation).order_by(events.c.id)
        ).all()
        shown = connection.execute(
            sa.select(replies).where(replies.c.conversation == conversation).order_by(replies.c.id)
        ).all()
    if not heard and not shown:
        raise UnknownConversation(conversation)
    unreadable: list[Row] = []
    messages = [*_shown(shown, unreadable)]
    messages += _recorded(heard, {row.message_id for row in shown}, unreadable)
    return {
        "conversation": conversation,
        "messages": [
            {"at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"), "from": who, "text": text}
            for at, who, text in sorted(messages, key=lambda message: message[0])
        ],
        "unreadable": len(unreadable),
    }


Said = tuple[float, str, str]  # when in seconds since 1970, "user" or "bot", the words


def _shown(rows: list[Row], unreadable: list[Row]) -> Iterator[Said]:
    """The turns as the person saw them."""
    for row in rows:
        try:
            text, reply = json.loads(row.text), json.loads(row.reply)
        except (ValueError, TypeError):
            unreadable.append(row)
            continue
        yield row.created_at, "user", text
        for message in reply["messages"]:
            yield row.created_at, "bot", message["text"]


def _recorded(rows: list[Row], known: set[str], unreadable: list[Row]) -> Iterator[Said]:
    """The turns as Rasa recorded them, without those of the `known` message ids."""
    is_known = False
    for row in rows:
        if row.type_name not in ("user", "bot"):
            continue
        try:
            event = json.loads(row.data)
        except (ValueError, TypeError):
            unreadable.append(row)
            continue
        if row.type_name == "user":
            is_known = event.get("message_id") in known
        if not is_known and event.get("text"):
            yield row.timestamp, row.type_name, event["text"]
