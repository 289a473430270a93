"""The stores on both databases, each test with an empty one."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

from assistant.safe_sql_tracker_store import SafeSQLTrackerStore


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "DATA_KEYS", "REDIS_URL"):
        monkeypatch.delenv(f"SPINE_TRIAGE_{name}", raising=False)
    monkeypatch.setattr("assistant.database.ROOT", tmp_path)  # where turns wait for a PostgreSQL that is away


@pytest.fixture
def store(database_url: str) -> SafeSQLTrackerStore:
    return SafeSQLTrackerStore(Domain.empty(), host=database_url)
