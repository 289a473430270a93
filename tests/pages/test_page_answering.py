"""The answer is whole sentences of the page, or none: by the net where it knows the page, by likeness elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_page_retrieval import LIST, LONG, PAGE

from pages.answering import NONE, Answerer, PageAnswer, related
from pages.asked import Asked
from pages.content import Page

KNOWN = replace(PAGE, asked=(Asked("What?", ("signs:1",)),))
OTHER = Page("bones", "Bones", (LONG,))
CLASSES = [
    NONE,
    "brain/signs:1",
    "brain/signs:3",
    "brain/long:2",
    "brain/long:1+long:2",
    "brain/gone:1",
    "lost/a:1",
    "brain/signs:9",
]


def answer(*pages: Page, likeness: float = -9.0, **chances: float) -> PageAnswer:
    """The answer when the net gives these chances, by the class's place, and likeness adds up to this."""
    places = sum(len(s.sentences) + 1 for page in pages if not page.asked for s in page.sections)
    answerer = Answerer(pages, CLASSES, np.ones((places, 4)) / 2, np.array([0, 0, 0, 0, likeness]))
    given = {name: chances.get(f"c{n}", 0.0) for n, name in enumerate(CLASSES)}
    return answerer.answer("What is it?", np.array([1.0, 0, 0, 0]), given)


def test_the_likeliest_answer_is_said_with_its_section() -> None:
    found = answer(KNOWN, c0=0.2, c1=0.7, c3=0.1)
    assert (found.sentences, found.section, found.title, found.page) == (("It grows.",), "signs", LIST.title, "brain")
    assert found.score == pytest.approx(0.8)


def test_the_page_does_not_say_when_most_of_the_chance_is_on_none() -> None:
    assert answer(KNOWN, c0=0.6, c1=0.4) == PageAnswer(False, 0.4, "What is it?")


def test_two_likely_answers_of_one_section_are_said_together() -> None:
    assert answer(KNOWN, c1=0.5, c2=0.4).numbers == (1, 2, 3)


def test_an_unlikely_second_and_one_of_another_section_are_not_said() -> None:
    assert answer(KNOWN, c1=0.8, c2=0.1).numbers == (1,)
    assert answer(KNOWN, c1=0.5, c3=0.4).numbers == (1,)


@pytest.mark.parametrize("gone", ["c5", "c6", "c7"])
def test_an_answer_that_the_page_does_not_hold_any_more_is_never_said(gone: str) -> None:
    assert not answer(KNOWN, **{gone: 0.99}).answerable


def test_a_page_without_questions_is_searched_by_likeness() -> None:
    found = answer(KNOWN, OTHER, likeness=5.0, c0=0.9, c1=0.1)
    assert (found.answerable, found.page) == (True, "bones")


def test_likeness_too_small_is_no_answer() -> None:
    assert not answer(KNOWN, OTHER, likeness=0.1, c0=0.9).answerable


def test_a_question_that_is_the_heading_itself_is_answered_whatever_the_rest() -> None:
    places = len(LONG.sentences) + 1
    answerer = Answerer([OTHER], CLASSES, np.ones((places, 4)) / 2, np.array([0, 0, 0, 0, -9.0]))
    assert answerer.answer(LONG.title, np.ones(4) / 2, {NONE: 1.0}).answerable
    assert not answerer.answer(LONG.title, np.array([0.7, 0, 0, 0.7]), {NONE: 1.0}).answerable


def test_the_net_goes_before_likeness() -> None:
    assert answer(KNOWN, OTHER, likeness=5.0, c1=0.9).page == "brain"


def test_more_goes_on_after_what_was_said_and_ends() -> None:
    answerer = Answerer([KNOWN], CLASSES, np.zeros((0, 4)), np.zeros(5))
    assert answerer.more("brain", "long", (1, 2)).numbers == (3,)
    assert not answerer.more("brain", "long", (1, 2, 3, 4)).answerable
    assert not answerer.more("brain", "gone", (1,)).answerable
    assert not answerer.more("gone", "long", (1,)).answerable


def test_an_index_of_other_pages_is_refused() -> None:
    with pytest.raises(ValueError, match="other pages"):
        Answerer([OTHER], CLASSES, np.zeros((1, 4)), np.zeros(5))


def test_headings_that_are_questions_lead_on_the_nearest_first() -> None:
    sections = tuple(replace(LONG, id=f"s{n}", title=f"{n}?") for n in range(6))
    page = Page("p", "P", (*sections, replace(LONG, id="x", title="No question")))
    assert related(page, sections[2]) == ("3?", "1?", "4?")
    assert related(page, page.sections[-1]) == ("5?", "4?", "3?")
