"""Somebody who writes in the chat, as the widget does it: what has no answer is sent again under the same id."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from assistant.sessions import Session

WORDS = ("what are the symptoms, number {}", "my back hurts, number {}", "I can't feel my legs, number {}")
ANSWERED_WITHIN = 60.0  # seconds, all tries together
FIRST_WAIT, LONGEST_WAIT = 0.5, 4.0


@dataclass
class Said:
    """One message, and what came of it. `reply` is None when it was never answered."""

    id: str
    text: str
    reply: dict[str, Any] | None = None
    seconds: float = 0.0
    tries: int = 0
    without_words: int = 0  # tries that brought neither an answer nor the safety text


@dataclass
class Person:
    """One person on one or several addresses; `pause` is the mean time between two messages, in seconds."""

    session: Session
    url: str
    number: int = 0
    pause: float = 1.7  # as many as the assistants take: 40 a minute
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.number)
        self._web = requests.Session()
        # An address of one's own, as people have: the proxy limits by address.
        source = f"127.0.{1 + self.number // 250}.{1 + self.number % 250}"
        self._web.mount("http://", _From(source))

    @property
    def conversation(self) -> str:
        """Its id."""
        return self.session.conversation_id

    def talk(self, until: threading.Event) -> None:
        """Write one message after the other until it is said to be enough."""
        until.wait(self._chance.uniform(0, self.pause))
        while not until.is_set():
            count = len(self.said)
            self.say(f"m{count}", WORDS[count % len(WORDS)].format(count))
            until.wait(self._chance.uniform(0.9, 1.1) * self.pause)

    def say(self, message_id: str, text: str, url: str | None = None) -> Said:
        """Send until it is answered."""
        said = Said(message_id, text)
        self.said.append(said)
        began, wait = time.monotonic(), FIRST_WAIT
        while said.reply is None and time.monotonic() - began < ANSWERED_WITHIN:
            said.tries += 1
            said.reply = self._try(said, url or self.url)
            if said.reply is None:
                time.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
        said.seconds = time.monotonic() - began
        return said

    def history(self) -> list[dict[str, Any]]:
        """The conversation as the chat shows it after a reload."""
        answer = self._web.get(f"{self.url}/chat/messages", headers=self._headers, timeout=20)
        answer.raise_for_status()
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    def _try(self, said: Said, url: str) -> dict[str, Any] | None:
        try:
            answer = self._web.post(
                f"{url}/chat/messages", json={"id": said.id, "text": said.text}, headers=self._headers, timeout=20
            )
            body: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError):
            said.without_words += 1
            return None
        if answer.status_code == 200:
            return body
        said.without_words += not body.get("safety_text")
        return None

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session.token}"}


class _From(HTTPAdapter):
    """Connects from a loopback address of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As requests does, with the source address."""
        super().init_poolmanager(*arguments, **options, source_address=(self._address, 0))
