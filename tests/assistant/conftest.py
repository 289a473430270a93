"""Where the audit of a test is."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def audit_folder(tmp_path: Path) -> Path:
    """Where the audit is written; it is not there yet."""
    return tmp_path / "audit"
