"""What docs/security.md has judged already: vulnerabilities by id, and findings in our code by rule and file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

VULNERABILITIES = "## Known vulnerabilities of the pinned stack"
CODE = "## What the scan of our own code reports"

_ID = re.compile(r"\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d+)\b")
_RULE = re.compile(r"`(B\d{3})`")
_FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.py)`")


class SectionMissing(ValueError):
    """The document has no such section; the message names it."""


@dataclass(frozen=True)
class Known:
    """Ids of vulnerabilities, and pairs of rule and file."""

    ids: frozenset[str]
    code: frozenset[tuple[str, str]]


def read(document: Path) -> Known:
    """What `document` lists. Only table rows count: a remark in passing is no judgement. Raises SectionMissing."""
    text = document.read_text("utf-8")
    ids = [id_ for row in _rows(text, VULNERABILITIES) for id_ in _ID.findall(row)]
    code = [(rule, file) for row in _rows(text, CODE) for rule in _RULE.findall(row) for file in _FILE.findall(row)]
    return Known(frozenset(ids), frozenset(code))


def _rows(text: str, heading: str) -> list[str]:
    _, found, rest = f"\n{text}".partition(f"\n{heading}\n")
    if not found:
        raise SectionMissing(f"docs/security.md has no section '{heading}'")
    section = rest.split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")]
