"""Several questions get several answers, and a question may lean on the last answer."""

from __future__ import annotations

from pages.answering import PageAnswer
from pages.dialogue import Last, answers_to

LAST = Last("What are the symptoms?", "spine", "symptoms", (1,))
NO = PageAnswer(answerable=False, score=0.1)


def answer(section: str, *numbers: int) -> PageAnswer:
    return PageAnswer(True, 0.9, page="spine", section=section, title=section, numbers=numbers)


BOOK = {
    "What are the symptoms?": answer("symptoms", 1),
    "How is it treated?": answer("treatment", 2),
    "What is the aim?": answer("treatment", 2),
    "What are the symptoms? what about women?": answer("who", 2),
    "What are the symptoms? and the same?": answer("symptoms", 1),
}


def ask(message: str, last: Last | None = None) -> list[PageAnswer]:
    return answers_to(
        message, last, lambda q: BOOK.get(q, NO), lambda page, section, said: answer(section, max(said) + 1)
    )


def sections(answers: list[PageAnswer]) -> list[str | None]:
    return [found.section for found in answers]


def test_each_question_of_a_message_gets_its_answer() -> None:
    assert sections(ask("What are the symptoms? How is it treated?")) == ["symptoms", "treatment"]


def test_what_two_questions_share_is_said_once() -> None:
    assert sections(ask("How is it treated? What is the aim?")) == ["treatment"]


def test_a_part_that_the_page_does_not_answer_is_left_open() -> None:
    assert [found.answerable for found in ask("How is it treated? What does it cost?")] == [True, False]


def test_a_question_that_leans_is_asked_again_with_the_last_one() -> None:
    assert sections(ask("what about women?", LAST)) == ["who"]
    assert sections(ask("what about women?")) == [None]


def test_what_was_just_said_is_not_said_again_for_a_leaning_question() -> None:
    assert not ask("and the same?", LAST)[0].answerable


def test_why_goes_on_where_the_last_answer_ended() -> None:
    (more,) = ask("why?", LAST)
    assert (more.section, more.numbers, more.question) == ("symptoms", (2,), LAST.question)
    assert more.as_dict()["numbers"] == [1, 2] and more.goes_on


def test_why_without_anything_before_is_a_question_like_any_other() -> None:
    assert sections(ask("why?")) == [None]
