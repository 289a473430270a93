"""Every text in data/responses can be said by something: a text that nothing says is a text that nobody keeps right."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assistant import responses
from assistant.settings import ROOT
from triage import clinical_data

# Code that names the responses it says.
SPEAKERS = (
    "triage/plan.py",
    "triage/screen.py",
    "assistant/triage_policy.py",
    "assistant/response_generator.py",
    "assistant/page_reply.py",
    "assistant/responses.py",
    "assistant/guard.py",
)

# An f-string such as f"utter_urgent{other}" names the text for oneself and the text for another person.
_VARIANTS = ("", "_other")
_NAME = re.compile(r"utter_\w+")
# Rasa's key for the name of a response, in the metadata of a message.
_RASA_KEY = "utter_action"


def named_by_rules() -> set[str]:
    """Actions of data/rules."""
    rules = [
        rule for path in (ROOT / "data" / "rules").glob("*.yml") for rule in yaml.safe_load(path.read_text())["rules"]
    ]
    return {step["action"] for rule in rules for step in rule["steps"] if "action" in step}


def named_in_code(source: str) -> set[str]:
    """Response names among the strings of Python source, docstrings aside."""
    tree = ast.parse(source)
    skipped = {id(node) for node in _docstrings(tree)}
    inside_f_strings = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.update(_variants(node))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped | inside_f_strings
        ):
            found.update({node.value} if _NAME.fullmatch(node.value) else ())
    return found


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _variants(string: ast.JoinedStr) -> Iterator[str]:
    for variant in _VARIANTS:
        parts = [str(part.value) if isinstance(part, ast.Constant) else variant for part in string.values]
        if _NAME.fullmatch("".join(parts)):
            yield "".join(parts)


@pytest.fixture(scope="module")
def sayable() -> set[str]:
    """Every response that a rule, a question or code names."""
    in_code = {name for file in SPEAKERS for name in named_in_code(Path(ROOT / file).read_text("utf-8"))}
    return named_by_rules() | in_code | {question.response for question in clinical_data().questions}


@pytest.mark.parametrize("name", sorted(responses.all_responses()))
def test_something_says_this_response(name: str, sayable: set[str]) -> None:
    assert name in sayable, f"{name} stands in data/responses, and no rule, question or code says it"


def test_every_response_that_a_rule_names_has_a_text() -> None:
    named = {name for name in named_by_rules() if name.startswith("utter_")}
    assert named <= set(responses.all_responses())


def test_every_response_that_code_names_has_a_text() -> None:
    for file in SPEAKERS:
        source = Path(ROOT / file).read_text("utf-8")
        exact = {name for name in named_in_code(source) if f'"{name}"' in source}
        assert exact <= set(responses.all_responses()) | {_RASA_KEY}, file


def test_names_in_docstrings_do_not_count() -> None:
    assert named_in_code('"""utter_a"""\nx = "utter_b"\ny = f"utter_c{z}"\n') == {
        "utter_b",
        "utter_c",
        "utter_c_other",
    }
