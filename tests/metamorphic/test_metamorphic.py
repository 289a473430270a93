"""The whole corpus, changed in ways that take nothing away: the level must not drop.

By the rules alone, and by the rules with the second net, as the assistant judges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import pytest
from changes import CHANGES, in_the_third_person, in_two_messages, with_a_typo

from assistant.guard import clean
from assistant.suspicion import Suspicion
from evaluation import corpus
from triage import Level, Turn, extract, fold

Judge = Callable[[Sequence[str]], Level]

# The share of messages whose level must hold. What reads words and no marks cannot change at all with capitals or
# courtesies; a missing full stop, another person or a slip can change what a sentence says, so there a few may drop.
# The second net weighs whole messages: near a threshold anything beside a red flag may tip it, to the safety questions;
# another matter after it does so most, in one of 25.
ALL = 1.0
NEARLY_ALL = {
    "by the rules": {"no punctuation": 0.96, "no apostrophes": 0.99, "it is nothing": 0.99},
    "with the second net": {
        "no punctuation": 0.96,
        "no apostrophes": 0.98,
        **dict.fromkeys(
            (
                "a greeting",
                "another matter before",
                "it is nothing",
                "probably nothing",
                "sorry to bother",
                "thanks",
            ),
            0.97,
        ),
        "another matter after": 0.95,
    },
}
HOLDS = tuple(NEARLY_ALL)


def by_the_rules(texts: Sequence[str]) -> Level:
    return fold([Turn(extract(text)) for text in texts]).level


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Suspicion:
    return Suspicion.build(tmp_path_factory.mktemp("net"))


@pytest.fixture(scope="session")
def judges(net: Suspicion) -> dict[str, Judge]:
    estimate = lru_cache(maxsize=None)(net.estimate)
    return {
        "by the rules": by_the_rules,
        "with the second net": lambda texts: fold([Turn(extract(t), None, estimate(t)) for t in texts]).level,
    }


@pytest.fixture(scope="session")
def grave(judges: dict[str, Judge]) -> dict[str, dict[str, Level]]:
    """By judge, the messages that are urgent or more, and how much."""
    levels = {name: {text: judge([text]) for text in corpus.texts()} for name, judge in judges.items()}
    return {name: {t: level for t, level in found.items() if level >= Level.URGENT} for name, found in levels.items()}


def share_that_holds(judge: Judge, grave: dict[str, Level], change: Callable[[str], Sequence[str]]) -> float:
    held = sum(judge(change(text)) >= level for text, level in grave.items())
    return held / len(grave)


@pytest.mark.parametrize("name", sorted(CHANGES))
@pytest.mark.parametrize("judge", sorted(HOLDS))
def test_the_level_holds(judges: dict[str, Judge], grave: dict[str, dict[str, Level]], judge: str, name: str) -> None:
    share = share_that_holds(judges[judge], grave[judge], lambda text: [CHANGES[name](text)])
    assert share >= NEARLY_ALL[judge].get(name, ALL), f"{share:.3%}"


@pytest.mark.parametrize("judge", sorted(HOLDS))
def test_the_level_holds_for_another_person(
    judges: dict[str, Judge], grave: dict[str, dict[str, Level]], judge: str
) -> None:
    share = share_that_holds(judges[judge], grave[judge], lambda text: [in_the_third_person(text)])
    assert share >= 0.96, f"{share:.3%}"


@pytest.mark.parametrize("judge", sorted(HOLDS))
def test_the_level_holds_over_two_messages(
    judges: dict[str, Judge], grave: dict[str, dict[str, Level]], judge: str
) -> None:
    share = share_that_holds(judges[judge], grave[judge], in_two_messages)
    assert share >= 0.98, f"{share:.3%}"


@pytest.mark.parametrize("judge", sorted(HOLDS))
def test_the_level_holds_with_one_typo(
    judges: dict[str, Judge], grave: dict[str, dict[str, Level]], judge: str
) -> None:
    share = share_that_holds(judges[judge], grave[judge], lambda text: [with_a_typo(text)])
    assert share >= (0.97 if judge == "by the rules" else 0.98), f"{share:.3%}"


@pytest.mark.parametrize("prefix", ["/affirm ", "/affirm{} ", "/", "//restart "])
def test_a_command_in_front_hides_nothing(grave: dict[str, dict[str, Level]], prefix: str) -> None:
    judged = grave["by the rules"]
    assert share_that_holds(by_the_rules, judged, lambda text: [clean(prefix + text)]) == 1
