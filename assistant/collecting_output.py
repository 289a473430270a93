"""Collects what the bot says, for whoever called it: one utterance is one message, never split at blank lines."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel

from assistant.guard import Message

CHANNEL_NAME = "chat"


class CollectingOutput(OutputChannel):
    """Appends every bot message to `said`, whole: text, buttons and metadata together."""

    def __init__(self, said: list[Message]) -> None:
        self._said = said

    @classmethod
    def name(cls) -> str:
        """The channel's name, by which a response may have a variation of its own."""
        return CHANNEL_NAME

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one utterance. Rasa's default would cut it at blank lines and drop all but the text."""
        self._said.append(dict(message))

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Keep a text that an action sent directly."""
        self._said.append({"text": text})
