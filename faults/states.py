"""Conversations in every state, prepared once on a sound server and copied for each cell of the matrix."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

EXPIRED_SECONDS: Final = 13 * 3600  # one hour more than a session lasts (domain.yml)
LONG_TURNS: Final = 300
_QUESTIONS: Final = ("legs", "bladder and bowel", "saddle", "cancer", "pain pattern", "fever or injury")

#: What was said before, in each state.
STATES: Final[dict[str, tuple[str, ...]]] = {
    "new": (),
    **{f"asked about {name}": ("my back hurts", *["No"] * n) for n, name in enumerate(_QUESTIONS)},
    "after an emergency": ("my legs gave out this morning",),
    "after a fallback": ("blorf snarg wibble",),
    "after an expired session": ("my back hurts", "No"),
    "300 turns long": ("hello", "what are the symptoms?", "thank you", "who gets these tumors?", "hello again"),
}
_COLUMNS: Final = {
    "events": "type_name, timestamp, intent_name, action_name, data",
    "chat_replies": "message_id, created_at, text, reply",
}


def prepare(database: Path, say: Callable[[str, str], object], issue: Callable[[], str]) -> dict[str, str]:
    """Hold each conversation once; returns its id by state. `say(conversation, words)`, `issue()` gives a new id."""
    templates = {}
    for state, words in STATES.items():
        conversation = issue()
        for text in words:
            say(conversation, text)
        templates[state] = conversation
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        long = templates["300 turns long"]
        turns = "select id from events where sender_id = ? and type_name in ('user', 'bot', 'action') and id > ?"
        start = "select max(id) from events where sender_id = ? and type_name = 'session_started'"
        (started,) = connection.execute(start, (long,)).fetchone()
        ids = [str(row[0]) for row in connection.execute(turns, (long, started))]
        for _ in range(LONG_TURNS // len(STATES["300 turns long"]) - 1):
            _copy(connection, "events", long, long, f"id in ({', '.join(ids)})")
        expired = templates["after an expired session"]
        connection.execute(
            "update events set timestamp = timestamp - ? where sender_id = ?", (EXPIRED_SECONDS, expired)
        )
    return templates


def copy(database: Path, template: str, conversation: str) -> None:
    """The same conversation under another id."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        for table in _COLUMNS:
            _copy(connection, table, template, conversation)


def add_row(database: Path, conversation: str, type_name: str, data: str) -> None:
    """One more event at the end of a conversation, whatever it holds."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        connection.execute(
            "insert into events (sender_id, type_name, timestamp, data) values (?, ?, strftime('%s', 'now'), ?)",
            (conversation, type_name, data),
        )


def _copy(connection: sqlite3.Connection, table: str, source: str, target: str, which: str = "1") -> None:
    owner = "sender_id" if table == "events" else "conversation"
    columns = _COLUMNS[table]
    connection.execute(
        f"insert into {table} ({owner}, {columns}) select ?, {columns} from {table} where {owner} = ? and {which} order by id",
        (target, source),
    )
