"""One turn of a conversation: in order, once a message id, behind the guard, kept for when it is asked again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker

from assistant import metrics
from assistant.audit import Decision
from assistant.collecting_output import CHANNEL_NAME, CollectingOutput
from assistant.conversation_locks import ConversationLocks
from assistant.database import DatabaseDown
from assistant.finished_turn import said_to
from assistant.guard import (
    CRISIS_PREFIX,
    EMERGENCY_PREFIX,
    SAFETY_RESPONSE,
    Guard,
    Message,
    Screened,
    is_urgent,
    response_name,
)
from assistant.http_errors import ApiError
from assistant.incoming_message import IncomingMessage
from assistant.levels import LEVELS
from assistant.replies_store import RepliesStore, StoredReply
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.sessions import Session
from assistant.turn_queue import TurnQueue
from assistant.unheard import remember

_RED_FLAGS = LEVELS[LEVELS.index("EMERGENCY") :]

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]
OnDecision = Callable[[Decision], None]


@dataclass(frozen=True)
class Assessment:
    """Where a conversation stands: its level, the id of the question that is open, the rows that decided."""

    level: str | None = None
    next_question: str | None = None
    reasons: tuple[str, ...] = ()

    def at_least(self, level: str | None, reasons: tuple[str, ...] = ()) -> Assessment:
        """The same with the higher of both levels, and its reasons; a level is never lowered."""
        if level is None or (self.level is not None and LEVELS.index(self.level) >= LEVELS.index(level)):
            return self
        return replace(self, level=level, reasons=reasons)


class ChatTurns:
    """Answers messages of one server. `assess` reads the level and the open question off a tracker.

    `on_decision` hears of every answer; it must not raise and not wait.
    """

    def __init__(
        self,
        guard: Guard,
        assess: Callable[[DialogueStateTracker], Assessment],
        *,
        timeout: float,
        locks: ConversationLocks,
        on_decision: OnDecision = lambda _decision: None,
    ) -> None:
        self._guard = guard
        self._assess = assess
        self._timeout = timeout
        self._on_decision = on_decision
        self._locks = locks
        self._queue = TurnQueue()
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

    async def _answer(
        self,
        conversation: str,
        incoming: IncomingMessage,
        on_new_message: OnNewMessage,
        store: SafeSQLTrackerStore,
        replies: RepliesStore,
    ) -> dict[str, Any]:
        async with self._locks.alone(conversation):
            if replies.is_erased(conversation):
                raise ApiError("erased")
            if (stored := replies.find(conversation, incoming.id)) is not None:
                return stored.reply
            shown = incoming.text
            if incoming.payload is not None:
                shown = replies.offered(conversation).get(incoming.payload)
            if shown is None:
                raise ApiError("not_offered")
            with metrics.timed(metrics.SCREEN):
                screened = self._guard.before(incoming.payload if incoming.text is None else incoming.text)
            reply = await self._reply(conversation, incoming.id, screened, on_new_message, store)
            with metrics.timed(metrics.STORE):
                kept = replies.save(conversation, StoredReply(incoming.id, shown, reply)).reply
            # Of a server that was first; but never less urgent than what was found here.
            own = Assessment(reply["level"])
            return kept if own.at_least(kept["level"]).level == kept["level"] else reply

    async def _reply(
        self,
        conversation: str,
        message_id: str,
        screened: Screened,
        on_new_message: OnNewMessage,
        store: SafeSQLTrackerStore,
    ) -> dict[str, Any]:
        assessment = Assessment()
        heard = False
        of_rasa: list[Message] = []

        async def call(text: str, said: list[Message]) -> None:
            nonlocal assessment, heard, of_rasa
            of_rasa = said
            async with self._queue.place(urgent=screened.level in _RED_FLAGS):
                finished = await self._finished(conversation, message_id, store)
                if finished is not None:
                    said.extend(finished)
                else:
                    output = CollectingOutput(said)
                    await on_new_message(
                        UserMessage(text, output, conversation, input_channel=CHANNEL_NAME, message_id=message_id)
                    )
            heard = True
            tracker = store.recent(conversation)
            if tracker is not None:
                assessment = self._assess(tracker)

        with metrics.timed(metrics.TURN):
            said = await self._guard.run(screened, call, timeout=self._timeout, conversation_id=conversation)
        if not heard and (tracker := await remember(store, conversation, message_id, screened.text, said)):
            assessment = self._assess(tracker)
        assessment = assessment.at_least(screened.level, screened.reasons)
        if any(response_name(message) == SAFETY_RESPONSE for message in said):
            metrics.SAFETY_TEXTS.labels("answer").inc()
        self._on_decision(_decision(conversation, message_id, assessment, said, of_rasa))
        return {
            "level": assessment.level,
            "next_question": assessment.next_question,
            "messages": [_public(message, f"{message_id}.{number}") for number, message in enumerate(said, 1)],
        }

    async def _finished(self, conversation: str, message_id: str, store: SafeSQLTrackerStore) -> list[Message] | None:
        """What was said to this message by a server that was killed before it could keep the reply; None if nobody was.

        With one server only the first message after its start can be such a one, so only then the conversation is read.
        """
        if store.recent(conversation) is not None and not self._locks.are_shared:
            return None
        try:
            tracker = await store.retrieve(conversation)
        except DatabaseDown:
            return None
        return None if tracker is None else said_to(tracker, message_id)


def _decision(
    conversation: str, message_id: str, assessment: Assessment, said: list[Message], of_rasa: list[Message]
) -> Decision:
    """What the audit is told: the guard answered if the advice it put first is no message of Rasa's."""
    advice = next((message for message in said if is_urgent(message)), None)
    by_guard = advice is not None and not any(message is advice for message in of_rasa)
    level = assessment.level or ""
    return Decision(conversation, message_id, level, assessment.reasons, "guard" if by_guard else "policy")


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
