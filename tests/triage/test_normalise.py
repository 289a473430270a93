"""Many ways of typing, one plain text, and the way back to the message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import MESSAGES, thorough

from triage.normalise import normalise


@pytest.mark.parametrize(
    "message, plain",
    [
        ("", ""),
        ("I Can't FEEL it", "i can't feel it"),
        ("I can’t “feel” it – at all", 'i can\'t "feel" it - at all'),
        ("legsss are sooooo numb", "legss are soo numb"),
        ("1000 !!!! ....", "1000 !!!! ...."),
        ("my le\u200bgs", "my legs"),
        ("my le\u00adgs", "my legs"),
        ("\ufeffmy\x00 legs\x7f", "my legs"),
        ("my lеgs", "my legs"),
        ("ноги не двигаются", "ноги не двигаются"),
        ("ｍｙ ｌｅｇｓ", "my legs"),
        ("café naïve Ünder", "cafe naive under"),
        ("sin o\u0301rdenes", "sin ordenes"),
        ("my\u00a0legs\u2003hurt", "my legs hurt"),
        ("one\ttwo\r\nthree", "one two \nthree"),
        ("my 🦵 is numb", "my  leg  is numb"),
        ("no 💩 😵", "no  poop  😵"),
        ("half ½ ﬁt", "half 1⁄2 fit"),
        ("lone \ud800 half", "lone  half"),
        ("ΑΒΓ", "αβγ"),
    ],
)
def test_a_message_becomes_plain(message: str, plain: str) -> None:
    assert normalise(message).text == plain


def test_an_ascii_message_with_control_characters_loses_them() -> None:
    assert normalise("my \x07legs\x1b").text == "my legs"


def test_a_span_leads_back_to_the_words_as_they_were_typed() -> None:
    message = "Oh… my LE\u200bGSSSS hurt"
    plain = normalise(message)
    start = plain.text.index("legss")
    begin, end = plain.span(start, start + len("legss"))
    assert message[begin:end] == "LE\u200bGSS"


def test_an_emoji_is_one_character_of_the_message() -> None:
    plain = normalise("my 🦵!")
    start = plain.text.index("leg")
    assert plain.span(start, start + 3) == (3, 4)


def test_an_empty_span_is_empty_even_at_the_end() -> None:
    assert normalise("legs").span(4, 4) == (4, 4)


@thorough
@given(MESSAGES)
def test_offsets_exist_for_every_character_in_order_and_within_the_message(message: str) -> None:
    plain = normalise(message)
    offsets = list(plain.offsets)
    assert len(offsets) == len(plain.text) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(message)
    assert all(0 <= offset < len(message) for offset in offsets[:-1])


@thorough
@given(MESSAGES)
def test_plain_text_has_no_capitals_no_long_runs_and_nothing_invisible(message: str) -> None:
    text = normalise(message).text
    assert not any(a == b == c and a.isalpha() for a, b, c in zip(text, text[1:], text[2:], strict=False))
    assert not any(char < " " and char != "\n" for char in text)
    assert "\u200b" not in text
    assert text == text.lower() or not text.isascii()


@thorough
@given(st.text("abc ,.'?\n", max_size=40))
def test_plain_text_stays_as_it_is(message: str) -> None:
    once = normalise(message).text
    assert normalise(once).text == once
