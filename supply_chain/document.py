"""docs/audit.md: what the last `make audit` saw, of which packages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from supply_chain.reports import Section, Verdict

REPORT: Final = Path("docs") / "audit.md"
LOCK: Final = "requirements.lock"


def lock_hash(root: Path) -> str:
    """SHA-256 of the list of packages, in hex. Raises OSError."""
    return hashlib.sha256((root / LOCK).read_bytes()).hexdigest()


def write(root: Path, sections: Sequence[Section], verdict: Verdict, parts: int) -> None:
    """Write the report below `root`. Raises OSError."""
    (root / REPORT).write_text("\n".join(_lines(root, sections, verdict, parts)) + "\n", "utf-8")


def _lines(root: Path, sections: Sequence[Section], verdict: Verdict, parts: int) -> list[str]:
    lines = [
        "# Audit of packages and code",
        "",
        f"Written by `make audit` on {datetime.now(UTC):%Y-%m-%d}; do not edit. What is *listed* is judged in [security.md](security.md).",
        "",
        f"**{verdict.says}** (exit code {verdict.code})",
        "",
        f"Packages: `{LOCK}`, SHA-256 `{lock_hash(root)}`; {parts} parts in `var/sbom.json` (CycloneDX).",
    ]
    for section in sections:
        lines += ["", f"## {section.title}", "", f"{section.summary[0].upper()}{section.summary[1:]}."]
        if section.looked.obstacle:
            lines += ["", f"**Could not look: {section.looked.obstacle}.**"]
        if section.looked.findings:
            lines += ["", "| judged | finding |", "|---|---|"]
            lines += [
                f"| {'listed' if one.known else '**new**'} | {one.line.replace('|', chr(92) + '|')} |"
                for one in section.looked.findings
            ]
    return lines
