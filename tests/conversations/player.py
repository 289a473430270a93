"""Plays a scenario through the real agent in this process, and keeps what happened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from rasa.utils.endpoints import EndpointConfig
from scenario_file import ExpectedTurn, Scenario

from assistant import in_process
from assistant.guard import Message, response_name
from triage import Level

# Nothing listens on the discard port, so every action of the action server fails, at once and on every machine.
NO_ACTION_SERVER = "http://127.0.0.1:9/webhook"
UNDERSTOOD = "utter_understood"
UNNAMED = "(no name)"


@dataclass(frozen=True)
class PlayedTurn:
    """What came of one message."""

    expected: ExpectedTurn
    messages: tuple[Message, ...]
    level: Level
    question: str | None

    @property
    def responses(self) -> tuple[str, ...]:
        """Names of the responses said, in order."""
        return tuple(response_name(message) or UNNAMED for message in self.messages)


@dataclass
class Played:
    """A whole conversation as it went. `ended_listening` is false when Rasa would no longer answer."""

    scenario: Scenario
    turns: list[PlayedTurn] = field(default_factory=list)
    ended_listening: bool = False

    def as_text(self) -> str:
        """The conversation for a person to read, with what was expected beside what came."""
        lines = ["", f'{self.scenario.file}: "{self.scenario.name}"']
        for turn in self.turns:
            lines.append(f"  person: {_shortened(turn.expected.user)}")
            for name, message in zip(turn.responses, turn.messages):
                lines.append(f"     bot: [{name}] {_shortened(str(message.get('text')))}")
            lines.append(f"          level {turn.level.name}, open question {turn.question}")
            lines.extend(f"          !! {complaint}" for complaint in complaints(turn))
        return "\n".join(lines)


def complaints(turn: PlayedTurn) -> list[str]:
    """How a turn differs from what the scenario says of it; empty when it does not."""
    expected = turn.expected
    found: list[str] = []
    said = turn.responses
    if UNDERSTOOD not in (expected.bot or ()):
        said = tuple(name for name in said if name != UNDERSTOOD)  # it follows all advice; a scenario need not name it
    if expected.bot is not None and said != expected.bot:
        found.append(f"expected to be said: {', '.join(expected.bot)}")
    if unwanted := [name for name in turn.responses if name in expected.not_bot]:
        found.append(f"must not be said: {', '.join(unwanted)}")
    if turn.level.name != expected.level:
        found.append(f"expected level: {expected.level}")
    if expected.checks_question and turn.question != expected.question:
        found.append(f"expected open question: {expected.question}")
    return found


class Player:
    """One loaded agent and one event loop for all scenarios; each scenario is played once and then remembered.

    The loop belongs to the player, so it does not matter what a pytest plugin for asyncio does with its own.
    """

    def __init__(self, model: Path) -> None:
        self._runner = asyncio.Runner()
        self._agent = in_process.load(model)
        assert self._agent.agent.processor is not None
        self._agent.agent.processor.action_endpoint = EndpointConfig(NO_ACTION_SERVER)
        self._played: dict[str, Played] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.close()

    def play(self, scenario: Scenario) -> Played:
        """The record of `scenario`, in a conversation of its own."""
        if scenario.name not in self._played:
            self._played[scenario.name] = self._runner.run(self._play(scenario))
        return self._played[scenario.name]

    async def _play(self, scenario: Scenario) -> Played:
        played = Played(scenario)
        conversation = self._agent.new_conversation()
        for expected in scenario.turns:
            messages, state = await self._agent.say(conversation, expected.user)
            # The level as the page shows it: never below what the message's own words demand.
            screened = self._agent.guard.before(expected.user).level
            level = max(state.level, Level[screened]) if screened else state.level
            played.turns.append(PlayedTurn(expected, tuple(messages), level, state.next_question))
        tracker = await self._agent.agent.tracker_store.retrieve(conversation)
        played.ended_listening = tracker is not None and tracker.latest_action_name == "action_listen"
        return played


def _shortened(text: str, limit: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 4]} ..."
