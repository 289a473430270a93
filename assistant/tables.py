"""Every table of the database, in one place: what is stored of a conversation, and which columns hold words.

`events` is Rasa's table under Rasa's names, so that a database of an earlier version, or of Rasa's own store, goes on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

from assistant.encryption import SealedText

metadata = sa.MetaData()
Base: Any = declarative_base(metadata=metadata)


class StoredEvent(Base):
    """One event of a conversation. `data` is its JSON, words included; the rest is what Rasa selects by."""

    __tablename__ = "events"

    id = sa.Column(sa.Integer, primary_key=True)
    sender_id = sa.Column(sa.String(255), nullable=False, index=True)  # the conversation
    type_name = sa.Column(sa.String(255), nullable=False)
    timestamp = sa.Column(sa.Float)  # seconds since 1970
    intent_name = sa.Column(sa.String(255))
    action_name = sa.Column(sa.String(255))
    data = sa.Column(SealedText)


events: sa.Table = StoredEvent.__table__

replies = sa.Table(
    "chat_replies",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation", sa.String(64), nullable=False),
    sa.Column("message_id", sa.String(64), nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False, index=True),  # seconds since 1970
    sa.Column("text", SealedText, nullable=False),  # JSON string: PostgreSQL refuses some characters in plain text
    sa.Column("reply", SealedText, nullable=False),  # JSON object, offered buttons included
    sa.UniqueConstraint("conversation", "message_id"),
)

#: Every message that was heard, in the transaction that writes its events: two servers cannot both write its turn.
heard = sa.Table(
    "chat_heard",
    metadata,
    sa.Column("conversation", sa.String(64), primary_key=True),
    sa.Column("message_id", sa.String(64), primary_key=True),
)

erased = sa.Table(
    "chat_erased",
    metadata,
    sa.Column("conversation", sa.String(64), primary_key=True),
    sa.Column("expires_at", sa.Integer, nullable=False, index=True),  # when the token ends by itself
)

one_time_codes = sa.Table(
    "chat_one_time_codes",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),  # of purpose and code: the table opens nothing to its reader
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Integer, nullable=False, index=True),  # seconds since 1970
)
