"""`make test` fails when any part fails, and the tests' closing line is the last it prints."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CLOSING_LINE = "=== 7 passed in 0.01s ==="


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Path:
    """A project whose Python fails for the tool that BROKEN names."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(root / "scripts" / "check", tmp_path / "scripts" / "check")
    tools = [tmp_path / "scripts" / name for name in ("browser", "node-tools", "services")]
    for tool in tools:
        tool.write_text("#!/bin/sh\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *pytest*) echo "{CLOSING_LINE}";; esac\ncase "$*" in *"$BROKEN"*) exit 3;; esac\n'
    )
    for script in (python, *tools):
        script.chmod(0o755)
    return tmp_path


def check(project: Path, broken: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", project / "scripts" / "check", *arguments],
        env={"PATH": "/usr/bin:/bin", "BROKEN": broken},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_is_well_when_every_part_is(project: Path) -> None:
    done = check(project, "no such tool")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, CLOSING_LINE)


@pytest.mark.parametrize(
    "broken", ["ruff check", "ruff format", "mypy", "rasa data validate", "assistant.training", "pytest"]
)
def test_one_failing_part_fails_the_whole(project: Path, broken: str) -> None:
    done = check(project, broken)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, CLOSING_LINE)


def test_a_failing_part_is_named_before_the_tests(project: Path) -> None:
    assert "== Failed so far:\n  Types\n" in check(project, "mypy").stdout


def test_lint_runs_no_tests(project: Path) -> None:
    done = check(project, "no such tool", "lint")
    assert done.returncode == 0 and CLOSING_LINE not in done.stdout


def test_the_continuous_integration_runs_what_everybody_runs(root: Path) -> None:
    assert (root / ".ci" / "run").read_text().rstrip().endswith("exec make test")
