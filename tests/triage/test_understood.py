"""What is said back is what the person said: their words, or our plain ones for what they said yes to."""

from __future__ import annotations

import pytest
from makers import BACK, NO, UNSURE, YES, said

from triage import Estimate, Turn, extract, fold, understood
from triage.understood import LONGEST, MOST


def told(*turns: Turn) -> tuple[str, ...]:
    return understood(fold(turns))


def test_an_emergency_is_explained_in_the_persons_words() -> None:
    assert told(said("Hello, my legs gave out this morning")) == ('"legs gave out"',)


def test_a_yes_is_explained_in_plain_words() -> None:
    (words,) = told(BACK, YES)
    assert "weak" in words
    assert '"' not in words


def test_not_sure_is_explained_like_a_yes() -> None:
    assert told(BACK, UNSURE) == told(BACK, YES)


def test_only_what_decides_the_level_is_said_back() -> None:
    assert told(said("my back hurts, and I keep falling")) == ('"keep falling"',)


def test_what_was_denied_is_not_said_back() -> None:
    assert told(said("my back hurts but my legs are not weak"), NO, NO) == ('"my back hurts"',)


def test_words_within_longer_words_are_said_once() -> None:
    words = told(said("I have numbness in both my feet"))
    assert len(words) == len({word.strip('"') for word in words})
    assert not [a for a in words for b in words if a != b and a.strip('"') in b]


def test_never_more_than_a_few_things() -> None:
    text = "My leg is weak. I keep falling. I can't feel my foot. I can't pee. I wet the bed. I dropped my cup again. Chest pain."
    assert len(told(said(text))) == MOST


def test_long_words_are_cut() -> None:
    long = "pain " + "really " * 3 + "x" * 200 + " going down both my legs"
    assert all(len(word) <= LONGEST + 5 for word in told(said(long)))


@pytest.mark.parametrize("text", ["I want to die", "What is a metastatic tumor?", ""])
def test_a_crisis_and_what_is_no_symptom_are_not_said_back(text: str) -> None:
    assert told(said(text)) == ()


def test_what_only_the_second_net_heard_has_no_words() -> None:
    assert told(Turn(extract("hm"), None, Estimate(0.99, 0, 0))) == ()


def test_quotation_marks_of_the_person_do_not_end_ours() -> None:
    assert all(word.count('"') in (0, 2) for word in told(said('my "legs" "gave" out')))
