"""Makes the modules of scripts/setup importable, as they are when that folder is run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "setup"))


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return ROOT
