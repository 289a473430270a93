"""A turn that Rasa had finished when the server was killed: its answer, found again in the conversation's events."""

from __future__ import annotations

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.guard import Message


def said_to(tracker: DialogueStateTracker, message_id: str) -> list[Message] | None:
    """What the bot said to the user message of this id; None when the conversation does not hold that message."""
    events = list(tracker.events)
    places = [i for i, event in enumerate(events) if isinstance(event, UserUttered) and event.message_id == message_id]
    if not places:
        return None
    said: list[Message] = []
    for event in events[places[-1] + 1 :]:
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            said.append({**(event.metadata or {}), "text": event.text, "buttons": (event.data or {}).get("buttons")})
    return said
