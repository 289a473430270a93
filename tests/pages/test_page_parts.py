"""Messages with several questions, and questions that lean on the one before."""

from __future__ import annotations

import pytest

from pages.parts import asks, leans_on_the_last, questions_in, says_nothing_of_its_own


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("What are the symptoms?", ["What are the symptoms?"]),
        ("What are the symptoms and how is it treated", ["What are the symptoms", "how is it treated"]),
        ("What is it? Who gets it?", ["What is it?", "Who gets it?"]),
        ("what is it, and also who gets it?", ["what is it", "who gets it?"]),
        ("My sister has it. How is it found? What then?", ["How is it found?", "What then?"]),
        ("Is it breast and lung cancer?", ["Is it breast and lung cancer?"]),
        ("What? Who? How? Where?", ["What?", "Who?", "How?"]),
        ("my back hurts", ["my back hurts"]),
        ("", [""]),
    ],
)
def test_a_message_is_parted_into_its_questions(message: str, questions: list[str]) -> None:
    assert questions_in(message) == questions


@pytest.mark.parametrize(
    "message", ["why?", "and how is that treated?", "What about women?", "ok and for men", "tell me more"]
)
def test_a_question_that_leans(message: str) -> None:
    assert leans_on_the_last(message.removeprefix("ok "))


@pytest.mark.parametrize("message", ["How is a spinal tumor treated?", "and " + "so on " * 10])
def test_a_question_that_stands_alone(message: str) -> None:
    assert not leans_on_the_last(message)


@pytest.mark.parametrize(
    "message", ["why?", "Why is that", "tell me more", "and?", "what else?", "Explain more please", "go on"]
)
def test_a_question_with_nothing_of_its_own(message: str) -> None:
    assert says_nothing_of_its_own(message)


@pytest.mark.parametrize("message", ["why radiation?", "and women?", "more on MRI", "what is it"])
def test_a_question_with_something_of_its_own(message: str) -> None:
    assert not says_nothing_of_its_own(message)


@pytest.mark.parametrize(
    ("message", "asking"),
    [("my back hurts, is that a symptom?", True), ("my back hurts. what is it", True), ("my back hurts", False)],
)
def test_a_report_may_hold_a_question(message: str, asking: bool) -> None:
    assert asks(message) is asking
