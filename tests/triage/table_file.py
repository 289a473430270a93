"""Reads the clinician's tables strictly: first messages, and what must be read in them.

A file has `group` (a heading) and `cases`; each case has

    text          the first message of a conversation
    level         the level it gives; NONE stands for INFORMATION or OUT_OF_SCOPE
    rows          rows of the decision table that must be among the reasons; may be empty
    findings      optional: findings that must count
    not_findings  optional: findings that must not count
    note          optional: what the case is about
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TABLES_FOLDER = Path(__file__).parent / "tables"
LEVELS = ("NONE", "APPOINTMENT", "URGENT", "EMERGENCY", "CRISIS")
_REQUIRED = {"text", "level", "rows"}
_LISTS = ("rows", "findings", "not_findings")


class TableError(ValueError):
    """A table says something that means nothing; the message names the file and the case."""


@dataclass(frozen=True)
class Case:
    """One message and what the clinician expects of it."""

    file: str
    text: str
    level: str
    rows: frozenset[str]
    findings: frozenset[str]
    not_findings: frozenset[str]


def read_tables(folder: Path, rows: frozenset[str], concepts: frozenset[str]) -> list[Case]:
    """All cases of `folder`, which may only name these `rows` and `concepts`. Raises TableError."""
    cases: list[Case] = []
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(content, dict) or set(content) != {"group", "cases"} or not content["cases"]:
            raise TableError(f"{path.name}: must have exactly 'group' and a list of 'cases'")
        for number, entry in enumerate(content["cases"], 1):
            case = _case(entry, path.name, number)
            _refuse_unknown(case, number, rows, concepts)
            if any(case.text == other.text for other in cases):
                raise TableError(f"{path.name}, case {number}: '{case.text}' is there twice")
            cases.append(case)
    return cases


def _case(entry: Any, file: str, number: int) -> Case:
    where = f"{file}, case {number}"
    if not isinstance(entry, dict):
        raise TableError(f"{where}: must be keys and values")
    if unknown := set(entry) - _REQUIRED - {"findings", "not_findings", "note"}:
        raise TableError(f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}")
    if missing := _REQUIRED - set(entry):
        raise TableError(f"{where}: {', '.join(sorted(missing))} is missing")
    if not isinstance(entry["text"], str):
        raise TableError(f"{where}: 'text' must be a text; put it in quotes")
    if entry["level"] not in LEVELS:
        raise TableError(f"{where}: level {entry['level']!r} is none of {', '.join(LEVELS)}")
    for key in _LISTS:
        if not isinstance(entry.get(key, []), list):
            raise TableError(f"{where}: '{key}' must be a list")
    rows, findings, not_findings = (frozenset(entry.get(key, [])) for key in _LISTS)
    return Case(file, entry["text"], entry["level"], rows, findings, not_findings)


def _refuse_unknown(case: Case, number: int, rows: frozenset[str], concepts: frozenset[str]) -> None:
    for name in sorted(case.rows - rows):
        raise TableError(f"{case.file}, case {number}: there is no row {name}")
    for name in sorted((case.findings | case.not_findings) - concepts):
        raise TableError(f"{case.file}, case {number}: there is no finding '{name}'")
