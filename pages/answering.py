"""The page's answer to a question: whole sentences, unchanged, or that the page does not say.

Two ways lead to an answer. The page net (`assistant.page_net`) has learnt from questions which sentences answer what, or
that none does; it knows the pages whose questions it was given. Every other page is searched by likeness (`pages.retrieval`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from pages.content import Page, Section
from pages.retrieval import SIGNALS, FloatArray, Retrieval, places_of, with_lead

NONE: Final = "none"  # the net's class for what the page does not say
THRESHOLD: Final = 0.5  # of the net: below it the page "does not say"
LIKENESS_THRESHOLD: Final = 0.7  # of the search by likeness, which knows less
ASKS_THE_HEADING: Final = 0.8  # cosine from which on a question is taken for the heading itself
SECOND_SHARE: Final = 0.3  # a second answer of the same section is said too when it is at least so likely as the first
RELATED: Final = 3


@dataclass(frozen=True)
class PageAnswer:
    """What the page says to a question. Not answerable: no sentences, and no section named."""

    answerable: bool
    score: float
    question: str = ""
    page: str | None = None
    page_title: str | None = None
    section: str | None = None
    title: str | None = None
    numbers: tuple[int, ...] = ()
    said_before: tuple[int, ...] = ()  # of the same section, when the answer goes on from there
    sentences: tuple[str, ...] = ()
    goes_on: bool = False  # the person asked for more of the last answer
    related: tuple[str, ...] = field(default=(), compare=False)  # headings near by, as questions

    @property
    def facts(self) -> tuple[str, ...]:
        """The ids of the sentences said, such as "symptoms:1"."""
        return tuple(f"{self.section}:{number}" for number in self.numbers)

    def as_dict(self) -> dict[str, Any]:
        """As it travels on a message: JSON types."""
        return {
            "answerable": self.answerable,
            "score": round(self.score, 4),
            "question": self.question,
            "page": self.page,
            "page_title": self.page_title,
            "section": self.section,
            "title": self.title,
            "numbers": sorted({*self.said_before, *self.numbers}),
            "sentences": list(self.sentences),
            "goes_on": self.goes_on,
            "related": list(self.related),
        }


class Answerer:
    """The pages, ready to answer. Immutable; safe to use from several threads."""

    def __init__(self, pages: Sequence[Page], classes: Sequence[str], vectors: FloatArray, weights: FloatArray) -> None:
        """Hold the pages, the net's classes, the embeddings of the places of `unlearnt` pages, and the weights.

        classes: "none", or "page/section:1+section:2" for an answer; vectors: float [places, 384];
        weights: [SIGNALS + 1], of the search by likeness. Raises ValueError if they do not fit.
        """
        self._pages = {page.id: page for page in pages}
        # An import may have dropped an answer since the learning: only what the pages still hold is ever said.
        self._answers = {name: answer for name in classes if (answer := self._answer_of(name)) is not None}
        places = places_of(unlearnt(pages, classes))
        if len(places) != len(vectors) or len(weights) != SIGNALS + 1:
            raise ValueError("the index was built from other pages")
        self._retrieval = Retrieval(places, vectors)
        self._weights = weights

    def answer(self, question: str, embedding: FloatArray, chances: Mapping[str, float]) -> PageAnswer:
        """The answer to one question. `embedding` is MiniLM's, float [384]; `chances` the net's, by class."""
        by_net = self._by_net(question, chances)
        if by_net.answerable:
            return by_net
        by_likeness = self._by_likeness(question, embedding)
        return by_likeness if by_likeness.answerable else by_net

    def more(self, page: str, section: str, said: Sequence[int]) -> PageAnswer:
        """What the section says beyond the sentences already said; not answerable when that is nothing."""
        if page not in self._pages or section not in {s.id for s in self._pages[page].sections}:
            return PageAnswer(answerable=False, score=0.0)
        known = self._pages[page].section(section)
        rest = {sentence.number for sentence in known.sentences} - set(said)
        following = sorted(n for n in rest if n > min(said, default=0)) or sorted(rest)
        return self._say(self._pages[page], known, set(following[:1]), 1.0) if following else PageAnswer(False, 0.0)

    def _by_net(self, question: str, chances: Mapping[str, float]) -> PageAnswer:
        answers = sorted(((chance, name) for name, chance in chances.items() if name in self._answers), reverse=True)
        score = sum(chance for chance, _ in answers)
        if score < THRESHOLD:
            return PageAnswer(answerable=False, score=score, question=question)
        first, name = answers[0]
        page, section, numbers = self._answers[name]
        for chance, other in answers[1:2]:
            _, other_section, more = self._answers[other]
            if chance >= SECOND_SHARE * first and other_section is section:
                numbers = numbers | more
        return self._say(page, section, numbers, score, question)

    def _by_likeness(self, question: str, embedding: FloatArray) -> PageAnswer:
        hit = self._retrieval.find(question, embedding)
        if hit is None:
            return PageAnswer(answerable=False, score=0.0, question=question)
        score = float(1 / (1 + np.exp(-(self._weights[:-1] @ hit.signals + self._weights[-1]))))
        if score < LIKENESS_THRESHOLD and hit.heading_likeness < ASKS_THE_HEADING:
            return PageAnswer(answerable=False, score=score, question=question)
        return self._say(hit.place.page, hit.place.section, set(hit.numbers), score, question)

    def _answer_of(self, name: str) -> tuple[Page, Section, frozenset[int]] | None:
        """Page, section and sentences of a class; None for `none` and for what the pages do not hold."""
        slug, _, ids = name.partition("/")
        facts = [id_.rpartition(":") for id_ in ids.split("+")]
        try:
            page = self._pages[slug]
            section = page.section(facts[0][0])
            numbers = frozenset(int(number) for _, _, number in facts)
        except (KeyError, ValueError):
            return None
        return (page, section, numbers) if max(numbers) <= len(section.sentences) else None

    def _say(self, page: Page, section: Section, numbers: Set[int], score: float, question: str = "") -> PageAnswer:
        said = with_lead(section, numbers)
        return PageAnswer(
            answerable=True,
            score=min(score, 1.0),
            question=question,
            page=page.id,
            page_title=page.title,
            section=section.id,
            title=section.title,
            numbers=said,
            sentences=tuple(s.text for s in section.sentences if s.number in said),
            related=related(page, section),
        )


def unlearnt(pages: Sequence[Page], classes: Sequence[str]) -> list[Page]:
    """The pages that none of the net's classes is about."""
    learnt = {name.partition("/")[0] for name in classes if name != NONE}
    return [page for page in pages if page.id not in learnt]


def related(page: Page, section: Section) -> tuple[str, ...]:
    """Up to three headings that are questions, the nearest first and what follows before what stands before."""
    here = page.sections.index(section)
    near = sorted(
        (n for n, other in enumerate(page.sections) if n != here and other.title.endswith("?")),
        key=lambda n: (abs(n - here), n < here),
    )
    return tuple(page.sections[n].title for n in near[:RELATED])
