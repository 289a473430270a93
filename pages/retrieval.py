"""Finds what a page says by likeness alone: sentence embeddings and BM25 over sentences and headings, fused.

It needs no example questions, so it answers for a page that was imported a minute ago. Whether the page answers at all
is one logistic decision over the fused signals; its weights are learnt from the questions of the pages that have some.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi

from pages.content import Page, Section

FloatArray = npt.NDArray[np.floating[Any]]

WORD: Final = re.compile(r"[a-z0-9]+")
HEADING_SHARE, WORDS_SHARE = 0.5, 0.15  # of the heading and of the words, beside the meaning of the sentence
SHORT_SECTION: Final = 3  # sentences that are said together when the heading is what was asked
SIGNALS: Final = 4
_ENDING = re.compile(r"(ies|es|s|ed|ing)$")
_STOP_WORDS: Final = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have he her his how i if in is"  # noqa: SIM905
    " it its may me might my no not of on one or our people person please she so some someone somebody tell that the"
    " their them there these they this those to us was we what when where which who whom why will with would you"
    " your".split()
)


@dataclass(frozen=True)
class Place:
    """A sentence of a page and its section."""

    page: Page
    section: Section
    number: int  # of the sentence in the section; 0 stands for the heading

    @property
    def text(self) -> str:
        """The words of the sentence or the heading."""
        return self.section.title if not self.number else self.section.sentences[self.number - 1].text


@dataclass(frozen=True)
class Hit:
    """The place that fits best, the sentences to say for it, and the signals for the decision whether to say them."""

    place: Place
    numbers: tuple[int, ...]
    signals: FloatArray

    @property
    def heading_likeness(self) -> float:
        """The cosine of question and heading."""
        return float(self.signals[2])


def places_of(pages: Sequence[Page]) -> list[Place]:
    """Every heading and sentence, in order."""
    return [
        Place(page, section, number)
        for page in pages
        for section in page.sections
        for number in range(len(section.sentences) + 1)
    ]


class Retrieval:
    """The places of some pages, searchable. Immutable; safe to use from several threads."""

    def __init__(self, places: Sequence[Place], vectors: FloatArray) -> None:
        """Hold the places and the embedding of each, float [places, d], of length 1."""
        self._places = list(places)
        self._vectors = vectors
        self._words = BM25Okapi([words_of(place.text) or [""] for place in places] or [[""]])
        self._heading = np.array([i - place.number for i, place in enumerate(places)])
        self._sayable = np.array([place.number > 0 for place in places])

    def find(self, question: str, embedding: FloatArray) -> Hit | None:
        """The best place for a question, None when there is no place or no word to look for."""
        asked = words_of(question)
        if not self._places or not WORD.search(question.lower()):
            return None
        meaning = self._vectors @ embedding
        words = self._words.get_scores(asked) if asked else np.zeros(len(self._places))
        words = words / max(float(words.max()), 1.0)
        fused = meaning + HEADING_SHARE * meaning[self._heading] + WORDS_SHARE * (words + words[self._heading])
        fused = np.where(self._sayable, fused, -np.inf)
        best = int(fused.argmax())
        place, heading = self._places[best], self._heading[best]
        by_heading = meaning[heading] >= meaning[best]
        signals = np.array([fused[best], meaning[best], meaning[heading], words[best] + words[heading]])
        return Hit(place, sayable_with(place, whole=bool(by_heading)), signals)


def sayable_with(place: Place, *, whole: bool) -> tuple[int, ...]:
    """The sentence with what it cannot stand without; with `whole`, the section when it is short or a list."""
    sentences = place.section.sentences
    if whole and (len(sentences) <= SHORT_SECTION or any(s.bullet for s in sentences)):
        return tuple(s.number for s in sentences)
    return with_lead(place.section, {place.number})


def with_lead(section: Section, numbers: Set[int]) -> tuple[int, ...]:
    """List items never stand alone: the sentence that opens their list comes with them; an opened list is whole."""
    said = set(numbers)
    for number in numbers:
        sentence, following = section.sentences[number - 1], section.sentences[number:]
        if sentence.bullet:
            said.add(max((s.number for s in section.sentences[:number] if not s.bullet), default=number))
        elif sentence.text.endswith(":") and not any(s.bullet and s.number in numbers for s in following):
            said.update(s.number for s in takewhile(lambda s: s.bullet, following))
    return tuple(sorted(said))


def words_of(text: str) -> list[str]:
    """The content words of a text, lower-case, common endings cut off."""
    found = WORD.findall(text.lower())
    return [_ENDING.sub("", word) if len(word) > 4 else word for word in found if word not in _STOP_WORDS]
