"""Questions beside a page: read strictly, and moved with their sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pages.asked import Asked, load_asked, renumbered
from pages.content import load_page
from pages.front_matter import PageError

PAGE = Path(__file__).parents[2] / "data" / "page" / "spine-tumors-metastatic"
HELD_OUT = Path(__file__).parent / "asked"
KNOWN = ("a:1", "a:2")


def write(folder: Path, *rows: object) -> Path:
    path = folder / "one.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def test_a_question_has_its_answer_or_a_topic(tmp_path: Path) -> None:
    write(tmp_path, {"question": "What?", "facts": ["a:1"], "or": ["a:2"]}, {"question": "Cost?", "topic": "cost"})
    assert load_asked(tmp_path, KNOWN) == (Asked("What?", ("a:1",), ("a:2",)), Asked("Cost?", topic="cost"))


def test_a_page_without_questions_has_none(tmp_path: Path) -> None:
    assert load_asked(tmp_path / "asked", KNOWN) == ()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("no json", "expected"),
        ({"facts": ["a:1"]}, "expected"),
        ({"question": " ", "topic": "cost"}, "either 'facts' or a 'topic'"),
        ({"question": "What?"}, "either 'facts' or a 'topic'"),
        ({"question": "What?", "facts": ["a:1"], "topic": "cost"}, "either 'facts' or a 'topic'"),
        ({"question": "What?", "facts": ["a:3"]}, "no sentence 'a:3'"),
        ({"question": "What?", "facts": ["a:1"], "or": ["b:1"]}, "no sentence 'b:1'"),
        ({"question": "First", "facts": ["a:1"]}, "stands at one.jsonl:1 already"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, row: object, message: str) -> None:
    write(tmp_path, {"question": "First", "facts": ["a:1"]}, row)
    with pytest.raises(PageError, match=f"one.jsonl:2: .*{message}"):
        load_asked(tmp_path, KNOWN)


@pytest.mark.parametrize(
    ("said", "enough"), [({"a:1", "a:2"}, True), ({"a:1"}, False), (set(), False), ({"a:1", "a:2", "b:9"}, True)]
)
def test_every_needed_fact_must_be_said(said: set[str], enough: bool) -> None:
    assert Asked("?", ("a:1", "a:2"), ("c:1",)).is_answered_by(said) is enough


def test_an_alternative_does_for_a_single_fact() -> None:
    assert Asked("?", ("a:1",), ("c:1",)).is_answered_by({"c:1"})


def test_questions_follow_their_sentences(tmp_path: Path) -> None:
    path = write(
        tmp_path, {"question": "What?", "facts": ["a:1"], "or": ["a:2"]}, {"question": "Cost?", "topic": "cost"}
    )
    text, lost = renumbered(path, {"a:1": "One.", "a:2": "Two."}, {"One.": "b:3", "Two.": "b:4"})
    assert [json.loads(line) for line in text.splitlines()] == [
        {"question": "What?", "facts": ["b:3"], "or": ["b:4"]},
        {"question": "Cost?", "topic": "cost"},
    ]
    assert lost == 0


def test_a_question_whose_answer_is_gone_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, {"question": "What?", "facts": ["a:1", "a:2"]})
    assert renumbered(path, {"a:1": "One.", "a:2": "Two."}, {"One.": "a:1"}) == ("", 1)


def test_there_are_over_three_hundred_questions_of_each_kind_to_learn_from_and_to_test_with() -> None:
    page = load_page(PAGE)
    for asked in (page.asked, load_asked(HELD_OUT, page.sentences())):
        assert sum(a.answerable for a in asked) > 300 and sum(not a.answerable for a in asked) > 300


def test_no_question_held_out_was_learnt_from() -> None:
    page = load_page(PAGE)
    learnt = {asked.question.casefold() for asked in page.asked}
    assert [a.question for a in load_asked(HELD_OUT, page.sentences()) if a.question.casefold() in learnt] == []


def test_every_sentence_that_says_something_has_six_questions() -> None:
    page = load_page(PAGE)
    for id_ in page.sentences():
        assert id_ == "contact:1" or sum(id_ in asked.facts for asked in page.asked) >= 6, id_  # "Have a question?"
