"""Conversations as Rasa stores them, and a look at what stands in the database and in its files."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.database import Database
from assistant.replies_store import RepliesStore, StoredReply

ME = "a_me"
YOU = "a_you"


def message_id(text: str) -> str:
    """The id under which `say` and `reply` send a text; it tells nothing of the words."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def say(store: TrackerStore, text: str, *, who: str = ME, at: float | None = None) -> DialogueStateTracker:
    """One turn the way Rasa does it: read or create, append, save. `at` in seconds since 1970."""
    return asyncio.run(turn(store, text, who=who, at=at))


async def turn(store: TrackerStore, text: str, *, who: str = ME, at: float | None = None) -> DialogueStateTracker:
    """`say`, in a loop that runs."""
    at = time.time() if at is None else at
    tracker = await store.get_or_create_tracker(who, append_action_listen=False)
    if not tracker.events:
        for event in (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")):
            event.timestamp = at
            tracker.update(event)
    tracker.update(UserUttered(text, message_id=message_id(text), timestamp=at))
    tracker.update(BotUttered(f"answer to {text}", timestamp=at))
    tracker.update(ActionExecuted("action_listen", timestamp=at))
    await store.save(tracker)
    _as_if_ended(store)
    return tracker


def reply(database: Database, text: str, *, who: str = ME, at: float | None = None) -> None:
    """Keep the reply to `text`."""
    now = time.time() if at is None else at
    bot = {"id": f"{message_id(text)}.1", "text": f"answer to {text}", "buttons": []}
    store = RepliesStore(database, keep_seconds=10**9, now=lambda: now)
    store.save(who, StoredReply(message_id(text), text, {"level": None, "next_question": None, "messages": [bot]}))
    _as_if_ended(database)


def _as_if_ended(store: Any) -> None:
    """A server that ends closes its file: what was said is in the file itself, not in the log beside it."""
    if hasattr(store, "engine") and store.engine.dialect.name == "sqlite":
        store.engine.dispose()


def heard(store: TrackerStore, who: str = ME) -> list[str | None]:
    """The person's words as the store gives them back."""
    tracker = asyncio.run(store.retrieve(who))
    return [] if tracker is None else [event.text for event in tracker.events if isinstance(event, UserUttered)]


def run(url: str, statement: str, **values: object) -> list[tuple[Any, ...]]:
    """Run one statement, past everything of ours; the rows if it has any."""
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement), values)
        return [tuple(row) for row in result] if result.returns_rows else []


def files_with(folder: Path, words: str) -> list[str]:
    """The files below `folder` whose bytes hold `words`: as they are, or as JSON or UTF-16 would write them."""
    wanted = {words.encode(), words.encode("unicode-escape"), words.encode("utf-16-le")}
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in paths if any(form in path.read_bytes() for form in wanted))
