"""Build a page folder from the hospital's page, or bring it up to date; refuse what loses a section or changes a number.

Nothing is written before the new content has passed every check of `pages.content`; the change is one rename.
"""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from pages import asked, extract
from pages.content import PAGE_FILE, TEXT_FILE, Page, load_page
from pages.drafts import Draft, SectionStart, into_sections, render, slug
from pages.extract import Block, ExtractError
from pages.front_matter import PageError, read_front_matter, read_yaml

REVIEW_AFTER: Final = timedelta(days=181)
REVIEWED_BY_NOBODY: Final = "nobody yet"
_Known = dict[str, tuple[dict[str, Any], str]]
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"\d+(?:[-.,]\d+)*")


class Refused(RuntimeError):
    """The import would lose or change what a person must look at first; the message lists it, a line each."""


@dataclass(frozen=True)
class Import:
    """What was done: the page's folder, the change as a unified diff ("" when there is none), notes for the reader."""

    folder: Path
    diff: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Settings:
    """The title of page.yml and its `import` part."""

    title: str = ""
    furniture: tuple[str, ...] = ()
    sections: tuple[SectionStart, ...] = ()


def import_page(
    source: str, root: Path, name: str | None = None, *, accept: bool = False, today: date | None = None
) -> Import:
    """Read `source` (a file or an address) into `root/name`.

    Raises OSError or ExtractError when there is nothing to read, PageError when the result or page.yml does not check,
    Refused (and writes nothing) when a section or a number would be lost and `accept` is not set.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise ExtractError(f"{name!r} is no name for a page: small letters, digits and hyphens")
    text = extract.decode(extract.fetch(source))
    as_html = extract.is_html(text)
    blocks = extract.from_html(text) if as_html else extract.from_text(text)
    folder = root / (name or slug(_title_of(blocks)))
    settings = _read_settings(folder / PAGE_FILE)
    if settings.furniture and not as_html:
        blocks = extract.from_text(text, settings.furniture)
    before = load_page(folder) if any(folder.glob("*.md")) else None
    title = settings.title or _title_of(blocks)
    drafts = into_sections(blocks, title, settings.sections)
    if not drafts:
        raise ExtractError(f"{source}: no section in it")
    captured = "\n\n".join(block.text for block in blocks) + "\n" if as_html else text
    files = _files(source, title, drafts, _known(folder), captured, today or date.today())
    if settings.title:  # page.yml is ours
        files[PAGE_FILE] = (folder / PAGE_FILE).read_text(encoding="utf-8")
    notes = [] if any(block.kind == "heading" for block in blocks) else ["the page has no heading: one section"]
    if before and not accept and (losses := _losses(before, drafts)):
        raise Refused("\n".join(losses))
    with tempfile.TemporaryDirectory(dir=root, prefix=".import-") as scratch:
        fresh = Path(scratch) / folder.name
        fresh.mkdir()
        for path, content in files.items():
            (fresh / path).write_text(content, encoding="utf-8")
        notes += _keep_ours(folder, fresh, before)
        load_page(fresh)
        diff = _diff(folder, fresh)
        if diff:
            _swap(fresh, folder, Path(scratch) / "before")
    return Import(folder, diff, tuple(notes))


def _title_of(blocks: Sequence[Block]) -> str:
    return next((block.text for block in blocks if block.kind == "heading"), "Page")


def _read_settings(path: Path) -> _Settings:
    if not path.is_file():
        return _Settings()
    values = read_yaml(path)
    given = values.get("import") or {}
    try:
        starts = tuple(SectionStart(**entry) for entry in given.get("sections", ()))
        return _Settings(str(values.get("title") or ""), tuple(map(str, given.get("furniture", ()))), starts)
    except (AttributeError, TypeError) as error:
        raise PageError(
            path, 1, "'import' holds 'furniture' (beginnings of lines) and 'sections' (id, title, starts)"
        ) from error


def _files(
    source: str, title: str, drafts: Sequence[Draft], known: _Known, captured: str, today: date
) -> dict[str, str]:
    """Name -> content of what comes from the page: page.txt, page.yml, and a file for each section."""
    files = {TEXT_FILE: captured, PAGE_FILE: yaml.safe_dump({"title": title}, allow_unicode=True)}
    width = max(2, len(str(len(drafts))))
    for number, draft in enumerate(drafts, 1):
        front_matter = _front_matter(draft, known, source, today)
        files[f"{number:0{width}}-{draft.id}.md"] = render(front_matter, draft.body())
    return files


def _known(folder: Path) -> _Known:
    """Section id -> front matter and body of the file that is there now."""
    found: _Known = {}
    for path in sorted(folder.glob("*.md")):
        values, lines, start = read_front_matter(path)
        found[values["id"]] = values, "\n".join(lines[start:]).lstrip("\n")
    return found


def _front_matter(draft: Draft, known: _Known, source: str, today: date) -> Mapping[str, Any]:
    """As it was where the words are as they were; a section with other words has to be reviewed again."""
    old, body = known.get(draft.id, ({}, ""))
    if old.get("title") == draft.title and body == draft.body():
        return old
    return {
        "id": draft.id,
        "title": draft.title,
        "source": next((values["source"] for values, _ in known.values()), _origin(source)),
        "captured_on": today,
        "reviewed_by": REVIEWED_BY_NOBODY,
        "review_due": today + REVIEW_AFTER,
    }


def _origin(source: str) -> str:
    """The address as given, or a file's name: where it lay is nobody's business."""
    return source if source.startswith(("http://", "https://")) else Path(source).name


def _losses(before: Page, drafts: Sequence[Draft]) -> list[str]:
    """What would be gone: whole sections, and numbers of a section."""
    found: list[str] = []
    bodies = {draft.id: draft.body() for draft in drafts}
    for section in before.sections:
        if section.id not in bodies:
            found.append(f"the section '{section.id}' ({section.title}) is not on the page any more")
            continue
        had = _NUMBER.findall("\n".join((*section.paragraphs, *section.bullets)))
        has = _NUMBER.findall(bodies[section.id])
        found += [f"the number {n} in '{section.id}' is not there any more" for n in had if n not in has]
        found += [f"the number {n} in '{section.id}' is new" for n in has if n not in had]
    return found


def _keep_ours(folder: Path, fresh: Path, before: Page | None) -> list[str]:
    """Carry our own words over; questions follow their sentences to their new numbers."""
    if before is None:
        return []
    old = {id_: sentence.text for id_, sentence in before.sentences().items()}
    new = {sentence.text: id_ for id_, sentence in load_page(fresh).sentences().items()}
    notes = []
    for path in sorted((folder / asked.FOLDER).glob("*.jsonl")):
        text, lost = asked.renumbered(path, old, new)
        (fresh / asked.FOLDER).mkdir(exist_ok=True)
        (fresh / asked.FOLDER / path.name).write_text(text, encoding="utf-8")
        if lost:
            notes.append(f"{path.name}: {lost} questions were left out, their answer is not on the page any more")
    return notes


def _diff(folder: Path, fresh: Path) -> str:
    """Unified diff over all files of both folders."""
    places = [place for place in (folder, fresh) if place.is_dir()]
    names = sorted(
        {path.relative_to(place).as_posix() for place in places for path in place.rglob("*") if path.is_file()}
    )
    lines: list[str] = []
    for name in names:
        old, new = (
            (place / name).read_text(encoding="utf-8").splitlines(keepends=True) if (place / name).is_file() else []
            for place in (folder, fresh)
        )
        lines += difflib.unified_diff(old, new, f"before/{name}", f"after/{name}", n=1)
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _swap(fresh: Path, folder: Path, aside: Path) -> None:
    """Put `fresh` in the place of `folder`; the old content comes back if that fails."""
    if folder.is_dir():
        folder.rename(aside)
    try:
        fresh.rename(folder)
    except OSError:
        if aside.is_dir():
            aside.rename(folder)
        raise
