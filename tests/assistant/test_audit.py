"""The audit of emergency decisions: which are noted, what a line holds, and that no disk and no thread stops an answer."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from audit_files import lines

from assistant import audit
from assistant.audit import Audit, Decision
from assistant.audit_chain import BEGINNING, verify
from assistant.log_format import conversation_hash

NOW = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
DECISION = Decision("a_12", "m1", "EMERGENCY", ("E1", "E22"), "guard")


def test_a_decision_is_one_line_with_ids_rows_and_versions_and_no_text(audit_folder: Path) -> None:
    kept = Audit(audit_folder, {"clinical_data": "abc", "second_net": "def"}, now=lambda: NOW)
    kept.record(DECISION, "model-1")
    kept.record(Decision("a_12", None, "CRISIS", ("E20",), "policy"), None)
    assert kept.flush(5)
    first, second = lines(audit_folder)
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
    assert "a_12" not in (audit_folder / "decisions-2026-11.jsonl").read_text()


@pytest.mark.parametrize("level", ["URGENT", "APPOINTMENT", "INFORMATION", "OUT_OF_SCOPE", ""])
def test_other_levels_are_not_audited(audit_folder: Path, level: str) -> None:
    kept = Audit(audit_folder, {})
    kept.record(Decision("a_12", "m1", level, (), "policy"), None)
    assert kept.flush(0)
    assert not audit_folder.exists()


def test_the_hash_of_a_line_is_in_the_log_where_the_owner_of_the_folder_cannot_change_it(
    audit_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    kept = Audit(audit_folder, {}, now=lambda: NOW)
    kept.record(DECISION, None)
    assert kept.flush(5)
    assert (
        f"emergency_audited file=decisions-2026-11.jsonl line=1 sha256={lines(audit_folder)[0]['sha256']}"
        in caplog.text
    )


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


def test_a_disk_that_hangs_delays_nothing(audit_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    plain = audit.append_all

    def hang(*arguments: Any) -> Any:
        released.wait(10)
        return plain(*arguments)

    monkeypatch.setattr(audit, "append_all", hang)
    kept = Audit(audit_folder, {}, now=lambda: NOW)
    started = time.monotonic()
    kept.record(DECISION, None)
    kept.record(DECISION, None)
    assert time.monotonic() - started < 0.2
    assert not kept.flush(0.1)
    released.set()
    assert kept.flush(5)
    assert len(lines(audit_folder)) == 2


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
    audit_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    kept = Audit(audit_folder, {}, now=lambda: NOW)
    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        kept.record(DECISION, None)
    assert "audit_failed error=RuntimeError" in caplog.text
    kept.record(DECISION, None)
    assert kept.flush(5)
    assert len(lines(audit_folder)) == 2
