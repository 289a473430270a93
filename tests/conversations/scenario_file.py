"""Reads the scenario files: conversations that a nurse can read and write, checked strictly before any is played.

A file is a list of scenarios; each has a `name` and `turns`. A turn has

    user      what the person writes
    level     the level of the whole conversation afterwards
    bot       the response said, or a list of them in order
    question  optional: id of the question that is open afterwards; null when none may be open
    not_bot   optional: responses that must not be among those said (`bot` may then be left out)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SCENARIOS_FOLDER = Path(__file__).parent / "scenarios"

_SCENARIO_KEYS = {"name", "turns"}
_TURN_KEYS = {"user", "level", "bot", "question", "not_bot"}


class ScenarioError(ValueError):
    """A scenario file says something that means nothing; the message names the file and the scenario."""


@dataclass(frozen=True)
class Names:
    """Every name a scenario may use."""

    responses: frozenset[str]
    levels: frozenset[str]
    questions: frozenset[str]


@dataclass(frozen=True)
class ExpectedTurn:
    """One message and what must come of it. `bot` is None when only `not_bot` is asked for."""

    user: str
    level: str
    bot: tuple[str, ...] | None
    not_bot: tuple[str, ...]
    checks_question: bool
    question: str | None


@dataclass(frozen=True)
class Scenario:
    """A conversation with its expected course."""

    name: str
    file: str
    turns: tuple[ExpectedTurn, ...]


def read_scenarios(folder: Path, names: Names) -> list[Scenario]:
    """All scenarios of `folder`, by file name and order. Raises ScenarioError."""
    scenarios: list[Scenario] = []
    for path in sorted(folder.glob("*.yml")):
        entries = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(entries, list) or not entries:
            raise ScenarioError(f"{path.name}: expected a list of scenarios")
        scenarios.extend(_scenario(entry, path.name, position, names) for position, entry in enumerate(entries, 1))
    _refuse_repeats(scenarios)
    return scenarios


def _scenario(entry: Any, file: str, position: int, names: Names) -> Scenario:
    where = f"{file}, scenario {position}"
    if not isinstance(entry, dict) or set(entry) != _SCENARIO_KEYS:
        raise ScenarioError(f"{where}: must have exactly the keys name and turns")
    if not isinstance(entry["name"], str) or not entry["name"].strip():
        raise ScenarioError(f"{where}: the name must be a text")
    where = f'{file}, "{entry["name"]}"'
    if not isinstance(entry["turns"], list) or not entry["turns"]:
        raise ScenarioError(f"{where}: needs at least one turn")
    turns = tuple(_turn(turn, f"{where}, turn {n}", names) for n, turn in enumerate(entry["turns"], 1))
    return Scenario(entry["name"], file, turns)


def _turn(turn: Any, where: str, names: Names) -> ExpectedTurn:
    if not isinstance(turn, dict):
        raise ScenarioError(f"{where}: must be keys and values")
    if unknown := set(turn) - _TURN_KEYS:
        raise ScenarioError(f"{where}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    if not isinstance(turn.get("user"), str):
        raise ScenarioError(f"{where}: 'user' must be a text; put it in quotes")
    if turn.get("level") not in names.levels:
        raise ScenarioError(f"{where}: unknown level {turn.get('level')!r}")
    if "bot" not in turn and "not_bot" not in turn:
        raise ScenarioError(f"{where}: says neither 'bot' nor 'not_bot'")
    question = turn.get("question")
    if question is not None and question not in names.questions:
        raise ScenarioError(f"{where}: unknown question {question!r}")
    return ExpectedTurn(
        user=turn["user"],
        level=turn["level"],
        bot=_responses(turn, "bot", where, names) if "bot" in turn else None,
        not_bot=_responses(turn, "not_bot", where, names) if "not_bot" in turn else (),
        checks_question="question" in turn,
        question=question,
    )


def _responses(turn: Mapping[str, Any], key: str, where: str, names: Names) -> tuple[str, ...]:
    value = turn[key]
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ScenarioError(f"{where}: '{key}' is empty")
    for name in listed:
        if name not in names.responses:
            raise ScenarioError(f"{where}: unknown response {name!r}")
    return tuple(listed)


def _refuse_repeats(scenarios: Iterable[Scenario]) -> None:
    seen: dict[str, str] = {}
    for scenario in scenarios:
        if scenario.name in seen:
            raise ScenarioError(f'{scenario.file}, "{scenario.name}": this name is already in {seen[scenario.name]}')
        seen[scenario.name] = scenario.file
