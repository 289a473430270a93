"""The audit of emergency decisions: what a line holds, that a changed one is found, and that a full disk stops nobody."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Callable

import pytest

from assistant import audit, audit_chain, cli
from assistant.audit import Audit, Decision
from assistant.audit_chain import BEGINNING, BrokenChain, append, verify
from assistant.log_format import conversation_hash
from assistant.settings import ROOT

NOW = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
DECISION = Decision("a_12", "m1", "EMERGENCY", ("E1", "E22"), "guard")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def lines(folder: Path, month: str = "2026-11") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"decisions-{month}.jsonl").read_text().splitlines()]


def written(folder: Path, count: int, month: str = "2026-11") -> Path:
    """A chain of `count` lines; its file."""
    for number in range(count):
        append(folder, month, {"number": number})
    return folder / f"decisions-{month}.jsonl"


def where_it_breaks(folder: Path) -> tuple[str, int]:
    with pytest.raises(BrokenChain) as broken:
        verify(folder)
    assert f"{broken.value.file} line {broken.value.line}: " in str(broken.value)
    return broken.value.file, broken.value.line


# ---- the audit ----


def test_a_decision_is_one_line_with_ids_rows_and_versions_and_no_text(folder: Path) -> None:
    kept = Audit(folder, {"clinical_data": "abc", "second_net": "def"}, now=lambda: NOW)
    kept.record(DECISION, "model-1")
    kept.record(Decision("a_12", None, "CRISIS", ("E20",), "policy"), None)
    assert kept.flush(5)
    first, second = lines(folder)
    assert {key: first[key] for key in set(first) - {"previous", "sha256"}} == {
        "time": "2026-11-30T23:59:59.000+00:00",
        "conversation": conversation_hash("a_12"),
        "message": "m1",
        "level": "EMERGENCY",
        "rows": ["E1", "E22"],
        "answered_by": "guard",
        "versions": {"clinical_data": "abc", "second_net": "def", "model": "model-1"},
    }
    assert (first["previous"], second["previous"]) == (BEGINNING, first["sha256"])
    assert (second["level"], second["message"], second["versions"]["model"]) == ("CRISIS", None, None)
    assert "a_12" not in (folder / "decisions-2026-11.jsonl").read_text()


@pytest.mark.parametrize("level", ["URGENT", "APPOINTMENT", "INFORMATION", "OUT_OF_SCOPE", ""])
def test_other_levels_are_not_audited(folder: Path, level: str) -> None:
    kept = Audit(folder, {})
    kept.record(Decision("a_12", "m1", level, (), "policy"), None)
    assert kept.flush(0)
    assert not folder.exists()


def test_only_the_owner_may_read(folder: Path) -> None:
    file = written(folder, 1)
    assert [oct(path.stat().st_mode & 0o777) for path in (folder, file, folder / "head.json")] == [
        "0o700",
        "0o600",
        "0o600",
    ]


def test_the_hash_of_a_line_is_in_the_log_where_the_owner_of_the_folder_cannot_change_it(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    kept = Audit(folder, {}, now=lambda: NOW)
    kept.record(DECISION, None)
    assert kept.flush(5)
    assert f"emergency_audited file=decisions-2026-11.jsonl line=1 sha256={lines(folder)[0]['sha256']}" in caplog.text


def test_a_folder_that_cannot_be_written_delays_nothing_is_logged_and_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "audit"
    folder.write_text("a file stands where the folder should be")
    kept = Audit(folder, {}, now=lambda: NOW, retry_seconds=0.05)
    started = time.monotonic()
    for number in range(3):
        kept.record(Decision("a_12", f"m{number}", "EMERGENCY", (), "guard"), None)
    assert time.monotonic() - started < 0.2
    assert not kept.flush(0.3)
    assert "audit_failed error=" in caplog.text
    folder.unlink()
    assert kept.flush(5)
    assert [line["message"] for line in lines(folder)] == ["m0", "m1", "m2"]
    assert verify(folder).lines == 3


def test_a_disk_that_hangs_delays_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    plain = audit.append

    def hang(*arguments: Any) -> Any:
        released.wait(10)
        return plain(*arguments)

    monkeypatch.setattr(audit, "append", hang)
    kept = Audit(folder, {}, now=lambda: NOW)
    started = time.monotonic()
    kept.record(DECISION, None)
    kept.record(DECISION, None)
    assert time.monotonic() - started < 0.2
    assert not kept.flush(0.1)
    released.set()
    assert kept.flush(5)
    assert len(lines(folder)) == 2


def test_decisions_beyond_what_may_wait_are_dropped_with_a_log_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audit").write_text("")
    monkeypatch.setattr(audit, "LONGEST_QUEUE", 2)
    kept = Audit(tmp_path / "audit", {}, retry_seconds=0.05)
    for _ in range(3):
        kept.record(DECISION, None)
    assert caplog.text.count("audit_dropped level=EMERGENCY") == 1
    (tmp_path / "audit").unlink()
    assert kept.flush(5)


def test_a_machine_without_a_thread_to_spare_is_no_error_of_the_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    kept = Audit(folder, {}, now=lambda: NOW)
    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        kept.record(DECISION, None)
    assert "audit_failed error=RuntimeError" in caplog.text
    kept.record(DECISION, None)
    assert kept.flush(5)
    assert len(lines(folder)) == 2


# ---- the chain ----


def test_a_whole_chain_holds_over_months_and_its_last_hash_is_told(folder: Path) -> None:
    written(folder, 3)
    written(folder, 2, "2026-12")
    held = verify(folder)
    assert (held.lines, held.files, held.sha256) == (5, 2, lines(folder, "2026-12")[-1]["sha256"])
    assert lines(folder, "2026-12")[0]["previous"] == lines(folder)[-1]["sha256"]


def test_without_a_folder_there_is_nothing_to_hold(folder: Path) -> None:
    assert verify(folder) == audit_chain.Verified(0, 0, BEGINNING)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_line_is_found(folder: Path, number: int) -> None:
    file = written(folder, 3)
    content = file.read_text().splitlines(keepends=True)
    content[number - 1] = content[number - 1].replace('"number": ', '"number": 1')
    file.write_text("".join(content))
    assert where_it_breaks(folder) == (file.name, number)


@pytest.mark.parametrize(("number", "found"), [(1, 1), (2, 2), (3, 3)])
def test_a_removed_line_is_found_also_the_last(folder: Path, number: int, found: int) -> None:
    file = written(folder, 3)
    content = file.read_text().splitlines(keepends=True)
    del content[number - 1]
    file.write_text("".join(content))
    assert where_it_breaks(folder) == (file.name, found)


def test_lines_in_another_order_are_found(folder: Path) -> None:
    file = written(folder, 3)
    first, second, third = file.read_text().splitlines(keepends=True)
    file.write_text(first + third + second)
    assert where_it_breaks(folder) == (file.name, 2)


def test_a_line_changed_together_with_its_hash_is_found_at_the_next(folder: Path) -> None:
    file = written(folder, 3)
    first, _, third = file.read_text().splitlines(keepends=True)
    other = folder.parent / "other"
    append(other, "2026-11", {"number": 0})
    append(other, "2026-11", {"number": "changed"})
    second = (other / file.name).read_text().splitlines(keepends=True)[1]
    file.write_text(first + second + third)
    assert where_it_breaks(folder) == (file.name, 3)


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda folder: (folder / "decisions-2026-11.jsonl").unlink(), ("decisions-2026-12.jsonl", 1)),
        (lambda folder: (folder / "decisions-2026-12.jsonl").unlink(), ("decisions-2026-12.jsonl", 2)),
        (lambda folder: (folder / "decisions-2026-12.jsonl").write_text(""), ("decisions-2026-12.jsonl", 2)),
        (lambda folder: (folder / "head.json").unlink(), ("decisions-2026-12.jsonl", 2)),
        (lambda folder: (folder / "head.json").write_text("{}"), ("decisions-2026-12.jsonl", 2)),
        (lambda folder: (folder / "decisions-2026-10.jsonl").write_text("{}\n"), ("decisions-2026-10.jsonl", 1)),
        (lambda folder: [path.unlink() for path in folder.glob("*.jsonl")], ("decisions-2026-12.jsonl", 2)),
    ],
)
def test_a_file_taken_away_or_put_in_is_found(
    folder: Path, spoil: Callable[[Path], None], place: tuple[str, int]
) -> None:
    written(folder, 2)
    written(folder, 2, "2026-12")
    spoil(folder)
    assert where_it_breaks(folder) == place


def test_a_line_that_was_cut_off_is_found_and_the_chain_goes_on_after_it(folder: Path) -> None:
    file = written(folder, 2)
    with file.open("r+b") as end:
        end.truncate(file.stat().st_size - 10)
    assert where_it_breaks(folder) == (file.name, 2)
    head = append(folder, "2026-11", {"number": 2})
    append(folder, "2026-11", {"number": 3})
    assert head.line == 3
    assert where_it_breaks(folder) == (file.name, 2)
    *_, third, fourth = file.read_bytes().split(b"\n")[:-1]
    assert json.loads(fourth)["previous"] == json.loads(third)["sha256"]


def test_a_crash_between_a_line_and_the_note_of_the_head_is_no_break(folder: Path) -> None:
    written(folder, 2)
    before = (folder / "head.json").read_bytes()
    written(folder, 1)
    (folder / "head.json").write_bytes(before)
    assert verify(folder).lines == 3
    assert append(folder, "2026-11", {}).line == 4
    assert verify(folder).lines == 4


def test_a_clock_that_is_set_back_does_not_break_the_order(folder: Path) -> None:
    written(folder, 1, "2026-12")
    assert append(folder, "2026-11", {}).file == "decisions-2026-12.jsonl"
    assert verify(folder).lines == 2


FULL_DISK = """
import json, resource, sys
from pathlib import Path
from assistant.audit_chain import append, verify
folder = Path(sys.argv[1])
head = append(folder, "2026-11", {"number": 0})
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (head.size + 50, hard))
errors = []
for month in ("2026-11", "2026-11"):
    try:
        append(folder, month, {"number": 1})
    except OSError as error:
        errors.append(type(error).__name__)
size = (folder / head.file).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
append(folder, "2026-11", {"number": 2})
print(json.dumps([errors, size == head.size, verify(folder).lines]))
"""


def test_a_line_for_which_the_disk_has_no_room_is_taken_back_whole(folder: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert json.loads(ended.stdout or "[]") == [["OSError", "OSError"], True, 2], ended.stderr


def test_a_head_that_cannot_be_noted_does_not_write_a_line_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder, 1)

    def full(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as disk:
        disk.setattr(os, "replace", full)
        assert append(folder, "2026-11", {"number": 1}).line == 2
    assert verify(folder).lines == 2


MANY = """
import sys
from pathlib import Path
from assistant.audit_chain import append
for number in range(40):
    append(Path(sys.argv[1]), "2026-11", {"number": number})
"""


def test_several_processes_write_one_chain(folder: Path) -> None:
    command = [sys.executable, "-c", MANY, str(folder)]
    writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert verify(folder).lines == 120
    assert json.loads((folder / "head.json").read_text())["line"] == 120


# ---- spine-triage verify-audit ----


def test_the_command_says_that_all_holds_and_the_last_hash(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(folder, 3)
    assert cli.main(["verify-audit", "--folder", str(folder)]) == 0
    assert re.fullmatch(r"3 decisions in 1 files, .* [0-9a-f]{64}\n", capsys.readouterr().out)


def test_the_command_names_the_line_and_ends_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(folder, 3)
    file.write_text(file.read_text().replace('"number": 1', '"number": 7'))
    assert cli.main(["verify-audit", "--folder", str(folder)]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "spine-triage: decisions-2026-11.jsonl line 2: was changed\n")


def test_the_command_looks_where_the_server_writes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(folder, 2)
    monkeypatch.setenv("SPINE_TRIAGE_AUDIT_DIR", str(folder))
    assert cli.main(["verify-audit"]) == 0
    assert capsys.readouterr().out.startswith("2 decisions")


def test_what_cannot_be_read_is_one_line_and_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.mkdir()
    (folder / "lock").mkdir()
    assert cli.main(["verify-audit", "--folder", str(folder)]) == 1
    assert capsys.readouterr().err.startswith("spine-triage: the audit cannot be read: ")
