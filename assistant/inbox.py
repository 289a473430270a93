"""`spine-triage screen-inbox`: the messages of a portal's inbox, the most urgent first.

In: JSON lines {"id", "text"}, or CSV with the columns id and text. Out: JSON lines {"id", "level", "reasons", "line"} without
the words. The work file beside the output (OUT.partial) holds a result a message in the order of the inbox; a run that was
broken off goes on from there.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

from assistant.commands import progress
from assistant.jsonl import InputError
from assistant.levels import LEVELS

SHOWN_ERRORS: Final = 20
LONGEST_LINE: Final = 1_000_000  # characters; more is no message

Row = dict[str, Any]


def screen_inbox(options: argparse.Namespace) -> int:
    """Judge an inbox. Returns 0, also when lines were skipped: they are reported."""
    from assistant import all_cores, inbox_judge, training
    from assistant.data_versions import data_versions
    from assistant.settings import ROOT

    model = options.model or ROOT / "models" / training.MODEL_NAME
    inbox, out = options.file, options.out
    record = training.verify_model(model)
    identity = {"inbox": _fingerprint(inbox), "model": record.archive_sha256, **data_versions()}
    partial = out.with_name(f"{out.name}.partial")
    done = _take_up(partial, identity)
    if done:
        print(f"Going on after {done} messages of a run that was broken off.", file=sys.stderr)
    results = all_cores.each(
        inbox_judge.judge_all,
        islice(rows(inbox), done, None),
        prepare=inbox_judge.prepare,
        arguments=(model,),
        processes=options.processes,
    )
    try:
        with partial.open("a", encoding="utf-8") as file:
            for result in progress(results, "messages", _count(inbox), done):
                file.write(json.dumps(result) + "\n")
        counts = _sort(partial, out)
    except OSError as error:
        raise InputError(f"{out}: {error.strerror or error}") from error
    partial.unlink()
    _tell(counts, out)
    return 0


def rows(inbox: Path) -> Iterator[Row]:
    """Each message with its line: {"line", "id", "text"}, or {"line", "error"} for one that cannot be read.

    Raises InputError when the file as a whole cannot be.
    """
    try:
        with inbox.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            yield from _csv_rows(inbox, file) if inbox.suffix.lower() == ".csv" else _json_rows(file)
    except OSError as error:
        raise InputError(f"{inbox}: {error.strerror or error}") from error


def _json_rows(file: TextIO) -> Iterator[Row]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if not line.endswith("\n") and len(line) == LONGEST_LINE:
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            yield {"line": number, "error": "is longer than a million characters"}
        elif line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {"line": number, "error": "is not JSON"}
    if not isinstance(told, dict) or not isinstance(told.get("text"), str):
        return {"line": number, "error": "has no 'text'"}
    return {"line": number, "id": told.get("id", number), "text": told["text"]}


def _csv_rows(inbox: Path, file: TextIO) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    head = file.readline()
    names = next(csv.reader([head], delimiter=_delimiter(head)), [])
    if "text" not in names:
        raise InputError(f"{inbox}: its first line must name the columns, 'text' among them")
    reader = csv.reader(file, delimiter=_delimiter(head))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield {"line": reader.line_num + 1, "error": f"is no CSV ({error})"}
            continue
        number = reader.line_num + 1  # the last line of this row; a text may have several
        if not cells:
            continue
        told = dict(zip(names, cells, strict=False))
        if "text" not in told:
            yield {"line": number, "error": "has too few columns"}
        else:
            yield {"line": number, "id": told.get("id") or number, "text": told["text"]}


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _count(inbox: Path) -> int:
    return sum(1 for _ in rows(inbox))


def _fingerprint(inbox: Path) -> str:
    try:
        with inbox.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{inbox}: {error.strerror or error}") from error


def _take_up(partial: Path, identity: dict[str, str]) -> int:
    """How many messages a run over the same inbox, with the same model, has judged already; else begin anew."""
    head = json.dumps(identity) + "\n"
    try:
        with partial.open("r+", encoding="utf-8") as file:
            if file.readline() == head:
                done, end = 0, file.tell()
                while file.readline().endswith("\n"):
                    done, end = done + 1, file.tell()
                file.truncate(end)  # a line that was being written
                return done
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(f"{partial}: {error.strerror or error}") from error
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(head)
    except OSError as error:
        raise InputError(f"{partial}: {error.strerror or error}") from error
    return 0


def _sort(partial: Path, out: Path) -> Counter[str]:
    """Write the results by level, the most urgent first, each level in the inbox's order; one pass a level."""
    counts: Counter[str] = Counter()
    draft = out.with_name(f"{out.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        for level in reversed(LEVELS):
            for result in _results(partial):
                if result.get("level") == level:
                    file.write(json.dumps(result) + "\n")
                    counts[level] += 1
    for result in _results(partial):
        if "error" in result:
            counts["skipped"] += 1
            if counts["skipped"] <= SHOWN_ERRORS:
                print(f"spine-triage: line {result['line']} {result['error']}; skipped", file=sys.stderr)
    os.replace(draft, out)
    return counts


def _results(partial: Path) -> Iterator[Row]:
    with partial.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            yield json.loads(line)


def _tell(counts: Counter[str], out: Path) -> None:
    judged = ", ".join(f"{counts[level]} {level}" for level in reversed(LEVELS) if counts[level])
    skipped = f"; {counts['skipped']} lines skipped" if counts["skipped"] else ""
    print(f"{out}: {judged or 'no message'}{skipped}.")
