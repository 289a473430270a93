"""`make audit`: what is new is told apart from what is judged, and "could not look" from "nothing there"."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from processes.tools import Ended, ToolError, Tools
from supply_chain import document, known, reports
from supply_chain.__main__ import NO_TOOL, OURS, main
from supply_chain.reports import CLEAN, COULD_NOT_LOOK, FOUND

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = f"""# Security

CVE-2020-11111 is mentioned, and judged nowhere.

{known.VULNERABILITIES}

As in CVE-2020-22222.

| package | vulnerability |
|---|---|
| a 1.0 | CVE-2024-12345 = GHSA-abcd-1234-xyz9, PYSEC-2024-77 |

{known.CODE}

| finding | file |
|---|---|
| `B603` a subprocess | `assistant/child_process.py` |

## Another section

| CVE-2020-33333 | `B999` `assistant/other.py` |
"""


class FakeTools(Tools):
    """Prints what a test says."""

    def __init__(self, root: Path, **outputs: Any) -> None:
        super().__init__(root, "supply_chain")
        self._sbom = root / "var" / "sbom.json"
        self._outputs = {
            "pip_audit": audited(),
            "bandit": scanned(),
            "cyclonedx_py": {"components": [{}, {}]},
            **outputs,
        }

    def install(self) -> None: ...

    def run(self, tool: str, *arguments: str) -> Ended:
        output = self._outputs[tool.replace("-", "_")]
        if isinstance(output, Exception):
            raise output
        text = output if isinstance(output, str) else json.dumps(output)
        if tool == "cyclonedx-py":
            self._sbom.write_text(text)
        return Ended(1, text, "")


def audited(*packages: dict[str, Any]) -> dict[str, Any]:
    """As pip-audit prints it; one clean package at least."""
    return {"dependencies": [{"name": "clean", "version": "1", "vulns": []}, *packages], "fixes": []}


def vulnerable(*ids: str) -> dict[str, Any]:
    found = {"id": ids[0], "aliases": list(ids[1:]), "fix_versions": ["2.0"], "description": "words"}
    return {"name": "a", "version": "1.0", "vulns": [found]}


SKIPPED = {"name": "b", "skip_reason": "Dependency not found on PyPI and could not be audited: b (1.0)"}


def scanned(*results: tuple[str, str], errors: int = 0) -> dict[str, Any]:
    found = [{"test_id": rule, "filename": file, "line_number": 7, "issue_text": "something"} for rule, file in results]
    return {"results": found, "errors": [{}] * errors, "metrics": {"_totals": {}, "assistant/a.py": {}}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "security.md").write_text(DOCUMENT)
    (tmp_path / "requirements.lock").write_text("clean==1\n")
    return tmp_path


def test_only_rows_of_the_two_sections_are_judgements(project: Path) -> None:
    listed = known.read(project / "docs" / "security.md")
    assert listed.ids == {"CVE-2024-12345", "GHSA-abcd-1234-xyz9", "PYSEC-2024-77"}
    assert listed.code == {("B603", "assistant/child_process.py")}


def test_a_document_without_the_section_stops_the_look(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "docs" / "security.md").write_text("# Security\n")
    assert main(project, FakeTools(project)) == NO_TOOL
    assert known.VULNERABILITIES in capsys.readouterr().err


@pytest.mark.parametrize(
    ("outputs", "code", "told"),
    [
        ({}, CLEAN, "looked at 1 of 1 packages; 0 findings, 0 new"),
        ({"pip_audit": audited(vulnerable("CVE-2024-12345"))}, CLEAN, "listed  a 1.0: CVE-2024-12345 (fixed in 2.0)"),
        ({"pip_audit": audited(vulnerable("PYSEC-2026-1", "GHSA-abcd-1234-xyz9"))}, CLEAN, "1 findings, 0 new"),
        ({"pip_audit": audited(vulnerable("CVE-2026-1111"))}, FOUND, "NEW     a 1.0: CVE-2026-1111"),
        ({"pip_audit": audited(vulnerable("CVE-2020-11111"))}, FOUND, "NEW"),
        ({"pip_audit": audited(vulnerable("CVE-2020-33333"))}, FOUND, "NEW"),
        ({"bandit": scanned(("B603", "./assistant/child_process.py"))}, CLEAN, "1 findings, 0 new"),
        ({"bandit": scanned(("B602", "assistant/child_process.py"))}, FOUND, "NEW"),
        ({"bandit": scanned(("B603", "assistant/server.py"))}, FOUND, "assistant/server.py:7: B603"),
        ({"pip_audit": audited(SKIPPED)}, COULD_NOT_LOOK, "does not answer for 1 packages"),
        ({"pip_audit": {"dependencies": [SKIPPED]}}, COULD_NOT_LOOK, "COULD NOT LOOK: the database"),
        ({"pip_audit": ""}, COULD_NOT_LOOK, "COULD NOT LOOK: the database"),
        ({"pip_audit": audited(SKIPPED, vulnerable("CVE-2026-1111"))}, FOUND, "COULD NOT LOOK"),
        ({"bandit": "Traceback"}, COULD_NOT_LOOK, "printed no report"),
        ({"bandit": scanned(errors=2)}, COULD_NOT_LOOK, "2 files cannot be read"),
    ],
)
def test_the_exit_code_tells_new_findings_from_no_look(
    project: Path, capsys: pytest.CaptureFixture[str], outputs: dict[str, Any], code: int, told: str
) -> None:
    assert main(project, FakeTools(project, **outputs)) == code
    printed = capsys.readouterr().out
    assert told in printed
    assert "Parts: 2 in var/sbom.json" in printed


@pytest.mark.parametrize("outputs", [{"bandit": ToolError("bandit could not be run")}, {"cyclonedx_py": "no list"}])
def test_a_tool_that_cannot_be_run_is_one_line_and_2(
    project: Path, capsys: pytest.CaptureFixture[str], outputs: dict[str, Any]
) -> None:
    assert main(project, FakeTools(project, **outputs)) == NO_TOOL
    assert capsys.readouterr().err.count("\n") == 1


def test_a_tool_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="bandit could not be run: FileNotFoundError"):
        Tools(tmp_path, "supply_chain").run("bandit")


def test_tools_that_cannot_be_installed_are_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "supply_chain").mkdir()
    (tmp_path / "supply_chain" / "requirements.lock").write_text("bandit==0.0.0\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(ToolError, match="could not be installed"):
        Tools(tmp_path, "supply_chain").install()


def test_the_real_document_is_read_and_names_packages_of_the_lock_at_their_versions() -> None:
    document = (ROOT / "docs" / "security.md").read_text("utf-8")
    assert known.read(ROOT / "docs" / "security.md").ids > {"CVE-2024-49375", "CVE-2023-33976"}
    lock = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    rows = [row for row in document.split(known.VULNERABILITIES)[1].splitlines() if row.startswith("| ")]
    named = [pair for row in rows for pair in re.findall(r"\b([a-z][\w-]+) (\d[\w.]*\d)\b", row.split(" | ")[0])]
    assert len(named) > 20
    assert [pair for pair in named if lock.get(pair[0]) != pair[1]] == []


def test_every_package_of_ours_is_scanned() -> None:
    content = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = re.search(r"^packages = \[(.*)\]", content, re.MULTILINE)
    assert packages is not None
    assert set(re.findall(r'"(\w+)"', packages[1])) == set(OURS)


def test_a_skipped_package_is_never_taken_for_a_clean_one() -> None:
    looked = reports.vulnerabilities(Ended(0, json.dumps(audited(SKIPPED)), ""), known.Known(frozenset(), frozenset()))
    assert (looked.seen, looked.of) == (1, 2)


def test_the_tools_are_pinned_by_hash() -> None:
    lock = (ROOT / "supply_chain" / "requirements.lock").read_text("utf-8")
    for name in (ROOT / "supply_chain" / "requirements.in").read_text("utf-8").split():
        assert re.search(rf"^{name}==\S+ \\\n +--hash=sha256:", lock, re.MULTILINE)
    assert "://" not in lock


@pytest.mark.parametrize(
    ("audit", "told"),
    [
        (audited(), "**Nothing new.** (exit code 0)"),
        (audited(vulnerable("CVE-2026-1111")), "| **new** | a 1.0: CVE-2026-1111 (fixed in 2.0) |"),
        (audited(vulnerable("CVE-2024-12345")), "| listed | a 1.0: CVE-2024-12345 (fixed in 2.0) |"),
        ({"dependencies": [SKIPPED]}, "**Could not look: the database of vulnerabilities does not answer"),
    ],
)
def test_the_report_in_docs_tells_the_same(project: Path, audit: dict[str, Any], told: str) -> None:
    main(project, FakeTools(project, pip_audit=audit))
    report = (project / document.REPORT).read_text("utf-8")
    assert told in report
    assert document.lock_hash(project) in report


def test_the_report_in_docs_is_of_the_packages_of_today() -> None:
    report = (ROOT / document.REPORT).read_text("utf-8")
    assert document.lock_hash(ROOT) in report, "requirements.lock has changed: run make audit"
