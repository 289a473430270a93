"""People who talk to a server over HTTP without pausing; run by Locust in its own environment, told by the environment.

KIND      ours | default | guard     how the server is spoken to
MESSAGES  stop after so many; 0 is never
"""

from __future__ import annotations

import os
import uuid
from typing import Any

import gevent
from locust import HttpUser, constant, events, task
from messages import CONVERSATION, RED_FLAG

KIND = os.environ["KIND"]
MESSAGES = int(os.environ.get("MESSAGES", "0"))


class Somebody(HttpUser):
    """One conversation after the other; of the guard alone, one red flag after the other."""

    wait_time = constant(0)

    def on_start(self) -> None:
        """A session, which everybody has who writes."""
        self.token = self.open() if KIND != "default" else ""

    @task
    def talk(self) -> None:
        """One conversation, or one red flag."""
        if KIND == "guard":
            self.say_to_ours(RED_FLAG)
            return
        if KIND == "ours":
            self.token = self.open()
        sender = uuid.uuid4().hex
        for text in CONVERSATION:
            if KIND == "ours":
                self.say_to_ours(text)
            else:
                self.say_to_default(sender, text)

    def open(self) -> str:
        """A new conversation."""
        return str(self.client.post("/chat/sessions", json={}, name="session").json()["token"])

    def say_to_ours(self, text: str) -> None:
        """A message as the widget sends it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"id": uuid.uuid4().hex, "text": text}
        with self._post("/chat/messages", body, headers=headers) as answer:
            told = answer.json()
            words = [one["text"] for one in told.get("messages", [])] or [told.get("safety_text") or ""]
            # The guard alone answers a red flag with 503 and the emergency text.
            good = "911" in words[0] if KIND == "guard" else words[0] and answer.status_code == 200
            answer.success() if good else answer.failure("no words")

    def say_to_default(self, sender: str, text: str) -> None:
        """A message over Rasa's REST channel."""
        with self._post("/webhooks/rest/webhook", {"sender": sender, "message": text}) as answer:
            if not answer.json():
                answer.failure("no words")

    def _post(self, path: str, body: dict[str, str], **more: Any) -> Any:
        return self.client.post(path, json=body, name="message", catch_response=True, **more)


class Enough:
    """Ends the run after MESSAGES messages."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._count = 0

    def hear(self, name: str, **_: Any) -> None:
        """Count one request."""
        self._count += name == "message"
        if self._count == MESSAGES:
            # Not here: this is one of the people whom it ends, and would end before it has ended the others.
            gevent.spawn_later(0.1, self._environment.runner.quit)


@events.init.add_listener
def begin(environment: Any, **_: Any) -> None:
    """Count from the start."""
    if MESSAGES:
        environment.events.request.add_listener(Enough(environment).hear)
