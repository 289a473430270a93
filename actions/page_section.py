"""A section of the hospital's page for the actions: its title and the address it was captured from, when one is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pages.front_matter import PageError, read_front_matter

PAGE_FOLDER = Path(__file__).resolve().parent.parent / "data" / "page" / "spine-tumors-metastatic"


class PageSectionError(ValueError):
    """No section file has this id, or its front matter cannot be read."""


@dataclass(frozen=True)
class PageSection:
    """What the front matter says: `source` tells a person where to look, `lines` is the page's text, line by line."""

    id: str
    title: str
    source: str
    lines: tuple[str, ...]


@cache
def load_section(section_id: str, folder: Path = PAGE_FOLDER) -> PageSection:
    """The section named `section_id`. Raises PageSectionError when the page has none."""
    for path in sorted(folder.glob("*.md")):
        try:
            front, text, body = read_front_matter(path)
        except PageError as error:
            raise PageSectionError(f"{path.name}: expected front matter between two lines of three dashes") from error
        if front.get("id") == section_id:
            lines = tuple(line.strip() for line in text[body:] if line.strip())
            return PageSection(section_id, str(front["title"]), str(front["source"]), lines)
    raise PageSectionError(f"{folder.name} has no section '{section_id}'")
