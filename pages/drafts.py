"""From blocks to sections: which section a block belongs to, what the section is called, and its file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from pages.content import BULLET, FRONT_MATTER
from pages.extract import Block
from pages.front_matter import FENCE

_LONGEST_ID = 32


@dataclass
class Draft:
    """A section in the making."""

    id: str
    title: str
    blocks: list[Block] = field(default_factory=list)

    def body(self) -> str:
        """The section's words as Markdown: paragraphs parted by an empty line, list items on lines of their own."""
        parts: list[str] = []
        for block, before in zip(self.blocks, [None, *self.blocks], strict=False):
            if parts:
                parts.append("\n" if before and before.kind == block.kind == "bullet" else "\n\n")
            parts.append(BULLET + block.text if block.kind == "bullet" else block.text)
        return "".join(parts) + "\n"


@dataclass(frozen=True)
class SectionStart:
    """Where a section begins and its id: its first words, and what to call it where these are not its heading."""

    id: str
    starts: str
    title: str = ""


def into_sections(blocks: Sequence[Block], title: str, starts: Sequence[SectionStart] = ()) -> list[Draft]:
    """The sections of a page, in order. What stands before the first heading belongs to a section with the page's title.

    With `starts`, only these begin a section; the heading that is a section's title is not said again in its body.
    """
    drafts: list[Draft] = []
    for block in blocks:
        start = next((s for s in starts if block.text.startswith(s.starts)), None)
        if starts and start and start.id not in {draft.id for draft in drafts}:
            drafts.append(Draft(start.id, start.title or block.text))
            if not start.title:
                continue
        elif not starts and block.kind == "heading" and drafts and block.text == drafts[-1].title == title:
            continue
        elif not starts and block.kind == "heading":
            drafts.append(Draft(_unused(slug(block.text), drafts), block.text))
            continue
        elif not drafts:
            drafts.append(Draft(_unused(slug(title), drafts), title))
        drafts[-1].blocks.append(block)
    return [draft for draft in drafts if draft.blocks]


def slug(text: str) -> str:
    """Letters, digits and hyphens, at most 32 characters, cut at a word.

    >>> slug("What are the symptoms of brain metastases?")
    'what-are-the-symptoms-of-brain'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    words = re.findall(r"[a-z0-9]+", plain) or ["section"]
    while len("-".join(words)) > _LONGEST_ID and len(words) > 1:
        words.pop()
    return "-".join(words)[:_LONGEST_ID]


def _unused(wanted: str, drafts: Sequence[Draft]) -> str:
    taken = {draft.id for draft in drafts}
    return next(name for name in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def render(front_matter: Mapping[str, Any], body: str) -> str:
    """The section's file."""
    ordered = {key: front_matter[key] for key in FRONT_MATTER}
    return f"{FENCE}\n{yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=1000)}{FENCE}\n\n{body}"
