"""The hospital's page as data, for the page index and the web page: strict to load, verbatim to say.

A page is a folder: `page.yml` (its title), `page.txt` (the text as captured) and one Markdown file a section. A section
is front matter and the page's own words, a paragraph or a "- " bullet a block; nothing else of Markdown is used. A line
break inside a paragraph is the page's own and is kept.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

PAGE_FILE: Final = "page.yml"
TEXT_FILE: Final = "page.txt"
UNANSWERABLE_FILE: Final = "unanswerable.yml"
BULLET: Final = "- "
FENCE: Final = "---"

REQUIRED: Final = frozenset({"id", "title", "source", "captured_on", "reviewed_by", "review_due", "asked_as"})

# A stop after one of these, or after a single capital letter ("John D. Smith"), does not end a sentence.
_ABBREVIATIONS: Final = frozenset(
    "dr mr mrs ms st no vs e.g i.e etc approx fig u.s a.m p.m jr sr prof dept inc ext ave".split()  # noqa: SIM905
)
_SENTENCE_END = re.compile(r"(\S*?)[.?!][\"'”’)]*(?=\s+[\"'“‘(]?[A-Z0-9])")


class PageError(ValueError):
    """A page folder cannot be used; the message names the file, the line and what is wrong."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")


@dataclass(frozen=True)
class Sentence:
    """One sentence or bullet of the page, letter for letter, and its number in the section, from 1."""

    number: int
    text: str
    bullet: bool


@dataclass(frozen=True)
class QuestionForms:
    """Ways to ask (our words) for which these sentences of the section are the answer."""

    sentences: tuple[int, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One section of the page with its origin."""

    id: str
    title: str
    source: str
    captured_on: date
    reviewed_by: str
    review_due: date
    paragraphs: tuple[str, ...]
    bullets: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    asked_as: tuple[QuestionForms, ...]


@dataclass(frozen=True)
class Page:
    """A whole page; `id` is the folder's name."""

    id: str
    title: str
    sections: tuple[Section, ...]

    def section(self, section_id: str) -> Section:
        """The section of that id; raises KeyError."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)

    def page_json(self) -> dict[str, Any]:
        """The page for the web: {"id", "title", "sections": [{"id", "title", "paragraphs", "bullets", ...}]}."""
        return {
            "id": self.id,
            "title": self.title,
            "sections": [
                {
                    "id": section.id,
                    "title": section.title,
                    "paragraphs": list(section.paragraphs),
                    "bullets": list(section.bullets),
                    "source": section.source,
                    "captured_on": section.captured_on.isoformat(),
                    "reviewed_by": section.reviewed_by,
                    "review_due": section.review_due.isoformat(),
                }
                for section in self.sections
            ],
        }


def split_sentences(paragraph: str) -> list[str]:
    """Cut a paragraph after each full stop, question mark or exclamation mark that ends a sentence.

    >>> split_sentences("Ask Dr. Lee. It helps.")
    ['Ask Dr. Lee.', 'It helps.']
    """
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(paragraph):
        word = match.group(1).lstrip("(\"'“‘").lower()
        if word in _ABBREVIATIONS or re.fullmatch(r"[a-z]", word):
            continue
        sentences.append(paragraph[start : match.end()].strip())
        start = match.end()
    rest = paragraph[start:].strip()
    return [*sentences, rest] if rest else sentences


def load_page(folder: Path) -> Page:
    """Read and check a page folder. Raises PageError on the first fault, FileNotFoundError if it is no page folder."""
    title = _yaml(folder / PAGE_FILE, (folder / PAGE_FILE).read_text(encoding="utf-8"), 1).get("title")
    if not isinstance(title, str) or not title:
        raise PageError(folder / PAGE_FILE, 1, "the key 'title' is missing")
    text = (folder / TEXT_FILE).read_text(encoding="utf-8")
    sections: list[Section] = []
    for path in sorted(folder.glob("*.md")):
        section = _load_section(path, text)
        if section.id in {earlier.id for earlier in sections}:
            raise PageError(path, 2, f"a second section with the id '{section.id}'")
        sections.append(section)
    if not sections:
        raise PageError(folder, 1, "no section (a file ending in .md) in this folder")
    return Page(id=folder.name, title=title, sections=tuple(sections))


def load_unanswerable(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the counter-examples: topics and their questions, in file order. Raises PageError."""
    topics: dict[str, tuple[str, ...]] = {}
    for topic, questions in _yaml(path, path.read_text(encoding="utf-8"), 1).items():
        if not isinstance(questions, list) or not questions or not all(isinstance(q, str) and q for q in questions):
            raise PageError(path, 1, f"'{topic}' must be a list of questions")
        topics[topic] = tuple(questions)
    return topics


def content_hash(root: Path) -> str:
    """sha256 over the names and bytes of every file below `root`; changes when any content changes."""
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _yaml(path: Path, text: str, first_line: int) -> dict[str, Any]:
    try:
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise PageError(path, first_line + line, f"not YAML: {error.problem}") from error
    if not isinstance(values, dict):
        raise PageError(path, first_line, "expected keys and values")
    return values


def _load_section(path: Path, page_text: str) -> Section:
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[0] != FENCE or FENCE not in lines[1:]:
        raise PageError(path, 1, f"front matter between two lines of '{FENCE}' is missing")
    end = lines.index(FENCE, 1)
    values = _yaml(path, "\n".join(lines[1:end]), 2)
    if missing := sorted(REQUIRED - values.keys()):
        raise PageError(path, 1, f"the key '{missing[0]}' is missing")
    if unknown := sorted(values.keys() - REQUIRED):
        raise PageError(path, _line_of(lines, unknown[0]), f"the key '{unknown[0]}' is not known")
    for key in ("id", "title", "source", "reviewed_by"):
        if not isinstance(values[key], str) or not values[key]:
            raise PageError(path, _line_of(lines, key), f"'{key}' must be text")
    for key in ("captured_on", "review_due"):
        if not isinstance(values[key], date):
            raise PageError(path, _line_of(lines, key), f"'{key}' must be a date such as 2026-11-22")
    paragraphs, bullets, sentences = _load_body(path, lines, end + 1, page_text)
    asked_as = _question_forms(path, lines, values.pop("asked_as"), len(sentences))
    return Section(**values, paragraphs=paragraphs, bullets=bullets, sentences=sentences, asked_as=asked_as)


def _line_of(lines: list[str], key: str) -> int:
    return next((n for n, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 1)


def _load_body(
    path: Path, lines: list[str], start: int, page_text: str
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Sentence, ...]]:
    """Paragraphs, bullets and sentences from the lines after the front matter; each must be on the page."""
    blocks: list[tuple[int, str]] = []  # the line a paragraph or bullet starts on, and its text
    joined = False
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            joined = False
        elif joined and not line.startswith(BULLET):
            blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]}\n{line}")
        else:
            blocks.append((number, line))
            joined = True
    if not blocks:
        raise PageError(path, start, "the body is empty")
    paragraphs: list[str] = []
    bullets: list[str] = []
    sentences: list[Sentence] = []
    for number, block in blocks:
        bullet = block.startswith(BULLET)
        text = block.removeprefix(BULLET)
        (bullets if bullet else paragraphs).append(text)
        for sentence in [text] if bullet else split_sentences(text):
            if sentence not in page_text:
                raise PageError(path, number, f"not a sentence of {TEXT_FILE}: {sentence!r}")
            sentences.append(Sentence(number=len(sentences) + 1, text=sentence, bullet=bullet))
    return tuple(paragraphs), tuple(bullets), tuple(sentences)


def _question_forms(path: Path, lines: list[str], groups: Any, count: int) -> tuple[QuestionForms, ...]:
    line = _line_of(lines, "asked_as")
    if not isinstance(groups, list) or not groups:
        raise PageError(path, line, "'asked_as' must be a list of groups")
    forms: list[QuestionForms] = []
    for group in groups:
        if not isinstance(group, dict) or group.keys() != {"sentences", "questions"}:
            raise PageError(path, line, "a group of 'asked_as' has exactly the keys 'sentences' and 'questions'")
        numbers, questions = group["sentences"], group["questions"]
        if not isinstance(numbers, list) or not numbers or not set(numbers) <= set(range(1, count + 1)):
            raise PageError(path, line, f"sentences {numbers!r} are not in 1..{count}")
        if not isinstance(questions, list) or not questions or not all(isinstance(q, str) for q in questions):
            raise PageError(path, line, "'questions' must be a list of questions")
        forms.append(QuestionForms(sentences=tuple(numbers), questions=tuple(questions)))
    return tuple(forms)
