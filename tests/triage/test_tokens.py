"""Words, contractions and spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from makers import MESSAGES, thorough

from triage.normalise import normalise
from triage.tokens import Speller, tokenize

WORDS = [
    "legs", "leg", "numb", "numbness", "weakness", "back", "pain", "move", "bladder", "have", "feel", "cannot",
    "not", "can", "does", "bowel", "bottom", "pee", "incontinence", "i", "my",
]  # fmt: skip
SPELLER = Speller(WORDS, {"legs", "numb", "weakness", "back", "pain", "move", "bladder"})


def _words(text: str, speller: Speller | None = None) -> list[str]:
    return [token.word for token in tokenize(text, speller)]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", []),
        ("my legs hurt", ["my", "legs", "hurt"]),
        ("i can't", ["i", "can", "not"]),
        ("i cant", ["i", "can", "not"]),
        ("cannot", ["can", "not"]),
        ("won't", ["will", "not"]),
        ("ain't", ["is", "not"]),
        ("i'm", ["i", "am"]),
        ("they're", ["they", "are"]),
        ("i've i'll i'd", ["i", "have", "i", "will", "i", "had"]),
        ("mom's", ["mom", "'s"]),
        ("feel'em", ["feel'em"]),
        ("dunno", ["do", "not", "know"]),
        ("well its ill", ["well", "its", "ill"]),
        ("wait... what", ["wait", ",", "what"]),
        ("one\ntwo", ["one", ",", "two"]),
        ("one\n\ntwo", ["one", ".", "two"]),
        ("38.7 1/2 1:30", ["38.7", "1/2", "1:30"]),
        ("no!?", ["no", "!", "?"]),
        ("a_b", ["a", "_", "b"]),
        ("l e g s", ["l", "e", "g", "s"]),
    ],
)
def test_text_is_cut_into_plain_words(text: str, words: list[str]) -> None:
    assert _words(text) == words


def test_both_words_of_a_contraction_stand_in_the_same_place() -> None:
    assert [(token.word, token.start, token.end) for token in tokenize("i can't")][1:] == [("can", 2, 7), ("not", 2, 7)]


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("numbb", ("numb",)),
        ("legss", ("legs",)),
        ("nmub", ("numb",)),
        ("weaknes", ("weakness",)),
        ("lgs", ("legs",)),
        ("hav", ("have",)),
        ("moov", ("move",)),
        ("bladdr", ("bladder",)),
        ("incontinance", ("incontinence",)),
        ("backpain", ("back", "pain")),
        ("cannto", ("can", "not")),
        ("feal", ("feel",)),
        ("ledder", ("ledder",)),
        ("table", ("table",)),
        ("zz", ("zz",)),
        ("xqj", ("xqj",)),
        ("xylophonic", ("xylophonic",)),
        ("ноги", ("ноги",)),
        ("umbn", ("umbn",)),
        ("unmb", ("numb",)),
        ("paimove", ("paimove",)),
    ],
)
def test_a_slip_is_mended_and_a_word_is_left_alone(typed: str, meant: tuple[str, ...]) -> None:
    assert tuple(_words(typed, SPELLER)) == meant


def test_a_word_that_means_something_by_itself_wins_over_one_that_only_stands_in_phrases() -> None:
    for preferred in ("bolt", "boat"):
        assert Speller(["bolt", "boat"], {preferred}).mend("bolat") == (preferred,)


def test_sound_never_changes_the_first_letter() -> None:
    assert Speller(["cold"], {"cold"}).mend("kold") == ("kold",)


@pytest.mark.parametrize("text, words", [("my l e g s", ["my", "legs"]), ("a b c d", ["a", "b", "c", "d"])])
def test_letters_apart_are_joined_when_they_make_a_word(text: str, words: list[str]) -> None:
    assert _words(text, SPELLER) == words


def test_the_split_contraction_of_transcripts_is_undone() -> None:
    assert _words("i ca n't feel") == ["i", "can", "not", "feel"]


def test_nothing_is_mended_without_a_speller() -> None:
    assert _words("numbb lgs") == ["numbb", "lgs"]


@thorough
@given(MESSAGES)
def test_tokens_stand_in_order_within_the_text(message: str) -> None:
    text = normalise(message).text
    tokens = tokenize(text, SPELLER)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
    assert all(token.word for token in tokens)


@thorough
@given(MESSAGES)
def test_every_letter_and_digit_belongs_to_a_token(message: str) -> None:
    text = normalise(message).text
    covered = {i for token in tokenize(text, SPELLER) for i in range(token.start, token.end)}
    assert [char for i, char in enumerate(text) if char.isalnum() and i not in covered] == []
