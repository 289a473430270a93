"""Units: words and phrases of the lexicon, each with its classes and its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from makers import MESSAGES, thorough

from triage.extract import _extractor
from triage.units import Reader, _number_classes


def _words(reader: Reader, message: str) -> list[str]:
    return [unit.words for unit in reader.read(message).units]


def test_a_phrase_is_one_unit_and_the_longest_wins(small_reader: Reader) -> None:
    assert _words(small_reader, "my pins and needles lost feeling") == ["my", "pins and needles", "lost feeling"]


def test_a_word_of_a_phrase_alone_is_a_unit_of_its_own(small_reader: Reader) -> None:
    assert _words(small_reader, "pins lost") == ["pins", "lost"]


def test_a_unit_belongs_to_its_classes(small_reader: Reader) -> None:
    chars = small_reader.read("legs numb my").chars
    assert chars[0] in small_reader.chars_of("leg")
    assert chars[1] in small_reader.chars_of("numb")
    assert chars[2] in small_reader.chars_of("=my")
    assert chars[0] not in small_reader.chars_of("numb")


def test_an_unknown_word_belongs_to_no_class(small_reader: Reader) -> None:
    chars = small_reader.read("xylophone, legs").chars
    assert chars[0] not in small_reader.chars_of("leg") + small_reader.chars_of("stop") + small_reader.chars_of("=my")


def test_a_time_phrase_still_answers_to_its_first_word(small_reader: Reader) -> None:
    (unit,) = small_reader.read("since yesterday").units
    assert unit.char in small_reader.chars_of("=since")
    assert unit.char in small_reader.chars_of("time_word")


def test_marks_end_sentences_and_part_clauses(small_reader: Reader) -> None:
    chars = small_reader.read(". ! ? ; , -").chars
    assert [char in small_reader.chars_of("stop") for char in chars] == [True] * 4 + [False] * 2
    assert [char in small_reader.chars_of("comma") for char in chars] == [False] * 4 + [True] * 2
    assert chars[2] in small_reader.chars_of("question_mark")


def test_a_class_that_nobody_defined_has_no_characters(small_reader: Reader) -> None:
    assert small_reader.chars_of("tail") == ""


def test_cues_mark_places_and_may_overlap_units_and_each_other(small_reader: Reader) -> None:
    reading = small_reader.read("is it years ago")
    assert reading.cues == {"is_it": ((0, 2), (1, 2)), "past_cue": ((2, 4),)}
    assert reading.within("is_it", 1, 4) == ((1, 2),)
    assert reading.has("past_cue", 2, 3)
    assert not reading.has("past_cue", 3, 4)
    assert not reading.has("no_such_cue", 0, 4)


@pytest.mark.parametrize(
    "number, classes",
    [
        ("1", {"number"}),
        ("10", {"number", "big_number"}),
        ("1:30", {"number"}),
        ("1929", {"number", "big_number"}),
        ("1930", {"number", "big_number", "year", "old_year"}),
        ("2023", {"number", "big_number", "year", "old_year"}),
        ("2024", {"number", "big_number", "year"}),
        ("2035", {"number", "big_number", "year"}),
        ("2036", {"number", "big_number"}),
        ("100", {"number", "big_number"}),
        ("100.3", {"number", "big_number"}),
        ("100.4", {"number", "big_number", "fever_number", "fever_decimal"}),
        ("108", {"number", "big_number", "fever_number", "fever_decimal"}),
        ("109", {"number", "big_number"}),
        ("37.9", {"number", "big_number"}),
        ("38", {"number", "big_number", "fever_number"}),
        ("38,7", {"number", "big_number", "fever_number", "fever_decimal"}),
        ("42", {"number", "big_number", "fever_number"}),
        ("43", {"number", "big_number"}),
    ],
)
def test_a_number_is_read_for_what_it_may_be(number: str, classes: set[str]) -> None:
    assert _number_classes(number) == classes


def test_numbers_are_units_of_their_classes(small_reader: Reader) -> None:
    chars = small_reader.read("12 38.7 2019").chars
    assert chars[0] in small_reader.chars_of("number")
    assert chars[1] in small_reader.chars_of("fever_number")
    assert chars[2] in small_reader.chars_of("year")


@thorough
@given(MESSAGES)
def test_units_are_slices_of_the_message_in_order(message: str) -> None:
    reading = _extractor()._reader.read(message)
    assert len(reading.chars) == len(reading.units)
    assert all(0 <= unit.start < unit.end <= len(message) for unit in reading.units)
    assert [unit.start for unit in reading.units] == sorted(unit.start for unit in reading.units)


@thorough
@given(MESSAGES)
def test_cues_stand_within_the_units(message: str) -> None:
    reading = _extractor()._reader.read(message)
    places = [place for cue in reading.cues.values() for place in cue]
    assert all(0 <= start < end <= len(reading.units) for start, end in places)


def test_words_that_nobody_knows_do_not_stay_in_memory() -> None:
    reader = _extractor()._reader
    reader.read(" ".join(sorted(reader._words)) + " xyzzy")  # words of the lexicon may stay: they are finite
    before = len(reader._nlp.vocab), len(reader._nlp.vocab.strings)
    for number in range(3000):
        reader.read(
            f"zq{number}x qz{'abcdefghij'[number % 10]}{number * 7919}kv blorp{number} \u4e00{chr(0x4E00 + number)}"
        )
    assert (len(reader._nlp.vocab), len(reader._nlp.vocab.strings)) == before
