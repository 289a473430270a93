"""The server's command line: what it refuses to start with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant import server


def test_a_model_that_differs_from_its_record_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "m.tar.gz"
    model.write_bytes(b"not what was trained")
    record = {"archive_sha256": "0" * 64, "input_sha256": "0" * 64, "trained_at": "2026-01-01T00:00:00+00:00"}
    (tmp_path / "m.tar.gz.json").write_text(json.dumps(record))
    assert server.main(["--port", "5998", "--model", str(model)]) == 2
    assert "checksum" in capsys.readouterr().err


def test_a_missing_model_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert server.main(["--port", "5998", "--model", str(tmp_path / "none.tar.gz")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
