"""The chain of the audit: a changed, removed or added line is found; crashes, full disks and several writers break nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest
from audit_files import lines, written

from assistant import audit_chain
from assistant.audit_chain import BEGINNING, BrokenChain, append, append_all, verify
from assistant.settings import ROOT

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

MANY = """
import sys
from pathlib import Path
from assistant.audit_chain import append
for number in range(40):
    append(Path(sys.argv[1]), "2026-11", {"number": number})
"""


def where_it_breaks(folder: Path) -> tuple[str, int]:
    with pytest.raises(BrokenChain) as broken:
        verify(folder)
    assert f"{broken.value.file} line {broken.value.line}: " in str(broken.value)
    return broken.value.file, broken.value.line


def test_a_whole_chain_holds_over_months_and_its_last_hash_is_told(audit_folder: Path) -> None:
    written(audit_folder, 3)
    written(audit_folder, 2, "2026-12")
    held = verify(audit_folder)
    assert (held.lines, held.files, held.sha256) == (5, 2, lines(audit_folder, "2026-12")[-1]["sha256"])
    assert lines(audit_folder, "2026-12")[0]["previous"] == lines(audit_folder)[-1]["sha256"]


def test_without_a_folder_there_is_nothing_to_hold(audit_folder: Path) -> None:
    assert verify(audit_folder) == audit_chain.Verified(0, 0, BEGINNING)


def test_only_the_owner_may_read(audit_folder: Path) -> None:
    file = written(audit_folder, 1)
    assert [oct(path.stat().st_mode & 0o777) for path in (audit_folder, file, audit_folder / "head.json")] == [
        "0o700",
        "0o600",
        "0o600",
    ]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_line_is_found(audit_folder: Path, number: int) -> None:
    file = written(audit_folder, 3)
    content = file.read_text().splitlines(keepends=True)
    content[number - 1] = content[number - 1].replace('"number": ', '"number": 1')
    file.write_text("".join(content))
    assert where_it_breaks(audit_folder) == (file.name, number)


@pytest.mark.parametrize(("number", "found"), [(1, 1), (2, 2), (3, 3)])
def test_a_removed_line_is_found_also_the_last(audit_folder: Path, number: int, found: int) -> None:
    file = written(audit_folder, 3)
    content = file.read_text().splitlines(keepends=True)
    del content[number - 1]
    file.write_text("".join(content))
    assert where_it_breaks(audit_folder) == (file.name, found)


def test_lines_in_another_order_are_found(audit_folder: Path) -> None:
    file = written(audit_folder, 3)
    first, second, third = file.read_text().splitlines(keepends=True)
    file.write_text(first + third + second)
    assert where_it_breaks(audit_folder) == (file.name, 2)


def test_a_line_changed_together_with_its_hash_is_found_at_the_next(audit_folder: Path) -> None:
    file = written(audit_folder, 3)
    first, _, third = file.read_text().splitlines(keepends=True)
    other = audit_folder.parent / "other"
    append(other, "2026-11", {"number": 0})
    append(other, "2026-11", {"number": "changed"})
    second = (other / file.name).read_text().splitlines(keepends=True)[1]
    file.write_text(first + second + third)
    assert where_it_breaks(audit_folder) == (file.name, 3)


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
    audit_folder: Path, spoil: Callable[[Path], None], place: tuple[str, int]
) -> None:
    written(audit_folder, 2)
    written(audit_folder, 2, "2026-12")
    spoil(audit_folder)
    assert where_it_breaks(audit_folder) == place


def test_a_line_that_was_cut_off_is_found_and_the_chain_goes_on_after_it(audit_folder: Path) -> None:
    file = written(audit_folder, 2)
    with file.open("r+b") as end:
        end.truncate(file.stat().st_size - 10)
    assert where_it_breaks(audit_folder) == (file.name, 2)
    head = append(audit_folder, "2026-11", {"number": 2})
    append(audit_folder, "2026-11", {"number": 3})
    assert head.line == 3
    assert where_it_breaks(audit_folder) == (file.name, 2)
    *_, third, fourth = file.read_bytes().split(b"\n")[:-1]
    assert json.loads(fourth)["previous"] == json.loads(third)["sha256"]


def test_a_crash_between_a_line_and_the_note_of_the_head_is_no_break(audit_folder: Path) -> None:
    written(audit_folder, 2)
    before = (audit_folder / "head.json").read_bytes()
    written(audit_folder, 1)
    (audit_folder / "head.json").write_bytes(before)
    assert verify(audit_folder).lines == 3
    assert append(audit_folder, "2026-11", {}).line == 4
    assert verify(audit_folder).lines == 4


def test_a_clock_that_is_set_back_does_not_break_the_order(audit_folder: Path) -> None:
    written(audit_folder, 1, "2026-12")
    assert append(audit_folder, "2026-11", {}).file == "decisions-2026-12.jsonl"
    assert verify(audit_folder).lines == 2


def test_a_line_for_which_the_disk_has_no_room_is_taken_back_whole(audit_folder: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(audit_folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert json.loads(ended.stdout or "[]") == [["OSError", "OSError"], True, 2], ended.stderr


def test_a_head_that_cannot_be_noted_does_not_write_a_line_twice(
    audit_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(audit_folder, 1)

    def full(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as disk:
        disk.setattr(os, "replace", full)
        assert append(audit_folder, "2026-11", {"number": 1}).line == 2
    assert verify(audit_folder).lines == 2


def test_several_processes_write_one_chain(audit_folder: Path) -> None:
    command = [sys.executable, "-c", MANY, str(audit_folder)]
    writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert verify(audit_folder).lines == 120
    assert json.loads((audit_folder / "head.json").read_text())["line"] == 120


def test_lines_that_are_added_together_are_a_chain_as_if_one_by_one(audit_folder: Path, tmp_path: Path) -> None:
    entries = [{"number": number} for number in range(5)]
    alone = [append(tmp_path / "alone", "2026-11", entry) for entry in entries]
    append(tmp_path / "together", "2026-11", entries[0])
    assert append_all(tmp_path / "together", "2026-11", entries[1:]) == alone[1:]
    assert verify(tmp_path / "together") == verify(tmp_path / "alone")
