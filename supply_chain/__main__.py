"""Looks for known vulnerabilities and faults, writes the list of parts to var/sbom.json, and prints a report.

Exit codes: 0 nothing that docs/security.md does not list; 1 something it does not list; 2 a tool could not be run;
3 nothing new, but not everything could be looked at, as without a connection.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from processes.tools import ToolError, Tools
from supply_chain import known, reports
from supply_chain.reports import Looked

ROOT = Path(__file__).resolve().parent.parent
OURS = ("triage", "pages", "assistant", "actions")
CLEAN, FOUND, NO_TOOL, COULD_NOT_LOOK = 0, 1, 2, 3


def main(root: Path = ROOT, tools: Tools | None = None) -> int:
    """Run everything and return the exit code."""
    tools = tools or Tools(root, "supply_chain")
    try:
        listed = known.read(root / "docs" / "security.md")
        tools.install()
        print("Looking ...", flush=True)
        looked = [
            ("Known vulnerabilities", "packages", _vulnerabilities(tools, listed)),
            ("Our own code", "files", _code(tools, listed)),
        ]
        parts = _bill_of_materials(root, tools)
    except (ToolError, known.SectionMissing, OSError) as error:
        print(f"make audit: {error}", file=sys.stderr)
        return NO_TOOL
    for title, unit, one in looked:
        _print(title, unit, one)
    print(f"\nParts: {parts} in var/sbom.json (CycloneDX)")
    return _verdict([one for _, _, one in looked])


def _vulnerabilities(tools: Tools, listed: known.Known) -> Looked:
    options = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    return reports.vulnerabilities(tools.run("pip-audit", "-r", "requirements.lock", *options), listed)


def _code(tools: Tools, listed: known.Known) -> Looked:
    options = ["--quiet", "--format", "json", "--configfile", "supply_chain/bandit.yml"]
    return reports.code(tools.run("bandit", *options, "--recursive", *OURS), listed)


def _bill_of_materials(root: Path, tools: Tools) -> int:
    """Write var/sbom.json; how many parts it lists. Raises ToolError."""
    (root / "var").mkdir(exist_ok=True)
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--output-format", "JSON"]
    ended = tools.run("cyclonedx-py", "requirements", "requirements.lock", *options, "-o", "var/sbom.json")
    try:
        return len(json.loads((root / "var" / "sbom.json").read_text("utf-8"))["components"])
    except (OSError, ValueError, KeyError) as error:
        raise ToolError(f"The list of parts was not written (exit code {ended.code})") from error


def _print(title: str, unit: str, looked: Looked) -> None:
    new = [finding for finding in looked.findings if not finding.known]
    print(f"\n{title}: looked at {looked.seen} of {looked.of} {unit}; {len(looked.findings)} findings, {len(new)} new")
    for finding in looked.findings:
        print(f"  {'listed' if finding.known else 'NEW   '}  {finding.line}")
    if looked.obstacle:
        print(f"  COULD NOT LOOK: {looked.obstacle}")


def _verdict(looked: Sequence[Looked]) -> int:
    new = sum(not finding.known for one in looked for finding in one.findings)
    if new:
        print(f"\n{new} findings are new: mend them, or judge them in docs/security.md.")
        return FOUND
    if any(one.obstacle for one in looked):
        print("\nNothing new, but not everything could be looked at: run this again with a connection.")
        return COULD_NOT_LOOK
    print("\nNothing new.")
    return CLEAN


if __name__ == "__main__":
    sys.exit(main())
