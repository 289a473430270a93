"""The scenario reader refuses whatever it does not understand, and says where."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_file import Names, ScenarioError, read_scenarios

NAMES = Names(
    frozenset({"utter_greet", "utter_emergency"}),
    frozenset({"EMERGENCY"}),
    frozenset({"legs"}),
)

GOOD_TURN = "{user: Hello, level: EMERGENCY, bot: utter_greet}"


def write(folder: Path, text: str, name: str = "some.yml") -> Path:
    """Put a scenario file into `folder`, and return the folder."""
    (folder / name).write_text(text, "utf-8")
    return folder


def test_a_full_turn_is_read(tmp_path: Path) -> None:
    turn = "{user: Hello, level: EMERGENCY, bot: [utter_greet], question: legs, not_bot: [utter_emergency]}"
    (scenario,) = read_scenarios(write(tmp_path, f"- name: A greeting\n  turns: [{turn}]"), NAMES)
    (read,) = scenario.turns
    assert (scenario.name, scenario.file) == ("A greeting", "some.yml")
    assert (read.user, read.level, read.bot) == ("Hello", "EMERGENCY", ("utter_greet",))
    assert (read.checks_question, read.question, read.not_bot) == (
        True,
        "legs",
        ("utter_emergency",),
    )


def test_a_question_that_is_null_means_that_none_may_be_open(tmp_path: Path) -> None:
    text = f"- name: A\n  turns:\n  - {GOOD_TURN}\n  - {{user: Hi, level: EMERGENCY, bot: utter_greet, question: null}}"
    (scenario,) = read_scenarios(write(tmp_path, text), NAMES)
    assert [(turn.checks_question, turn.question) for turn in scenario.turns] == [
        (False, None),
        (True, None),
    ]


@pytest.mark.parametrize(
    ("turn", "complaint"),
    [
        (
            "{user: Hello, level: EMERGENCY, bot: utter_greet, bott: x}",
            "unknown keys bott",
        ),
        ("{user: Hello, level: URGNT, bot: utter_greet}", "unknown level 'URGNT'"),
        ("{user: Hello, bot: utter_greet}", "unknown level None"),
        (
            "{user: Hello, level: EMERGENCY, bot: utter_gret}",
            "unknown response 'utter_gret'",
        ),
        ("{user: Hello, level: EMERGENCY, bot: []}", "'bot' is empty"),
        (
            "{user: Hello, level: EMERGENCY, bot: utter_greet, not_bot: [utter_x]}",
            "unknown response 'utter_x'",
        ),
        (
            "{user: Hello, level: EMERGENCY, bot: utter_greet, question: knees}",
            "unknown question 'knees'",
        ),
        ("{user: Hello, level: EMERGENCY}", "neither 'bot' nor 'not_bot'"),
        ("{user: No, level: EMERGENCY, bot: utter_greet}", "put it in quotes"),
        ("Hello", "must be keys and values"),
    ],
)
def test_a_turn_that_is_not_understood_names_file_and_scenario(tmp_path: Path, turn: str, complaint: str) -> None:
    folder = write(tmp_path, f"- name: A greeting\n  turns: [{turn}]")
    with pytest.raises(ScenarioError, match=complaint) as raised:
        read_scenarios(folder, NAMES)
    assert str(raised.value).startswith('some.yml, "A greeting", turn 1: ')


@pytest.mark.parametrize(
    "text",
    [
        "name: A\nturns: []",
        "[]",
        "- name: A",
        "- name: A\n  turns: []",
        f"- name: 5\n  turns: [{GOOD_TURN}]",
        f"- name: A\n  turns: [{GOOD_TURN}]\n  note: more",
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^some\.yml"):
        read_scenarios(write(tmp_path, text), NAMES)


def test_a_name_used_twice_is_refused_across_files(tmp_path: Path) -> None:
    write(tmp_path, f"- name: A\n  turns: [{GOOD_TURN}]")
    write(tmp_path, f"- name: A\n  turns: [{GOOD_TURN}]", "then.yml")
    with pytest.raises(ScenarioError, match=r'then\.yml, "A": this name is already in some\.yml'):
        read_scenarios(tmp_path, NAMES)
