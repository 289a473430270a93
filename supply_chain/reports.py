"""Reads what the tools print: what was found, whether they could look at all, and what that comes to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from processes.tools import Ended
from supply_chain.known import Known

CLEAN: Final = 0
FOUND: Final = 1
COULD_NOT_LOOK: Final = 3


@dataclass(frozen=True)
class Finding:
    """One finding, as a line of the report; `known` says that docs/security.md has judged it."""

    line: str
    known: bool


@dataclass(frozen=True)
class Looked:
    """What came of looking at `seen` of `of` things; `obstacle` says why some or all could not be looked at."""

    findings: tuple[Finding, ...]
    seen: int
    of: int
    obstacle: str | None = None


@dataclass(frozen=True)
class Section:
    """A part of the report; `unit` is what was looked at, in the plural."""

    title: str
    unit: str
    looked: Looked

    @property
    def summary(self) -> str:
        """How much was looked at, and how much was found."""
        found = self.looked.findings
        new = sum(not finding.known for finding in found)
        return f"looked at {self.looked.seen} of {self.looked.of} {self.unit}; {len(found)} findings, {new} new"


@dataclass(frozen=True)
class Verdict:
    """The exit code, and what it means in a sentence."""

    code: int
    says: str


def verdict(sections: Sequence[Section]) -> Verdict:
    """What all sections together come to: a new finding weighs more than an obstacle."""
    new = sum(not finding.known for section in sections for finding in section.looked.findings)
    if new:
        return Verdict(FOUND, f"{new} findings are new: mend them, or judge them in docs/security.md.")
    unseen = [section for section in sections if section.looked.obstacle]
    if unseen:
        which = "; ".join(
            f"{one.title.lower()}, {one.looked.seen} of {one.looked.of} {one.unit} seen" for one in unseen
        )
        says = f"Nothing new, but not everything could be looked at ({which}): run this again with a connection."
        return Verdict(COULD_NOT_LOOK, says)
    return Verdict(CLEAN, "Nothing new.")


def vulnerabilities(ended: Ended, known: Known) -> Looked:
    """What pip-audit found. It calls a package whose entry it cannot get "skipped" and the whole "no known vulnerabilities"."""
    try:
        packages: list[dict[str, Any]] = json.loads(ended.output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Looked((), 0, 0, "the database of vulnerabilities does not answer (no connection?)")
    seen = [package for package in packages if "vulns" in package]
    findings = [_vulnerability(package, found, known) for package in seen for found in package["vulns"]]
    whom = f"for {len(packages) - len(seen)} packages" if seen else "(no connection?)"
    obstacle = None if len(seen) == len(packages) else f"the database of vulnerabilities does not answer {whom}"
    return Looked(tuple(findings), len(seen), len(packages), obstacle)


def _vulnerability(package: dict[str, Any], found: dict[str, Any], known: Known) -> Finding:
    ids = [found["id"], *found.get("aliases", ())]
    fixed = ", ".join(found.get("fix_versions") or ()) or "no version yet"
    line = f"{package['name']} {package['version']}: {' = '.join(ids)} (fixed in {fixed})"
    return Finding(line, not known.ids.isdisjoint(ids))


def code(ended: Ended, known: Known) -> Looked:
    """What bandit found, with a file it could not read as an obstacle."""
    try:
        report = json.loads(ended.output)
        files = [name for name in report["metrics"] if name != "_totals"]
        results, errors = report["results"], report["errors"]
    except (ValueError, KeyError, TypeError):
        return Looked((), 0, 0, "the scan of the code printed no report")
    findings = [
        Finding(
            f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}",
            (one["test_id"], one["filename"].removeprefix("./")) in known.code,
        )
        for one in results
    ]
    obstacle = f"{len(errors)} files cannot be read" if errors else None
    return Looked(tuple(findings), len(files), len(files) + len(errors), obstacle)
