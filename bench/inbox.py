"""How long an inbox takes: `spine-triage screen-inbox` on messages of the corpus, with all cores."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evaluation import corpus

MESSAGES: Final = 100_000
#: Runs a command and prints the memory of the largest process, in kB. In a small process of its own: a child counts as large
#: as its parent until it has become something else.
_LARGEST: Final = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@dataclass(frozen=True)
class Inbox:
    """`seconds` for MESSAGES messages; memory of the largest process, in MB."""

    words: float
    seconds: float
    memory: float


def measure(folder: Path) -> Inbox:
    """Judge an inbox once, the start of the processes included."""
    texts, chance = corpus.texts(), random.Random(1)
    chosen = [chance.choice(texts) for _ in range(MESSAGES)]
    inbox = folder / "inbox.jsonl"
    inbox.write_text("".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(chosen)))
    began = time.monotonic()
    command = [sys.executable, "-m", "assistant.cli", "screen-inbox", str(inbox), "--out", str(folder / "judged.jsonl")]
    told = subprocess.run([sys.executable, "-c", _LARGEST, *command], check=True, capture_output=True, text=True)
    seconds = time.monotonic() - began
    return Inbox(sum(len(text.split()) for text in chosen) / MESSAGES, seconds, int(told.stdout) / 1e3)
