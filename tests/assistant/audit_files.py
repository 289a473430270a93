"""The files of the audit, for the tests: what stands in them, and chains made short."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assistant.audit_chain import append


def lines(folder: Path, month: str = "2026-11") -> list[dict[str, Any]]:
    """The lines of one month."""
    return [json.loads(line) for line in (folder / f"decisions-{month}.jsonl").read_text().splitlines()]


def written(folder: Path, count: int, month: str = "2026-11") -> Path:
    """A chain of `count` lines; its file."""
    for number in range(count):
        append(folder, month, {"number": number})
    return folder / f"decisions-{month}.jsonl"
