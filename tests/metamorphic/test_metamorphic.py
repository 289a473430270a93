"""The whole corpus, changed in ways that take nothing away: the level must not drop.

By the rules alone, and by the rules with the second net, as the assistant judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from changes import CHANGES, in_the_third_person, in_two_messages, with_a_typo

from assistant.guard import clean
from assistant.suspicion import Suspicion
from evaluation import corpus
from triage import Estimate, Level, Turn, extract, fold

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

# Every line of the triage is covered by its own tests; counting lines would double the time of these.
pytestmark = pytest.mark.no_cover


class Judge:
    """The level of a conversation of one or more messages, by the rules and, where there is one, the second net."""

    def __init__(self, net: Suspicion | None = None) -> None:
        self._net = net
        self._estimates: dict[str, Estimate] = {}

    def levels(self, conversations: Iterable[Sequence[str]]) -> list[Level]:
        conversations = list(conversations)
        if self._net is not None:
            texts = sorted({text for texts in conversations for text in texts} - self._estimates.keys())
            with ThreadPoolExecutor() as pool:  # the net computes outside of Python's lock
                self._estimates.update(zip(texts, pool.map(self._net.estimate, texts), strict=True))
        return [fold([Turn(extract(t), None, self._estimates.get(t)) for t in texts]).level for texts in conversations]


@pytest.fixture(scope="session")
def judges(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judge]:
    return {
        "by the rules": Judge(),
        "with the second net": Judge(Suspicion.build(tmp_path_factory.mktemp("net"))),
    }


@pytest.fixture(scope="session")
def grave(judges: dict[str, Judge]) -> dict[str, dict[str, Level]]:
    """By judge, the messages that are urgent or more, and how much."""
    texts = list(corpus.texts())
    levels = {name: dict(zip(texts, judge.levels([t] for t in texts), strict=True)) for name, judge in judges.items()}
    return {name: {t: level for t, level in found.items() if level >= Level.URGENT} for name, found in levels.items()}


def share_that_holds(judge: Judge, grave: dict[str, Level], change: Callable[[str], Sequence[str]]) -> float:
    changed = judge.levels(change(text) for text in grave)
    return sum(now >= before for now, before in zip(changed, grave.values(), strict=True)) / len(grave)


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
def test_a_command_in_front_hides_nothing(
    judges: dict[str, Judge], grave: dict[str, dict[str, Level]], prefix: str
) -> None:
    judge = "by the rules"
    assert share_that_holds(judges[judge], grave[judge], lambda text: [clean(prefix + text)]) == 1
