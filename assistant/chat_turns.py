"""One turn of a conversation: in order, once a message id, behind the guard, kept for when it is asked again."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, AsyncIterator, Awaitable, Callable

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.collecting_output import CHANNEL_NAME, CollectingOutput
from assistant.database import DatabaseDown
from assistant.finished_turn import said_to
from assistant.guard import (
    CRISIS_PREFIX,
    EMERGENCY_PREFIX,
    SAFETY_RESPONSE,
    Guard,
    Message,
    Screened,
    response_name,
)
from assistant.http_errors import ApiError
from assistant.incoming_message import IncomingMessage
from assistant.replies_store import RepliesStore, StoredReply
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.sessions import Session

#: Ascending, as in triage.Level.
LEVELS = ("OUT_OF_SCOPE", "INFORMATION", "APPOINTMENT", "URGENT", "EMERGENCY", "CRISIS")

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


@dataclass(frozen=True)
class Assessment:
    """Where a conversation stands: the name of its level, and the id of the question that is open."""

    level: str | None = None
    next_question: str | None = None

    def at_least(self, level: str | None) -> Assessment:
        """The same with the higher of both levels; a level is never lowered."""
        if level is None or (self.level is not None and LEVELS.index(self.level) >= LEVELS.index(level)):
            return self
        return Assessment(level, self.next_question)


class ChatTurns:
    """Answers messages of one server. `assess` reads the level and the open question off a tracker."""

    def __init__(self, guard: Guard, assess: Callable[[DialogueStateTracker], Assessment], *, timeout: float) -> None:
        self._guard = guard
        self._assess = assess
        self._timeout = timeout
        self._locks: dict[str, _Lock] = {}
        self._running: set[asyncio.Task[dict[str, Any]]] = set()

    async def answer(
        self,
        session: Session,
        incoming: IncomingMessage,
        *,
        on_new_message: OnNewMessage,
        store: SafeSQLTrackerStore,
        replies: RepliesStore,
    ) -> dict[str, Any]:
        """The JSON reply to a message. Raises ApiError for an erased conversation or a button never offered."""
        turn = self._answer(session.conversation_id, incoming, on_new_message, store, replies)
        # A task of its own: a client that hangs up must not cut the turn; it will ask again with the same id.
        task = asyncio.create_task(turn)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    @contextlib.asynccontextmanager
    async def alone(self, conversation: str) -> AsyncIterator[None]:
        """One at a time for each conversation, first come first served."""
        lock = self._locks.setdefault(conversation, _Lock())
        lock.users += 1
        try:
            async with lock.lock:
                yield
        finally:
            lock.users -= 1
            if not lock.users:
                self._locks.pop(conversation, None)

    async def _answer(
        self,
        conversation: str,
        incoming: IncomingMessage,
        on_new_message: OnNewMessage,
        store: SafeSQLTrackerStore,
        replies: RepliesStore,
    ) -> dict[str, Any]:
        async with self.alone(conversation):
            if replies.is_erased(conversation):
                raise ApiError("erased")
            if (stored := replies.find(conversation, incoming.id)) is not None:
                return stored.reply
            shown = incoming.text
            if incoming.payload is not None:
                shown = replies.offered(conversation).get(incoming.payload)
            if shown is None:
                raise ApiError("not_offered")
            screened = self._guard.before(incoming.payload if incoming.text is None else incoming.text)
            reply = await self._reply(conversation, incoming.id, screened, on_new_message, store)
            replies.save(conversation, StoredReply(incoming.id, shown, reply))
            return reply

    async def _reply(
        self,
        conversation: str,
        message_id: str,
        screened: Screened,
        on_new_message: OnNewMessage,
        store: SafeSQLTrackerStore,
    ) -> dict[str, Any]:
        assessment = Assessment()

        async def call(text: str, said: list[Message]) -> None:
            nonlocal assessment
            finished = await _finished(conversation, message_id, store)
            if finished is None:
                output = CollectingOutput(said)
                await on_new_message(
                    UserMessage(text, output, conversation, input_channel=CHANNEL_NAME, message_id=message_id)
                )
            else:
                said.extend(finished)
            tracker = store.recent(conversation)
            if tracker is not None:
                assessment = self._assess(tracker)

        said = await self._guard.run(screened, call, timeout=self._timeout, conversation_id=conversation)
        assessment = assessment.at_least(screened.level)
        return {
            "level": assessment.level,
            "next_question": assessment.next_question,
            "messages": [_public(message, f"{message_id}.{number}") for number, message in enumerate(said, 1)],
        }


async def _finished(conversation: str, message_id: str, store: SafeSQLTrackerStore) -> list[Message] | None:
    """What was said to this message by a server that was killed before it could keep the reply; None if nobody was.

    Only the first message after a start can be such a one, so only then the conversation is read for it.
    """
    if store.recent(conversation) is not None:
        return None
    try:
        tracker = await store.retrieve(conversation)
    except DatabaseDown:
        return None
    return None if tracker is None else said_to(tracker, message_id)


class _Lock:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


def _public(message: Message, message_id: str) -> dict[str, Any]:
    """A bot message as the browser gets it: what it needs and nothing internal."""
    metadata = message.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    buttons = [
        {"title": str(button["title"]), "payload": str(button.get("payload") or button["title"])}
        for button in message.get("buttons") or []
        if button.get("title")
    ]
    return {
        "id": message_id,
        "text": str(message["text"]).strip(),
        "kind": metadata.get("kind") or _kind(response_name(message)),
        "buttons": buttons,
        "select": (metadata.get("select") or "one") if buttons else None,
        "source": metadata.get("source"),
    }


def _kind(response: str) -> str:
    if response.startswith(EMERGENCY_PREFIX):
        return "emergency"
    if response.startswith(CRISIS_PREFIX):
        return "crisis"
    return "safety" if response == SAFETY_RESPONSE else "text"
