"""The small pattern language, over an alphabet in which a class is a letter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import quick

from triage.errors import DataError
from triage.grammar import Rule, RuleIndex, literals, parse

# One character a class: leg L, numb N, either of them also M; the word "my" m; stop "." and contrast "b".
CHARS = {"leg": "LM", "numb": "NM", "=my": "m", "=pins_and_needles": "P", "stop": ".", "contrast": "b", "none": ""}


def _rule(pattern: str) -> Rule:
    return Rule(pattern, lambda name: CHARS.get(name, ""))


def _spans(pattern: str, chars: str) -> list[tuple[int, int]]:
    return [(match.start, match.end) for match in _rule(pattern).matches(chars)]


@pytest.mark.parametrize(
    "pattern, chars, spans",
    [
        ("<leg>", "xLx", [(1, 2)]),
        ("<leg> <numb>", "LN", [(0, 2)]),
        ("<leg> <numb>", "LxN", []),
        ("<leg|numb>", "N", [(0, 1)]),
        ("my <leg>", "mL", [(0, 2)]),
        ("my|pins_and_needles", "Pm", [(0, 1), (1, 2)]),
        ("my? <leg>", "mL", [(0, 2), (1, 2)]),
        ("my? <leg>", "L", [(0, 1)]),
        ("my _ <leg>", "mxL", [(0, 3)]),
        ("my _ <leg>", "m.L", []),
        ("my _? <leg>", "mL", [(0, 2)]),
        ("<leg> .. <numb>", "LN", [(0, 2)]),
        ("<leg> .. <numb>", "LxxxN", [(0, 5)]),
        ("<leg> .. <numb>", "LxxxxN", []),
        ("<leg> ... <numb>", "LxxxxxxxN", [(0, 9)]),
        ("<leg> ... <numb>", "LxxxxxxxxN", []),
        ("<leg> .. <numb>", "L.N", []),
        ("<leg> .. <numb>", "LbN", []),
        ("<leg> .. <numb>", "LxNxN", [(0, 3)]),
        ("<leg> .. <numb>", "LLN", [(0, 3), (1, 3)]),
        ("<leg> <numb>", "MM", [(0, 2)]),
    ],
)
def test_a_pattern_covers_these_units(pattern: str, chars: str, spans: list[tuple[int, int]]) -> None:
    assert _spans(pattern, chars) == spans


def test_a_match_knows_what_stands_in_its_gaps() -> None:
    (match,) = _rule("my .. <leg> .. <numb>").matches("mxLyyN")
    assert match.gaps == (range(1, 2), range(3, 5))


def test_a_pattern_names_its_own_words() -> None:
    assert literals("my|his .. <leg> pins_and_needles? _") == {"my", "his", "pins_and_needles"}


@pytest.mark.parametrize("pattern", ["", "..", ".. my", "my ..", "my ...."])
def test_a_gap_or_nothing_at_an_end_is_refused(pattern: str) -> None:
    with pytest.raises(DataError, match=re.escape(f"pattern '{pattern}'")):
        parse(pattern)


@pytest.mark.parametrize("pattern", ["?", "My", "<Leg>", "<>", "my,his", "(my)", "<leg", "..?"])
def test_signs_that_the_language_does_not_know_are_refused(pattern: str) -> None:
    with pytest.raises(DataError, match="is neither a word"):
        parse(f"my {pattern} my")


def test_a_class_without_words_is_refused() -> None:
    with pytest.raises(DataError, match="nothing belongs to none"):
        _rule("my <none>")


@pytest.mark.parametrize("pattern", ["_", "my?", "_ _", "my? .. <leg>?"])
def test_a_pattern_that_could_match_anything_is_refused(pattern: str) -> None:
    with pytest.raises(DataError, match="at least one word or class must be required"):
        _rule(pattern)


def test_the_anchor_is_the_rarest_place_that_must_be_filled() -> None:
    assert _rule("<leg> .. my").anchor == frozenset("m")


def test_the_index_offers_a_rule_once_and_only_where_all_its_places_can_be_filled() -> None:
    rules = [_rule("<leg> .. <numb>"), _rule("my <leg>")]
    index = RuleIndex(rules)
    assert index.candidates("xx") == []
    assert index.candidates("LL") == []
    assert index.candidates("MM") == [rules[0]]
    assert set(index.candidates("mLN")) == set(rules)


PATTERNS = [
    "<leg>",
    "<leg> .. <numb>",
    "my <leg>",
    "my? <leg> ... <numb>",
    "<leg|numb> _ my",
    "pins_and_needles .. <leg>",
]


@quick
@given(st.text("LNMmPxb.", max_size=30))
def test_the_index_never_hides_a_rule_that_matches(chars: str) -> None:
    rules = [_rule(pattern) for pattern in PATTERNS]
    offered = RuleIndex(rules).candidates(chars)
    assert all(rule in offered for rule in rules if any(rule.matches(chars)))
