"""`spine-triage verify-audit`: what it says and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from audit_files import written

from assistant import cli


def test_the_command_says_that_all_holds_and_the_last_hash(
    audit_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(audit_folder, 3)
    assert cli.main(["verify-audit", "--folder", str(audit_folder)]) == 0
    assert re.fullmatch(r"3 decisions in 1 files, .* [0-9a-f]{64}\n", capsys.readouterr().out)


def test_the_command_names_the_line_and_ends_with_1(audit_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(audit_folder, 3)
    file.write_text(file.read_text().replace('"number": 1', '"number": 7'))
    assert cli.main(["verify-audit", "--folder", str(audit_folder)]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "spine-triage: decisions-2026-11.jsonl line 2: was changed\n")


def test_the_command_looks_where_the_server_writes(
    audit_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(audit_folder, 2)
    monkeypatch.setenv("SPINE_TRIAGE_AUDIT_DIR", str(audit_folder))
    assert cli.main(["verify-audit"]) == 0
    assert capsys.readouterr().out.startswith("2 decisions")


def test_what_cannot_be_read_is_one_line_and_1(audit_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit_folder.mkdir()
    (audit_folder / "lock").mkdir()
    assert cli.main(["verify-audit", "--folder", str(audit_folder)]) == 1
    assert capsys.readouterr().err.startswith("spine-triage: the audit cannot be read: ")
