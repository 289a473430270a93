"""The hospital's pages as data, for the page index and the web page: strict to load, verbatim to say.

A page is a folder: `page.yml` (its title, and how it is imported), `page.txt` (the text as captured), one Markdown file
a section, and beside the page's words our own: the questions in `asked/`. A section is front matter and the page's own
words, a paragraph or a "- " bullet a block; nothing else of Markdown is used. A line break inside a paragraph is the
page's own and is kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from pages.asked import FOLDER as ASKED
from pages.asked import Asked, load_asked
from pages.front_matter import PageError, line_of, read_front_matter, read_yaml
from pages.sentences import split_sentences

PAGE_FILE: Final = "page.yml"
TEXT_FILE: Final = "page.txt"
BULLET: Final = "- "
FRONT_MATTER: Final = ("id", "title", "source", "captured_on", "reviewed_by", "review_due")


@dataclass(frozen=True)
class Sentence:
    """One sentence or bullet of the page, letter for letter, and its number in the section, from 1."""

    number: int
    text: str
    bullet: bool


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


@dataclass(frozen=True)
class Page:
    """A whole page; `id` is the folder's name."""

    id: str
    title: str
    sections: tuple[Section, ...]
    asked: tuple[Asked, ...] = ()

    def section(self, section_id: str) -> Section:
        """The section of that id; raises KeyError."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)

    def sentences(self) -> dict[str, Sentence]:
        """Every sentence by its id, such as "symptoms:1", in the order of the page."""
        return {f"{section.id}:{s.number}": s for section in self.sections for s in section.sentences}

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


def load_pages(root: Path) -> list[Page]:
    """Every page below `root`, by name. Raises PageError, also when there is none."""
    pages = [load_page(path.parent) for path in sorted(root.glob(f"*/{PAGE_FILE}"))]
    if not pages:
        raise PageError(root, 1, "no page folder in it")
    return pages


def load_page(folder: Path) -> Page:
    """Read and check a page folder. Raises PageError on the first fault, FileNotFoundError if it is no page folder."""
    title = read_yaml(folder / PAGE_FILE).get("title")
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
    page = Page(id=folder.name, title=title, sections=tuple(sections))
    return replace(page, asked=load_asked(folder / ASKED, page.sentences()))


def content_hash(root: Path) -> str:
    """sha256 over the names and bytes of every file below `root`; changes when any content changes."""
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _load_section(path: Path, page_text: str) -> Section:
    values, lines, start = read_front_matter(path)
    if missing := sorted(set(FRONT_MATTER) - values.keys()):
        raise PageError(path, 1, f"the key '{missing[0]}' is missing")
    if unknown := sorted(values.keys() - set(FRONT_MATTER)):
        raise PageError(path, line_of(lines, unknown[0]), f"the key '{unknown[0]}' is not known")
    for key in ("id", "title", "source", "reviewed_by"):
        if not isinstance(values[key], str) or not values[key]:
            raise PageError(path, line_of(lines, key), f"'{key}' must be text")
    for key in ("captured_on", "review_due"):
        if not isinstance(values[key], date):
            raise PageError(path, line_of(lines, key), f"'{key}' must be a date such as 2026-11-22")
    paragraphs, bullets, sentences = _load_body(path, lines, start, page_text)
    return Section(**values, paragraphs=paragraphs, bullets=bullets, sentences=sentences)


def _load_body(
    path: Path, lines: list[str], start: int, page_text: str
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Sentence, ...]]:
    """Paragraphs, bullets and sentences from the lines after the front matter; each must be on the page."""
    blocks = _blocks(lines, start)
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


def _blocks(lines: list[str], start: int) -> list[tuple[int, str]]:
    """The paragraphs and bullets after line `start`, each with the number of the line that it starts on."""
    blocks: list[tuple[int, str]] = []
    joined = False
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            joined = False
        elif joined and not line.startswith(BULLET):
            blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]}\n{line}")
        else:
            blocks.append((number, line))
            joined = True
    return blocks
