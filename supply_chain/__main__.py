"""Looks for known vulnerabilities and faults, writes var/sbom.json (the parts) and docs/audit.md, and prints a report.

Exit codes: 0 nothing that docs/security.md does not list; 1 something it does not list; 2 a tool could not be run;
3 nothing new, but not everything could be looked at, as without a connection.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from processes.tools import ToolError, Tools
from supply_chain import document, known, reports
from supply_chain.reports import Looked, Section

ROOT = Path(__file__).resolve().parent.parent
OURS = ("triage", "pages", "assistant", "actions")
NO_TOOL = 2


def main(root: Path = ROOT, tools: Tools | None = None) -> int:
    """Run everything and return the exit code."""
    tools = tools or Tools(root, "supply_chain")
    try:
        listed = known.read(root / "docs" / "security.md")
        tools.install()
        print("Looking ...", flush=True)
        sections = [
            Section("Known vulnerabilities", "packages", _vulnerabilities(tools, listed)),
            Section("Our own code", "files", _code(tools, listed)),
        ]
        parts = _bill_of_materials(root, tools)
        verdict = reports.verdict(sections)
        document.write(root, sections, verdict, parts)
    except (ToolError, known.SectionMissing, OSError) as error:
        print(f"make audit: {error}", file=sys.stderr)
        return NO_TOOL
    for section in sections:
        _print(section)
    print(f"\nParts: {parts} in var/sbom.json (CycloneDX)")
    print(f"\n{verdict.says}")
    return verdict.code


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


def _print(section: Section) -> None:
    print(f"\n{section.title}: {section.summary}")
    for finding in section.looked.findings:
        print(f"  {'listed' if finding.known else 'NEW   '}  {finding.line}")
    if section.looked.obstacle:
        print(f"  COULD NOT LOOK: {section.looked.obstacle}")


if __name__ == "__main__":
    sys.exit(main())
