"""Tools in an environment of their own are installed when they must be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from processes.tools import Tools


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "owner").mkdir(parents=True)
    (root / "owner" / "requirements.lock").write_text("tool==1\n")
    (root / ".cache" / "tools-owner").mkdir(parents=True)
    return root


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What would have been run."""
    ran: list[Sequence[str]] = []
    monkeypatch.setattr(Tools, "_must", lambda _self, command: ran.append(command))
    return ran


def test_they_are_installed_once(project: Path, commands: list[Sequence[str]]) -> None:
    Tools(project, "owner").install()
    assert len(commands) == 2
    Tools(project, "owner").install()
    assert len(commands) == 2


def test_they_are_installed_anew_when_the_lock_changes(project: Path, commands: list[Sequence[str]]) -> None:
    Tools(project, "owner").install()
    (project / "owner" / "requirements.lock").write_text("tool==2\n")
    Tools(project, "owner").install()
    assert len(commands) == 4


def test_they_are_installed_anew_when_the_project_was_moved(project: Path, commands: list[Sequence[str]]) -> None:
    Tools(project, "owner").install()
    moved = project.rename(project.parent / "moved")
    Tools(moved, "owner").install()
    assert len(commands) == 4
