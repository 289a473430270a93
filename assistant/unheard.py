"""A turn that Rasa could not finish: the conversation remembers all the same what was said, and what was answered."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.collecting_output import CHANNEL_NAME
from assistant.database import DatabaseDown
from assistant.guard import Message, where
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore

logger = logging.getLogger(__name__)


async def remember(
    store: SafeSQLTrackerStore, conversation: str, message_id: str, text: str, said: Sequence[Message]
) -> DialogueStateTracker | None:
    """The conversation with this turn at its end, saved; None when even that failed. Never raises.

    Without it a red flag stated while a component failed would be forgotten at the next message: levels are a function
    of the user events. Their findings are read again from the text, which needs no model.
    """
    try:
        tracker = await _tracker(store, conversation)
        if any(isinstance(event, UserUttered) and event.message_id == message_id for event in tracker.events):
            return tracker
        tracker.update(UserUttered(text, input_channel=CHANNEL_NAME, message_id=message_id))
        for message in said:
            tracker.update(BotUttered(message["text"], metadata={"utter_action": message.get("utter_action")}))
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        await store.save(tracker)
    except Exception as error:  # the answer is on its way; remembering must not cost it
        logger.error("turn_forgotten error=%s at=%s conversation=%s", type(error).__name__, where(error), conversation)
        return None
    return tracker


async def _tracker(store: SafeSQLTrackerStore, conversation: str) -> DialogueStateTracker:
    """The conversation in a session that has not expired: a new one where Rasa would have begun one."""
    try:
        tracker = await store.retrieve(conversation)
    except DatabaseDown:
        tracker = None
    if tracker is None:
        tracker = DialogueStateTracker(conversation, store.domain.slots)
    last = tracker.events[-1].timestamp if tracker.events else 0.0
    lifetime = store.domain.session_config.session_expiration_time * 60  # seconds; 0: sessions never end
    if not tracker.events or (lifetime and time.time() - last > lifetime):
        for event in (ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)):
            tracker.update(event)
    return tracker
