"""The server's command line: with which model it serves, and what it refuses to start with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant import server


@pytest.fixture
def served_with(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The model of each server that would have been started."""
    models: list[Path | None] = []
    monkeypatch.setattr(server, "serve", lambda _host, _port, model, _endpoints: models.append(model))
    return models


def test_a_model_that_differs_from_its_record_is_not_loaded(
    tmp_path: Path, served_with: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "m.tar.gz"
    model.write_bytes(b"not what was trained")
    record = {"archive_sha256": "0" * 64, "input_sha256": "0" * 64, "trained_at": "2026-01-01T00:00:00+00:00"}
    (tmp_path / "m.tar.gz.json").write_text(json.dumps(record))
    assert server.main(["--port", "5998", "--model", str(model)]) == 0
    assert served_with == [None]
    assert "checksum" in capsys.readouterr().err


def test_without_a_model_it_serves_and_says_so_in_one_line(
    tmp_path: Path, served_with: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert server.main(["--port", "5998", "--model", str(tmp_path / "none.tar.gz")]) == 0
    assert served_with == [None]
    assert capsys.readouterr().err.count("\n") == 1


def test_missing_endpoints_are_one_line(
    tmp_path: Path, served_with: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert server.main(["--port", "5998", "--endpoints", str(tmp_path / "none.yml")]) == 2
    assert served_with == []
    assert capsys.readouterr().err.count("\n") == 1
