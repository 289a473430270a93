"""No text can make a regular expression of the core run away: shown from the structure of every one of them."""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
from collections.abc import Iterable, Iterator
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import triage
from triage.extract import _extractor

REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT}
LONGEST_GAP = 7
MOST_WAYS = 2048  # tried at most from one place; a constant, so the time stays linear in the length
SAMPLE = [chr(code) for code in range(32, 0x250)] + ["\n", "\u2019", "\u4e2d"]


def core_patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled expression that a module of the core holds."""
    names = [module.name for module in pkgutil.iter_modules(triage.__path__)]
    modules = [importlib.import_module(f"triage.{name}") for name in names]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }


def rule_patterns() -> list[str]:
    """The expression of every pattern of the clinical data."""
    return [rule.expression for entry in _extractor()._compiled for rule in (*entry.says, *entry.excepts)]


def repeats_in(parsed: Iterable[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Every repeat below `parsed`: least, most, body."""
    for kind, value in parsed:
        if kind in REPEATS:
            yield value
            yield from repeats_in(value[2])
        elif kind is kinds.SUBPATTERN:
            yield from repeats_in(value[-1])
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from repeats_in(branch)
        elif kind in (kinds.ASSERT, kinds.ASSERT_NOT):
            yield from repeats_in(value[1])


def is_unbounded(most: Any) -> bool:
    return most is kinds.MAXREPEAT


def runs_away(expression: str) -> list[str]:
    """Unbounded repeats within unbounded repeats that one text could share out between them in many ways."""
    found = []
    for _, most, body in repeats_in(parser.parse(expression)):
        inner = [one for one in repeats_in(body) if is_unbounded(one[1])]
        if is_unbounded(most) and inner and not opens_with_a_separator(body, inner):
            found.append(str(body))
    return found


def opens_with_a_separator(body: Any, inner: list[tuple[int, Any, Any]]) -> bool:
    """Whether each round must begin with a character that the repeats inside it cannot take."""
    flat = body
    while len(flat) == 1 and flat[0][0] is kinds.SUBPATTERN:
        flat = flat[0][1][-1]
    first = flat[0]
    if first[0] not in (kinds.IN, kinds.LITERAL):
        return False
    separators = {char for char in SAMPLE if matches(first, char)}
    return all(not any(matches(one[2][0], char) for char in separators) for one in inner)


def matches(element: Any, char: str) -> bool:
    """Whether a single element of an expression matches `char`."""
    kind, value = element
    if kind is kinds.LITERAL:
        return chr(value) == char
    if kind is kinds.CATEGORY:
        return bool({kinds.CATEGORY_DIGIT: str.isdigit, kinds.CATEGORY_SPACE: str.isspace}[value](char))
    if kind is kinds.IN:
        wanted = [part for part in value if part[0] is not kinds.NEGATE]
        inside = any(
            part[1][0] <= ord(char) <= part[1][1] if part[0] is kinds.RANGE else matches(part, char) for part in wanted
        )
        return inside is (len(wanted) == len(value))
    return True  # anything else is taken to match: the check then errs on the strict side


def test_a_rule_repeats_at_most_a_gap_of_seven_units() -> None:
    long = [p for p in rule_patterns() if any(most > LONGEST_GAP for _, most, _ in repeats_in(parser.parse(p)))]
    assert long == []


def test_the_ways_to_fill_all_gaps_of_a_rule_are_few() -> None:
    ways = {p: math.prod(most - least + 1 for least, most, _ in repeats_in(parser.parse(p))) for p in rule_patterns()}
    assert {p: n for p, n in ways.items() if n > MOST_WAYS} == {}


def test_no_rule_repeats_within_a_repeat() -> None:
    nested = [p for p in rule_patterns() if any(list(repeats_in(body)) for _, _, body in repeats_in(parser.parse(p)))]
    assert nested == []


@pytest.mark.parametrize("name", sorted(core_patterns()))
def test_no_expression_of_the_core_can_run_away(name: str) -> None:
    assert runs_away(core_patterns()[name].pattern) == []


@pytest.mark.parametrize("dangerous", [r"(a+)+b", r"(\d+\d*)*x", r"([a-z]+ ?)*!"])
def test_the_check_sees_what_would_run_away(dangerous: str) -> None:
    assert runs_away(dangerous)


@pytest.mark.parametrize("harmless", [r"\d+(?:[.,/:]\d+)*", r"[ab]+c*", r"(?:[a-z] ){2,}[a-z]"])
def test_the_check_lets_pass_what_cannot(harmless: str) -> None:
    assert runs_away(harmless) == []
