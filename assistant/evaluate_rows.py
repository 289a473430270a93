"""Judges labelled messages with the whole assistant, many of them on all cores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from assistant import all_cores, in_process
from assistant.in_process import InProcess

#: So many messages are judged while another process loads the model.
FEW: Final = 1_000

_assistant: InProcess | None = None


def judged(rows: Sequence[dict[str, Any]], model: Path | None) -> Iterator[dict[str, Any]]:
    """What `assess` says of each row's text, in their order. Raises ModelError."""
    if len(rows) <= FEW or all_cores.cores() == 1:
        prepare(model)
        return (one for row in rows for one in judge_all([row]))
    return all_cores.each(judge_all, rows, prepare=prepare, arguments=(model,))


def prepare(model: Path | None) -> None:
    """Load the assistant, once a process. Raises ModelError."""
    global _assistant
    _assistant = in_process.load(model)


def judge_all(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `assess` says of each row's text."""
    assert _assistant is not None, "judge_all is called before prepare"

    async def assess() -> list[dict[str, Any]]:
        return [await _assistant.assess(row["text"]) for row in rows]

    return asyncio.run(assess())
