"""Rasa's SQL tracker store without its ways of losing a conversation or the whole server."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any, Generator, Iterable, Iterator, Optional

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ConversationResumed, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant import rasa_patches, sqlite_file, tables
from assistant.database import Database, DatabaseDown
from assistant.outbox import Once
from assistant.settings import DATABASE_URL
from assistant.store_address import DIALECT, FILE, make_url

logger = logging.getLogger(__name__)
rasa_patches.apply()

RECENT_CONVERSATIONS = 256  # kept in memory to bridge an outage; about 0.2 MB each when long

# How many of a tracker's events are in the database. Counting rows instead, as Rasa does, stores nothing of a turn
# whose reading failed, and drops events after a row that could not be read.
_STORED = "stored_event_count"
_NEWEST = "newest_row"  # the id of the conversation's last row in the database, when nothing of it waits


class SafeSQLTrackerStore(SQLTrackerStore):
    """Stores conversations in SQLite or PostgreSQL and keeps them going through what usually ends them.

    - A row that cannot be read is skipped and logged by its id; Rasa's store ends the process on it.
    - While the database is away, recent conversations go on from memory, their turns wait on this machine's disk, and
      are written when it is back.
    - A conversation left without `action_listen`, or paused, would never answer again; it is healed when read.
    """

    Base = tables.Base
    SQLEvent = tables.StoredEvent

    def __init__(
        self,
        domain: Optional[Domain] = None,
        dialect: str = DIALECT,
        host: Optional[str] = None,
        port: Optional[int] = None,
        db: str = FILE,
        username: Optional[str] = None,
        password: Optional[str] = None,
        event_broker: Optional[EventBroker] = None,
        query: Optional[dict[str, str]] = None,
        **kwargs: Any,
    ) -> None:
        """Same parameters as Rasa's store, from endpoints.yml; SPINE_TRIAGE_DATABASE_URL overrides them all."""
        url = os.environ.get(DATABASE_URL) or make_url(dialect, host, port, db, username, password, query)
        self.database = Database(url)
        self.database.outbox.knows(tables.events)
        self.database.outbox.knows(tables.heard)
        self.engine = self.database.engine
        self.sessionmaker = sa.orm.sessionmaker(bind=self.engine)
        self._recent: OrderedDict[str, DialogueStateTracker] = OrderedDict()
        self._unsaved: set[str] = set()
        # Past SQLTrackerStore.__init__: it would build its own engine and wait for the database for ever.
        TrackerStore.__init__(self, domain, event_broker)

    @contextlib.contextmanager
    def session_scope(self) -> Generator[Session, None, None]:
        """A session; no error in it ends the process, as any ValueError does in Rasa's store."""
        with self.database.connect(self.Base.metadata) as connection:
            session = self.sessionmaker(bind=connection)
            try:
                yield session
            finally:
                session.close()

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The conversation since its last session start, able to go on; None if there is none."""
        if sender_id in self._unsaved:
            return self._remember(heal(self._recent[sender_id]))
        try:
            if (tracker := self._unchanged(sender_id)) is None:
                tracker = await super().retrieve(sender_id)
        except DatabaseDown:
            tracker = self._recent.get(sender_id) or self._waiting(sender_id)
            if tracker is None:
                raise  # FailSafeTrackerStore starts a new conversation, whose events are all kept
        return None if tracker is None else self._remember(heal(tracker))

    def recent(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The conversation as this process last read or saved it, without asking the database."""
        return self._recent.get(sender_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that are new since the tracker was read. During an outage they wait in the outbox."""
        self._remember(tracker)
        await self.stream_events(tracker)
        new = list(_new_events(tracker))
        rows, once = [_row(tracker.sender_id, event) for event in new], _once(tracker.sender_id, new)
        newest = None
        try:
            newest = self._write(tracker.sender_id, rows, once)
        except IntegrityError:
            # Another server had this turn, while this one hung or its lock was lost; theirs is the one that counts.
            logger.error("turn_already_stored conversation=%s", tracker.sender_id)
            self._recent.pop(tracker.sender_id, None)
        except DatabaseDown:
            self._unsaved.add(tracker.sender_id)
            if not self.database.outbox.add(tables.events, rows, once):
                logger.error("conversation_kept_in_memory conversation=%s", tracker.sender_id)
                return
        if newest is not None:
            self._unsaved.discard(tracker.sender_id)
        _mark_stored(tracker, len(tracker.events), newest)

    async def flush(self) -> None:
        """Write what waits, once the database is back, also when nobody writes a message. Never raises for an outage."""
        if self._unsaved or self.database.outbox.pending:
            for sender_id in list(self._unsaved):
                await self.save(self._recent[sender_id])
            self.database.answers()

    def erase(self, conversation_id: str) -> None:
        """Delete every event of a conversation. Raises DatabaseDown when rows may remain."""
        self._recent.pop(conversation_id, None)
        self._unsaved.discard(conversation_id)
        with self.session_scope() as session:
            session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == conversation_id).delete()
            session.commit()
        sqlite_file.forget_deleted(self.engine)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> Optional[DialogueStateTracker]:
        with self.session_scope() as session:
            rows = self._event_query(session, sender_id, fetch_events_from_all_sessions).all()
            return self._tracker_of(sender_id, rows, newest=rows[-1].id if rows else None)

    def _tracker_of(
        self, sender_id: str, rows: Iterable[Any], newest: int | None = None
    ) -> DialogueStateTracker | None:
        events = list(_readable(rows))
        if not events:
            return None
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        _mark_stored(tracker, len(tracker.events), newest)
        return tracker

    def _unchanged(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation from memory, if it is as the last save left it, here and in the database.

        Reading it anew costs 20 ms after a hundred turns, and every turn of it would be judged again.
        """
        tracker = self._recent.get(sender_id)
        newest = getattr(tracker, _NEWEST, None)
        if tracker is None or newest is None or len(tracker.events) != getattr(tracker, _STORED, 0):
            return None  # a turn that was broken off has left something in it
        with self.database.connect(tables.metadata) as connection:
            return tracker if connection.execute(_newest_of(sender_id)).scalar() == newest else None

    def _write(self, sender_id: str, rows: list[dict[str, Any]], once: Once | None) -> int | None:
        """Write a turn; returns the id of the conversation's newest row. Raises DatabaseDown, IntegrityError."""
        with self.database.connect(tables.metadata) as connection:
            if once is not None:
                connection.execute(once.table.insert().values(once.row))
            if rows:
                connection.execute(tables.events.insert(), rows)
            newest: int | None = connection.execute(_newest_of(sender_id)).scalar()
            return newest

    def _event_query(self, session: Session, sender_id: str, fetch_events_from_all_sessions: bool) -> Any:
        """The events since the last session start, by their ids: Rasa goes by the clock, and clocks are put back."""
        mine = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id)
        if not fetch_events_from_all_sessions:
            starts = self.SQLEvent.type_name == SessionStarted.type_name
            last = session.query(sa.func.max(self.SQLEvent.id)).filter(self.SQLEvent.sender_id == sender_id, starts)
            mine = mine.filter(self.SQLEvent.id >= sa.func.coalesce(last.scalar_subquery(), 0))
        return mine.order_by(self.SQLEvent.id)

    def _waiting(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as far as the outbox holds it: what a process that starts in an outage can know."""
        waiting = self.database.outbox.rows(self.SQLEvent.__table__)
        rows = [SimpleNamespace(id=None, **row) for row in waiting if row["sender_id"] == sender_id]
        tracker = self._tracker_of(sender_id, rows)
        if tracker is not None:
            self._unsaved.add(sender_id)
        return tracker

    def _remember(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        self._recent[tracker.sender_id] = tracker
        self._recent.move_to_end(tracker.sender_id)
        for oldest in itertools.islice(list(self._recent), max(0, len(self._recent) - RECENT_CONVERSATIONS)):
            if oldest not in self._unsaved or len(self._unsaved) > RECENT_CONVERSATIONS:
                self._recent.pop(oldest)
                self._unsaved.discard(oldest)
        return tracker


def heal(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Let a conversation hear again: resume it if paused, and end a turn that was broken off.

    Rasa's circuit breaker ends a turn without `action_listen`; the next turn then counts the old actions again and
    trips at once, "/restart" included.
    """
    if tracker.is_paused():
        tracker.update(ConversationResumed())
    if tracker.latest_action_name not in (None, ACTION_LISTEN_NAME):
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
    return tracker


def safe_store(tracker_store: TrackerStore) -> SafeSQLTrackerStore:
    """The store behind Rasa's wrapper. Raises TypeError if another class is in use.

    Rasa replaces a tracker store it cannot import by one in memory, with a warning only.
    """
    if isinstance(tracker_store, FailSafeTrackerStore):
        tracker_store = tracker_store._tracker_store
    if not isinstance(tracker_store, SafeSQLTrackerStore):
        raise TypeError(
            f"endpoints.yml must name {__name__}.{SafeSQLTrackerStore.__name__} as tracker_store; "
            f"Rasa is using {type(tracker_store).__name__}"
        )
    return tracker_store


def _new_events(tracker: DialogueStateTracker) -> Iterator[Event]:
    """What no save has put anywhere yet."""
    return itertools.islice(tracker.events, getattr(tracker, _STORED, 0), None)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    """An event as a row of Rasa's table, as its own `save` writes it."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _readable(rows: Iterable[Any]) -> Iterator[Event]:
    for row in rows:
        try:
            event = Event.from_parameters(json.loads(row.data))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            logger.error("event_skipped row=%s type=%s error=%s", row.id, row.type_name, type(error).__name__)
            continue
        if event is not None:
            yield event


def _mark_stored(tracker: DialogueStateTracker, count: int, newest: int | None = None) -> None:
    setattr(tracker, _STORED, count)
    setattr(tracker, _NEWEST, newest)


def _newest_of(sender_id: str) -> Any:
    return sa.select(sa.func.max(tables.events.c.id)).where(tables.events.c.sender_id == sender_id)


def _once(sender_id: str, events: Iterable[Event]) -> Once | None:
    """What only one server can write of this turn: that its message was heard."""
    for event in events:
        if isinstance(event, UserUttered) and event.message_id:
            return Once(tables.heard, {"conversation": sender_id, "message_id": event.message_id})
    return None
