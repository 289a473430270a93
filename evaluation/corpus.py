"""The labelled messages of `tests/corpus`, which nothing is trained on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent.parent / "tests" / "corpus"
SEEN, UNSEEN = "seen", "unseen"  # looked at while building, and only ever scored


def rows(*parts: str) -> Iterator[dict[str, str]]:
    """The rows (id, text, level, slice, and where there is one row) of the named parts, or of both, in order."""
    for part in parts or (SEEN, UNSEEN):
        for path in sorted((FOLDER / part).glob("*.jsonl")):
            yield from map(json.loads, path.read_text("utf-8").splitlines())


def texts() -> list[str]:
    """Every message of both parts."""
    return [row["text"] for row in rows()]
