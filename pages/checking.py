"""What a person who looks after the content has to know of it: unreachable sentences, due reviews, numbers, reading grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pages.answering import PageAnswer
from pages.content import Page
from pages.extract import PHONE
from pages.reading_grade import flesch_kincaid_grade


@dataclass(frozen=True)
class Report:
    """Lines for a reader: `problems` want somebody to act, `notes` do not."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]


def check(pages: Sequence[Page], answer: Callable[[str], PageAnswer], contacts: Iterable[str], today: date) -> Report:
    """Look at every page. `answer` gives the assistant's answer to a question, `contacts` the numbers it gives out."""
    problems: list[str] = []
    notes: list[str] = []
    for page in pages:
        problems += overdue(page, today)
        notes += grades(page)
        if page.asked:
            problems += unreachable(page, (answer(asked.question) for asked in page.asked))
        else:
            notes.append(f"{page.id}: no questions in asked/ yet; the page is searched by likeness alone")
    return Report((*problems, *numbers(pages, contacts)), tuple(notes))


def overdue(page: Page, today: date) -> list[str]:
    """Sections whose review was due before today, or that nobody has reviewed."""
    return [
        f"{page.id}/{section.id}: review was due on {section.review_due}"
        for section in page.sections
        if section.review_due < today
    ]


def unreachable(page: Page, answers: Iterable[PageAnswer]) -> list[str]:
    """Sentences that no question of asked/ brings out."""
    said = {id_ for answer in answers if answer.page == page.id for id_ in answer.facts}
    return [
        f"{page.id}/{id_}: no question reaches {sentence.text!r}"
        for id_, sentence in page.sentences().items()
        if id_ not in said
    ]


def numbers(pages: Sequence[Page], contacts: Iterable[str]) -> list[str]:
    """Phone numbers that only the pages or only the contacts know."""
    on_pages = {n for page in pages for s in page.sentences().values() for n in PHONE.findall(s.text)}
    given = {number for contact in contacts for number in PHONE.findall(contact)}
    return [f"{n}: on a page, but not in contacts.yml" for n in sorted(on_pages - given)] + [
        f"{n}: in contacts.yml, but on no page" for n in sorted(given - on_pages)
    ]


def grades(page: Page) -> list[str]:
    """The school grade of each section's words."""
    words: Mapping[str, str] = {s.id: "\n".join((*s.paragraphs, *s.bullets)) for s in page.sections}
    return [f"{page.id}/{id_}: reading grade {flesch_kincaid_grade(text):.1f}" for id_, text in words.items()]
