"""The reading grade is the published formula on an honest count of syllables."""

from __future__ import annotations

import pytest

from pages.reading_grade import flesch_kincaid_grade, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("numb", 1), ("legs", 1), ("the", 1), ("trouble", 2), ("troubles", 2), ("rules", 1), ("bladder", 2), ("cancer", 2), ("emergency", 4),
        ("hospital", 3), ("radiation", 4), ("weakness", 2), ("worse", 1), ("doctor", 2), ("touched", 1), ("started", 2),
        ("appointment", 3), ("oncology", 4), ("possible", 3), ("bowels", 2), ("people", 2), ("idea", 3), ("911", 1),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_is_the_published_formula() -> None:
    # 2 sentences, 9 words, 11 syllables
    grade = flesch_kincaid_grade("My back is sore. I call the doctor today.")
    assert grade == pytest.approx(0.39 * 9 / 2 + 11.8 * 11 / 9 - 15.59)


def test_a_line_of_a_list_is_a_sentence_of_its_own() -> None:
    assert flesch_kincaid_grade("Call now\n- weak legs\n- numb feet") == flesch_kincaid_grade(
        "Call now. Weak legs. Numb feet."
    )


def test_longer_words_and_sentences_grade_higher() -> None:
    easy = flesch_kincaid_grade("Call 911 now. Do not wait.")
    hard = flesch_kincaid_grade(
        "Immediately contact emergency services, without any unnecessary hesitation whatsoever."
    )
    assert easy < 2
    assert hard > 12


def test_no_words_have_no_grade() -> None:
    assert flesch_kincaid_grade("😢") == 0.0
