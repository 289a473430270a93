"""Read and write JSON lines; every fault names the file, the line and what was expected."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Iterator


class InputError(ValueError):
    """A file given on the command line cannot be used; the message is for the person at the terminal."""


def read(path: Path, required: dict[str, type]) -> list[dict[str, Any]]:
    """All objects of `path`, each with the `required` keys of the given types. Raises InputError."""
    return list(_rows(path, required))


def _rows(path: Path, required: dict[str, type]) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}:{number}: not JSON ({error}); expected one object a line") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: expected a JSON object, found {type(row).__name__}")
        for key, kind in required.items():
            if not isinstance(row.get(key), kind):
                raise InputError(f"{path}:{number}: '{key}' must be {_called(kind)}")
        yield row


def _called(kind: type) -> str:
    return {"str": "a text", "list": "a list"}.get(kind.__name__, kind.__name__)


def write_whole(path: Path, content: str) -> None:
    """Write `content` so that the file is there whole or not at all. Raises InputError."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as draft:
            draft.write(content)
        os.replace(draft.name, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
