"""What the pages answer to a message, with several questions in it or leaning on the last answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pages.answering import PageAnswer
from pages.parts import asking_part, leans_on_the_last, questions_in, says_nothing_of_its_own

AnswerOne = Callable[[str], PageAnswer]
More = Callable[[str, str, tuple[int, ...]], PageAnswer]


@dataclass(frozen=True)
class Last:
    """The last answer of the conversation: the question as it was understood, and what was said to it."""

    question: str
    page: str
    section: str
    numbers: tuple[int, ...]


def answers_to(message: str, last: Last | None, answer_one: AnswerOne, more: More) -> list[PageAnswer]:
    """One answer for each question of the message, in order, what is said twice only once; never an empty list."""
    if last and says_nothing_of_its_own(message):
        following = more(last.page, last.section, last.numbers)
        return [_for_question(following, last.question, last.numbers)]
    if says_nothing_of_its_own(message):
        return [PageAnswer(answerable=False, score=0.0, question=message)]
    answers = [answer_one(part) for part in questions_in(message) if not says_nothing_of_its_own(part)]
    if len(answers) == 1 and not answers[0].answerable and (part := asking_part(message)) != message:
        answers = [answer_one(part)]
    if len(answers) > 1 and not any(answer.answerable for answer in answers):
        answers = [answer_one(message)]
    if len(answers) == 1 and last and leans_on_the_last(message) and not answers[0].answerable:
        joined = answer_one(f"{last.question} {message}")
        if joined.answerable and (joined.section, joined.numbers) != (last.section, last.numbers):
            answers = [joined]
    return _once(answers)


def _for_question(answer: PageAnswer, question: str, said: tuple[int, ...]) -> PageAnswer:
    """An answer that goes on: the next "tell me more" goes on from all that was said."""
    return replace(answer, question=question, said_before=said, goes_on=True)


def _once(answers: list[PageAnswer]) -> list[PageAnswer]:
    seen: set[tuple[str | None, str | None, tuple[int, ...]]] = set()
    kept: list[PageAnswer] = []
    for answer in answers:
        key = (answer.page, answer.section, answer.numbers)
        if key not in seen:
            kept.append(answer)
        seen.add(key)
    return kept
