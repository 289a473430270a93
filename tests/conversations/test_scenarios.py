"""Every scenario of `scenarios/`, played through the real agent; and what must hold in all of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from player import Played, Player
from player import complaints as complaints_of
from scenario_file import SCENARIOS_FOLDER, Names, Scenario, read_scenarios

from assistant import responses
from assistant.page_net import FOLDER
from pages.content import load_pages
from triage import Level, clinical_data

EMERGENCY_BEGINNINGS = ("utter_emergency", "utter_crisis")

NAMES = Names(
    responses=frozenset(responses.all_responses()),
    levels=frozenset(Level.__members__),
    questions=frozenset(question.id for question in clinical_data().questions),
)
SCENARIOS = read_scenarios(SCENARIOS_FOLDER, NAMES)


@pytest.fixture(scope="module")
def all_played(player: Player) -> list[Played]:
    """Every scenario, played."""
    return [player.play(scenario) for scenario in SCENARIOS]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_conversation_goes_as_the_scenario_says(player: Player, scenario: Scenario) -> None:
    played = player.play(scenario)
    assert not any(complaints_of(turn) for turn in played.turns), played.as_text()


def test_the_level_never_falls_within_a_conversation(all_played: list[Played]) -> None:
    fallen = [p for p in all_played if any(later.level < earlier.level for earlier, later in pairwise(p.turns))]
    assert not fallen, as_text(fallen)


def test_no_message_is_met_with_silence(all_played: list[Played]) -> None:
    silent = [
        p for p in all_played if any(not turn.messages or not all(map(has_text, turn.messages)) for turn in p.turns)
    ]
    assert not silent, as_text(silent)


def test_every_reply_after_an_emergency_begins_with_it(
    all_played: list[Played],
) -> None:
    forgetful = [
        played
        for played in all_played
        if any(
            turn.level >= Level.EMERGENCY and not turn.responses[0].startswith(EMERGENCY_BEGINNINGS)
            for turn in played.turns
        )
    ]
    assert not forgetful, as_text(forgetful)


def test_no_question_is_asked_or_open_after_an_emergency(
    all_played: list[Played],
) -> None:
    questions = {question.response for question in clinical_data().questions}
    asking = [
        played
        for played in all_played
        if any(
            turn.level >= Level.EMERGENCY and (turn.question or questions.intersection(turn.responses))
            for turn in played.turns
        )
    ]
    assert not asking, as_text(asking)


def test_every_conversation_ends_with_the_assistant_listening(
    all_played: list[Played],
) -> None:
    stuck = [played for played in all_played if not played.ended_listening]
    assert not stuck, as_text(stuck)


def test_every_page_answer_is_made_of_the_pages_own_sentences(all_played: list[Played]) -> None:
    sentences = [s.text.replace("\n", " ") for page in load_pages(FOLDER) for s in page.sentences().values()]
    fixed = [responses.fixed_text("utter_safety_line"), responses.fixed_text("utter_page_rest_silent")]
    made_up: list[str] = []
    for played in all_played:
        for message in (message for turn in played.turns for message in turn.messages):
            if (message.get("metadata") or {}).get("source"):
                rest = str(message["text"]).replace("\n", " ")
                for known in sorted((*sentences, *(text.replace("\n", " ") for text in fixed)), key=len, reverse=True):
                    rest = rest.replace(known, "")
                made_up += [rest] if rest.strip(" -") else []
    assert not made_up


def test_there_are_scenarios_for_every_question_and_every_level() -> None:
    turns = [turn for scenario in SCENARIOS for turn in scenario.turns]
    assert {turn.question for turn in turns if turn.question} == NAMES.questions
    assert {turn.level for turn in turns} == NAMES.levels


def has_text(message: dict[str, object]) -> bool:
    """Whether a bot message says anything."""
    return bool(str(message.get("text") or "").strip())


def as_text(conversations: list[Played]) -> str:
    """Several conversations for a person to read."""
    return "\n".join(played.as_text() for played in conversations)
