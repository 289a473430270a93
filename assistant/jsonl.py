"""Read and write JSON lines; every fault names the file, the line and what was expected."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class InputError(ValueError):
    """A file given on the command line cannot be used; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Kind:
    """What a key of a line must hold: `called` says it in words, `fits` decides."""

    called: str
    fits: Callable[[object], bool]


TEXT = Kind("a text", lambda value: isinstance(value, str))
TEXTS = Kind("a list of texts", lambda value: isinstance(value, list) and all(isinstance(text, str) for text in value))


def one_of(texts: Collection[str]) -> Kind:
    """One of some known texts."""
    return Kind(f"one of {', '.join(sorted(texts))}", lambda value: isinstance(value, str) and value in texts)


def read(path: Path, required: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """All objects of `path`, each with the `required` keys. Raises InputError."""
    return list(_rows(path, required))


def _rows(path: Path, required: Mapping[str, Kind]) -> Iterator[dict[str, Any]]:
    try:
        content = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from error
    # Not splitlines(): it also splits at U+2028 and others, which may stand inside a JSON text.
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: not JSON ({error}); expected one object a line") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: expected a JSON object, found {type(row).__name__}")
        for key, kind in required.items():
            if not kind.fits(row.get(key)):
                raise InputError(f"{path}:{number}: '{key}' must be {kind.called}")
        yield row


def write_whole(path: Path, content: str) -> None:
    """Write `content` so that the file is there whole or not at all. Raises InputError."""
    draft: str | None = None
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as handle:
            draft = handle.name
            handle.write(content)
        os.replace(draft, path)
    except OSError as error:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
        raise InputError(f"{path}: {error.strerror or error}") from error
