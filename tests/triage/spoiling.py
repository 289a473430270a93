"""Spoil a copy of a data folder in one place and see that the loader names that place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from triage import examples
from triage.data import load
from triage.errors import DataError


def line_of(path: Path, words: str) -> int:
    """The number of the first line of `path` that holds `words`."""
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if words in line)


def change(path: Path, old: str, new: str) -> int:
    """Replace the first `old` in the file; returns the line where it stood."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def refused(folder: Path, *parts: str) -> None:
    """Load the folder; its error must hold all `parts` and open with file and line."""
    with pytest.raises(DataError) as error:
        examples.check(load(folder))
    for part in parts:
        assert part in str(error.value)
    assert re.match(r"[\w/]+\.yml:\d+: ", str(error.value)), "an error names file and line first"
