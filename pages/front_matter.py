"""YAML with file and line in every complaint: a file of keys and values, or the front matter of a Markdown file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

FENCE: Final = "---"


class PageError(ValueError):
    """A page folder cannot be used; the message names the file, the line and what is wrong."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")


def read_yaml(path: Path, text: str | None = None, first_line: int = 1) -> dict[str, Any]:
    """The keys and values of a file, or of `text`, which begins at `first_line` of it. Raises PageError."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8") if text is None else text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise PageError(path, first_line + line, f"not YAML: {error.problem}") from error
    if not isinstance(values, dict):
        raise PageError(path, first_line, "expected keys and values")
    return values


def read_front_matter(path: Path) -> tuple[dict[str, Any], list[str], int]:
    """Front matter, the file's lines, and the number of lines before the body. Raises PageError."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[0] != FENCE or FENCE not in lines[1:]:
        raise PageError(path, 1, f"front matter between two lines of '{FENCE}' is missing")
    end = lines.index(FENCE, 1)
    return read_yaml(path, "\n".join(lines[1:end]), 2), lines, end + 1


def line_of(lines: list[str], key: str) -> int:
    """The number of the line that begins with `key`, 1 when there is none."""
    return next((n for n, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 1)
