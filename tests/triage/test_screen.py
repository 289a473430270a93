"""The screen: one message, one fixed text or nothing."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from makers import MESSAGES, thorough

from triage import Level, extract, fold, screen
from triage.data import DATA_FOLDER
from triage.screen import Screening
from triage.state import Turn

RESPONSES = yaml.safe_load((DATA_FOLDER.parent / "responses" / "emergency.yml").read_text("utf-8"))["responses"]


@pytest.mark.parametrize(
    "message, level, response",
    [
        ("I can't feel my legs", Level.EMERGENCY, "utter_emergency"),
        ("My mother can't feel her legs", Level.EMERGENCY, "utter_emergency_other"),
        ("I have crushing chest pain", Level.EMERGENCY, "utter_emergency_911"),
        ("no siento las piernas", Level.EMERGENCY, "utter_emergency_spanish"),
        ("I want to die", Level.CRISIS, "utter_crisis"),
        ("ya no quiero vivir", Level.CRISIS, "utter_crisis_spanish"),
        ("I want to die, I can't feel my legs", Level.CRISIS, "utter_crisis"),
    ],
)
def test_an_emergency_names_its_text(message: str, level: Level, response: str) -> None:
    screening = screen(message)
    assert (screening.level, screening.response) == (level, response)
    assert screening.reasons


@pytest.mark.parametrize("message", ["", "hello", "my back hurts", "what if my legs get weak", "\x00\ud800"])
def test_anything_less_gives_nothing(message: str) -> None:
    assert screen(message) == Screening(None, None)


@thorough
@given(MESSAGES)
def test_the_screen_agrees_with_the_conversation_and_names_a_text_that_exists(message: str) -> None:
    state, screening = fold([Turn(extract(message))]), screen(message)
    assert screening.level == (state.level if state.is_emergency else None)
    assert screening.response is None or screening.response in RESPONSES
