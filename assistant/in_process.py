"""The real agent inside this process, for the command line and the tests: same model, guard, policies and texts."""

from __future__ import annotations

import logging
import os
import sys
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import assistant.early_imports  # noqa: F401

# isort: split
import structlog

from assistant import rasa_patches, training
from assistant.data_versions import data_versions
from assistant.guard import Guard, Message, Screened
from assistant.settings import ROOT

if TYPE_CHECKING:
    from rasa.core.agent import Agent

    from triage import State

TIMEOUT_SECONDS = 30.0  # nobody waits in a browser here


def load(model: Path | None = None) -> InProcess:
    """Load the model (10-20 s). Raises ModelError when there is none or its checksum does not match."""
    path = model or ROOT / "models" / training.MODEL_NAME
    record = training.verify_model(path)
    _keep_quiet()
    rasa_patches.apply()
    from rasa.core.agent import Agent
    from rasa.core.tracker_store import InMemoryTrackerStore
    from rasa.core.utils import AvailableEndpoints

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    agent = Agent.load(str(path), generator=endpoints.nlg, action_endpoint=endpoints.action)
    agent.tracker_store = InMemoryTrackerStore(agent.domain)
    if agent.processor is not None:
        agent.processor.tracker_store = agent.tracker_store
    return InProcess(agent, record.archive_sha256[:12])


def _keep_quiet() -> None:
    """Keep Rasa's own messages off stdout, where the result goes: only warnings, and on stderr."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    logging.getLogger().setLevel(logging.WARNING)
    structlog.reset_defaults()  # half of an earlier configuration would fail at the first message
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


class InProcess:
    """Messages through guard and agent, one conversation an id."""

    def __init__(self, agent: Agent, model: str) -> None:
        from assistant import wiring

        self.agent = agent
        self.guard: Guard = wiring.guard()
        self.versions = {**data_versions(), "model": model}

    async def parse(self, text: str) -> tuple[Screened, dict[str, Any]]:
        """What the guard and the model see in `text`: the screened message and the model's parse data."""
        screened = self.guard.before(text)
        return screened, dict(await self.agent.parse_message(screened.text)) if screened.text else {}

    async def assess(self, text: str) -> dict[str, Any]:
        """What `spine-triage assess` prints: the judgement on `text` as a first message."""
        from assistant import assessment
        from triage import Level

        screened, parse_data = await self.parse(text)
        state = assessment.assess(screened.text, parse_data)
        explained = assessment.explain(state)
        if screened.level and Level[screened.level] > state.level:
            explained.update(level=screened.level, next_question=None)
        intent = parse_data.get("intent") or {}
        explained["intent"] = {"name": intent.get("name"), "confidence": intent.get("confidence")}
        explained["versions"] = self.versions
        return explained

    async def say(self, conversation: str, text: str) -> tuple[list[Message], State]:
        """Send one message; the reply as a person gets it, and the state after it."""
        from rasa.core.channels.channel import UserMessage

        from assistant import assessment
        from assistant.collecting_output import CHANNEL_NAME, CollectingOutput

        screened: Screened = self.guard.before(text)

        async def call(cleaned: str, said: list[Message]) -> None:
            message = UserMessage(cleaned, CollectingOutput(said), conversation, input_channel=CHANNEL_NAME)
            await self.agent.handle_message(message)

        messages = await self.guard.run(screened, call, timeout=TIMEOUT_SECONDS, conversation_id=conversation)
        tracker = await self.agent.tracker_store.retrieve(conversation)
        return messages, assessment.state_of(tracker) if tracker else assessment.assess(screened.text, {})

    @staticmethod
    def new_conversation() -> str:
        """An id that no other conversation has."""
        return f"cli_{uuid.uuid4().hex}"
