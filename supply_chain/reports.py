"""Reads what the tools print: what was found, and whether they could look at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from processes.tools import Ended
from supply_chain.known import Known


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
