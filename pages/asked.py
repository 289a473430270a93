"""Questions people asked, in our writers' words, beside each page: which sentences answer them, or that none does.

`asked/*.jsonl`, a file a writer: {"question", "facts": ["symptoms:1"], "or": [...]} or {"question", "topic": "survival"}.
`facts` are the sentences that the shortest good answer must hold, as section id and number; any of `or` would do instead
of a single one. Nothing of these files is ever said: the page net learns from them (`make page-net`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pages.front_matter import PageError

FOLDER: Final = "asked"


@dataclass(frozen=True)
class Asked:
    """One question; without `facts` the page does not answer it."""

    question: str
    facts: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    topic: str = ""

    @property
    def answerable(self) -> bool:
        """Whether the page answers it."""
        return bool(self.facts)

    def is_answered_by(self, said: Iterable[str]) -> bool:
        """Whether these sentences hold every needed fact."""
        said = set(said)
        return set(self.facts) <= said or (len(self.facts) == 1 and not said.isdisjoint(self.alternatives))


def load_asked(folder: Path, known: Iterable[str]) -> tuple[Asked, ...]:
    """All questions of a folder, by file and line; none without the folder. `known` are the page's sentence ids.

    Raises PageError with file and line.
    """
    known = frozenset(known)
    found: list[Asked] = []
    lines: dict[str, str] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            asked = _asked(path, number, line)
            if unknown := sorted({*asked.facts, *asked.alternatives} - known):
                raise PageError(path, number, f"the page has no sentence '{unknown[0]}'")
            if asked.question in lines:
                raise PageError(path, number, f"the question stands at {lines[asked.question]} already")
            lines[asked.question] = f"{path.name}:{number}"
            found.append(asked)
    return tuple(found)


def _asked(path: Path, number: int, line: str) -> Asked:
    try:
        row: Mapping[str, Any] = json.loads(line)
        facts, alternatives = tuple(row.get("facts", ())), tuple(row.get("or", ()))
        asked = Asked(row["question"].strip(), facts, alternatives, row.get("topic", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PageError(path, number, 'expected {"question", "facts": [...]} or {"question", "topic"}') from error
    if not asked.question or bool(asked.facts) == bool(asked.topic):
        raise PageError(path, number, "a question has either 'facts' or a 'topic' of what the page does not say")
    return asked


def renumbered(path: Path, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, int]:
    """A file of questions after an import, and how many were left out because their answer is not on the page any more.

    `before` gives the text of each sentence id on the old page, `after` the id of each text on the new one.
    """
    kept: list[str] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        row = json.loads(line)
        for key in ("facts", "or"):
            if key in row:
                row[key] = [after.get(before[id_]) for id_ in row[key]]
        if None in row.get("facts", ()):
            continue
        if alternatives := [id_ for id_ in row.pop("or", ()) if id_]:
            row["or"] = alternatives
        kept.append(json.dumps(row, ensure_ascii=False))
    return "".join(f"{line}\n" for line in kept), len(lines) - len(kept)
