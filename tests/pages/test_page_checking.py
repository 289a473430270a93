"""What check-content finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from test_page_retrieval import LONG, PAGE, section

from pages import checking
from pages.answering import PageAnswer
from pages.asked import Asked
from pages.content import Page

KNOWN = replace(PAGE, asked=(Asked("One", ("long:1",)), Asked("Two", ("long:2",))))


def answer(question: str) -> PageAnswer:
    return PageAnswer(True, 1.0, page="brain", section="long", numbers=(1,) if question == "One" else (2,))


def test_sentences_that_no_question_brings_out_are_named() -> None:
    problems = checking.check([KNOWN], answer, [], date(2026, 2, 1)).problems
    assert "brain/long:3: no question reaches 'Three.'" in problems
    assert not any("long:1" in problem or "long:2" in problem for problem in problems)


def test_a_page_without_questions_is_noted_and_no_problem() -> None:
    report = checking.check([PAGE], answer, [], date(2026, 2, 1))
    assert report.problems == () and any("searched by likeness alone" in note for note in report.notes)


def test_a_review_is_overdue_the_day_after() -> None:
    assert checking.overdue(PAGE, date(2026, 7, 1)) == []
    assert checking.overdue(PAGE, date(2026, 7, 2))[0] == "brain/signs: review was due on 2026-07-01"


def test_numbers_must_agree_with_the_contacts() -> None:
    page = Page("p", "P", (section("a", "A", "Call 201-634-5339."),))
    assert checking.numbers([page], ["201-634-5339"]) == []
    assert checking.numbers([page], ["201-634-5585", "911"]) == [
        "201-634-5339: on a page, but not in contacts.yml",
        "201-634-5585: in contacts.yml, but on no page",
    ]


def test_each_section_is_graded() -> None:
    page = Page("p", "P", (replace(LONG, paragraphs=("The dog ran.",)),))
    assert checking.grades(page) == ["p/long: reading grade -2.6"]
