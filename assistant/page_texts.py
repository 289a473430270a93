"""The texts of a page index: what is compared with a question, and which answer each text stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.page_content import PAGE_FILE, UNANSWERABLE_FILE, Page, Section, load_page, load_unanswerable

WORD: Final = re.compile(r"[a-z0-9]+")
_ENDING = re.compile(r"(ies|es|s|ed|ing)$")
_STOP_WORDS: Final = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have he her his how i if in is"  # noqa: SIM905
    " it its may me might my no not of on one or our people person please she so some someone somebody tell that the"
    " their them there these they this those to us was we what when where which who whom why will with would you"
    " your".split()
)


class PageIndexError(RuntimeError):
    """A saved index cannot be used: it is missing, or the content beside it is not what it was built from."""


@dataclass(frozen=True)
class Answer:
    """Sentences of one section that answer the same questions."""

    page: Page
    section: Section
    numbers: tuple[int, ...]


class PageTexts:
    """Everything indexed below a content folder: texts, and for each the class it belongs to.

    A class is an answer (the first `len(answers)` classes) or a topic the page does not cover.
    """

    def __init__(self, root: Path) -> None:
        self.texts: list[str] = []
        self.classes: list[int] = []
        self.forms: list[int] = []  # which texts are questions, as opposed to sentences of the page
        self.answers: list[Answer] = []
        pages = [load_page(path.parent) for path in sorted(root.glob(f"*/{PAGE_FILE}"))]
        if not pages:
            raise PageIndexError(f"{root}: no page folder in it")
        for page in pages:
            for section in page.sections:
                self._add_section(page, section)
        self.answered = len(self.texts)
        for topic, questions in enumerate(load_unanswerable(root / UNANSWERABLE_FILE).values(), len(self.answers)):
            self._add(questions, topic, forms=True)

    def _add(self, texts: Sequence[str], class_: int, *, forms: bool) -> None:
        if forms:
            self.forms.extend(range(len(self.texts), len(self.texts) + len(texts)))
        self.texts.extend(texts)
        self.classes.extend([class_] * len(texts))

    def _add_section(self, page: Page, section: Section) -> None:
        first = len(self.answers)
        for group in section.asked_as:
            self._add(group.questions, len(self.answers), forms=True)
            self.answers.append(Answer(page, section, group.sentences))
        if section.title.endswith("?"):
            # A heading that is a question is answered by the first group, which is the general one.
            self._add([section.title], first, forms=True)
        for sentence in section.sentences:
            # A bullet alone is no answer: it comes with whatever the smallest answer says beside it.
            containing = [n for n in range(first, len(self.answers)) if sentence.number in self.answers[n].numbers]
            if containing:
                smallest = min(containing, key=lambda n: len(self.answers[n].numbers))
                self._add([sentence.text], smallest, forms=False)


def words_of(text: str) -> list[str]:
    """The content words of a text, lower-case, common endings cut off."""
    found = WORD.findall(text.lower())
    return [_ENDING.sub("", word) if len(word) > 4 else word for word in found if word not in _STOP_WORDS]
