"""Conversations in every state, prepared once on a sound server and copied for each cell of the matrix."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

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


def prepare(database: Engine, say: Callable[[str, str], object], issue: Callable[[], str]) -> dict[str, str]:
    """Hold each conversation once; returns its id by state. `say(conversation, words)`, `issue()` gives a new id."""
    templates = {}
    for state, words in STATES.items():
        conversation = issue()
        for text in words:
            say(conversation, text)
        templates[state] = conversation
    with database.begin() as connection:
        long = templates["300 turns long"]
        turns = (
            "select id from events where sender_id = :who and type_name in ('user', 'bot', 'action') and id > :start"
        )
        start = "select max(id) from events where sender_id = :who and type_name = 'session_started'"
        started = connection.execute(sa.text(start), {"who": long}).scalar_one()
        ids = [str(row[0]) for row in connection.execute(sa.text(turns), {"who": long, "start": started})]
        for _ in range(LONG_TURNS // len(STATES["300 turns long"]) - 1):
            _copy(connection, "events", long, long, f"id in ({', '.join(ids)})")
        expired = templates["after an expired session"]
        connection.execute(
            sa.text("update events set timestamp = timestamp - :seconds where sender_id = :who"),
            {"seconds": EXPIRED_SECONDS, "who": expired},
        )
    return templates


def copy(database: Engine, template: str, conversation: str) -> None:
    """The same conversation under another id."""
    with database.begin() as connection:
        for table in _COLUMNS:
            _copy(connection, table, template, conversation)


def add_row(database: Engine, conversation: str, type_name: str, data: str) -> None:
    """One more event at the end of a conversation, whatever it holds."""
    with database.begin() as connection:
        connection.execute(
            sa.text("insert into events (sender_id, type_name, timestamp, data) values (:who, :type, :now, :data)"),
            {"who": conversation, "type": type_name, "now": time.time(), "data": data},
        )


def _copy(connection: Connection, table: str, source: str, target: str, which: str = "true") -> None:
    owner = "sender_id" if table == "events" else "conversation"
    columns = _COLUMNS[table]
    connection.execute(
        sa.text(
            f"insert into {table} ({owner}, {columns})"
            f" select :target, {columns} from {table} where {owner} = :source and {which} order by id"
        ),
        {"target": target, "source": source},
    )
