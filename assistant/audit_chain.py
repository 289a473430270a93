"""Lines on disk that nobody can change or take away unseen: each carries its own SHA-256 and that of the line before.

    var/audit/decisions-2026-11.jsonl   {..., "previous": "<sha256>", "sha256": "<sha256>"}, a month a file, one chain over all
    var/audit/head.json                 the last line: which file, which number, which hash

Whoever may write to the folder can write a whole new chain. A hash kept elsewhere (each is also in the log) shows that.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Iterator, Mapping, Sequence

from assistant import append_file

BEGINNING: Final = "0" * 64  # what the first line of all follows

_APPEND: Final = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
_HASHED = re.compile(rb'(\{.*), "sha256": "([0-9a-f]{64})"\}')
_TAIL: Final = 65_536  # bytes; far more than the longest line


@dataclass(frozen=True)
class Head:
    """Where the chain ends: the `line`-th line (from 1) of `file`, which is then `size` bytes long."""

    file: str
    line: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Verified:
    """What holds together: how many lines in how many files, and the hash of the last one."""

    lines: int
    files: int
    sha256: str


class BrokenChain(Exception):
    """A line was changed, cut off or taken away; the message names file and line."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file} line {line}: {what}")
        self.file = file
        self.line = line


def append(folder: Path, month: str, entry: Mapping[str, Any]) -> Head:
    """Add one line; see `append_all`."""
    return append_all(folder, month, [entry])[-1]


def append_all(folder: Path, month: str, entries: Sequence[Mapping[str, Any]]) -> list[Head]:
    """Add a line for each entry to the chain, all of them whole and on the disk, or none. Raises OSError.

    Returns where the chain ended after each. `month` is "2026-11". Several processes may append; a clock that is set back
    does not break the order of the files.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(folder, fcntl.LOCK_EX):
        newest = next(reversed(_files(folder)), None)
        previous, torn = _end(newest) if newest else (BEGINNING, False)
        path = folder / f"decisions-{month}.jsonl"
        if newest and newest.name > path.name:
            path = newest
        number = _next_number(folder, path, newest)
        lines, hashes = [], []
        for entry in entries:
            body = json.dumps({**entry, "previous": previous}).encode()
            previous = hashlib.sha256(body).hexdigest()
            lines.append(body[:-1] + f', "sha256": "{previous}"}}\n'.encode())
            hashes.append(previous)
        size = _write(path, b"".join([b"\n" if torn and path == newest else b"", *lines]))
        sizes = [size - sum(map(len, lines[n + 1 :])) for n in range(len(lines))]
        heads = [
            Head(path.name, number + n, sha256, size)
            for n, (sha256, size) in enumerate(zip(hashes, sizes, strict=True))
        ]
        with contextlib.suppress(OSError):  # the lines stand; a head that lags behind is no sign of a missing one
            _replace(folder / "head.json", json.dumps(asdict(heads[-1])).encode() + b"\n")
        return heads


def verify(folder: Path) -> Verified:
    """Read the whole chain. Raises BrokenChain at the first line that does not hold, OSError when it cannot be read."""
    if not folder.is_dir():
        return Verified(0, 0, BEGINNING)
    with _lock(folder, fcntl.LOCK_SH):
        head, files = _head(folder), _files(folder)
        last, count, hashes = BEGINNING, 0, set()
        for path in files:
            *lines, rest = path.read_bytes().split(b"\n")
            for number, line in enumerate(lines, 1):
                last = _checked(path.name, number, line, last)
                hashes.add(last)
            if rest:
                raise BrokenChain(path.name, len(lines) + 1, "is cut off")
            count += len(lines)
        if head is not None and head.sha256 not in hashes:
            raise BrokenChain(head.file, head.line, "is missing, and whatever followed it")
        if files and head is None:
            raise BrokenChain(files[-1].name, len(lines), "may not be the last: head.json is missing or unreadable")
        return Verified(count, len(files), last)


def _checked(file: str, number: int, line: bytes, expected: str) -> str:
    """The hash of a line that is unchanged and follows `expected`."""
    match = _HASHED.fullmatch(line)
    if match is None:
        raise BrokenChain(file, number, "is no line of this audit, or cut off")
    if hashlib.sha256(match[1] + b"}").hexdigest() != match[2].decode():
        raise BrokenChain(file, number, "was changed")
    if json.loads(line)["previous"] != expected:
        raise BrokenChain(
            file, number, "does not follow the line before it: lines between them were changed or taken away"
        )
    return match[2].decode()


def _files(folder: Path) -> list[Path]:
    """The files with lines in them, oldest first; one whose first line could not be written is empty."""
    return sorted(path for path in folder.glob("decisions-*.jsonl") if path.stat().st_size)


def _end(path: Path) -> tuple[str, bool]:
    """What the next line follows, and whether the last one was cut off (the machine stopped while writing it)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read()
    torn = not tail.endswith(b"\n")
    last = tail.removesuffix(b"\n").rpartition(b"\n")[2]
    match = _HASHED.fullmatch(last)
    return match[2].decode() if match else hashlib.sha256(last).hexdigest(), torn


def _next_number(folder: Path, path: Path, newest: Path | None) -> int:
    if path != newest:
        return 1
    head = _head(folder)
    if head and (head.file, head.size) == (path.name, path.stat().st_size):
        return head.line + 1
    content = path.read_bytes()
    return content.count(b"\n") + (0 if content.endswith(b"\n") else 1) + 1


def _write(path: Path, data: bytes) -> int:
    """Add to the file, which may be new; its size afterwards."""
    descriptor = os.open(path, _APPEND, 0o600)
    try:
        return append_file.append(descriptor, data)
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(draft, path)


def _head(folder: Path) -> Head | None:
    try:
        return Head(**json.loads((folder / "head.json").read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


@contextlib.contextmanager
def _lock(folder: Path, kind: int) -> Iterator[None]:
    descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)
