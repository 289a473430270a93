"""Measure the limits of `triage.screen` on this machine: `make bench`. Writes docs/evaluation/limits.json."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import assistant.light_spacy  # noqa: F401, I001 -- before triage, which would import TensorFlow
from evaluation import corpus
from triage import screen

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "evaluation" / "limits.json"
PROSE = "The weather was lovely and we walked along the river with the dog before lunch. "
FLAG = " I can't feel my legs"
REPEATED = ("any numbness in the legs? ", "if my legs are numb ", "no pain no weakness ", "my legs are numb. ")
WORDS = 60
MESSAGES = 100_000
HASHED = "import assistant.light_spacy, bench.screen_limits as b; print(b.fingerprint(b.corpus.texts()))"


def main() -> int:
    """Measure everything, print it and write it; returns the exit code."""
    texts = corpus.texts()
    rows = [*speed(texts), *length(), memory(texts), determinism(texts)]
    write(OUT, rows)
    return 0


def write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Print rows of a report (what, bar, measured) and keep them for `make evaluation`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    for row in rows:
        print(" | ".join(row))


def speed(texts: Sequence[str]) -> list[list[str]]:
    """Median and 95th percentile for messages of 60 words: the beginnings of longer ones, each once."""
    chosen = [" ".join(text.split()[:WORDS]) for text in texts if len(text.split()) >= WORDS]
    for text in texts[:200]:
        screen(text)
    times = sorted(timed(lambda text=text: screen(text)) * 1e3 for text in chosen)  # type: ignore[misc]
    name = f"screen, {len(chosen)} messages of {WORDS} words"
    return [
        [f"{name}, median", "3 ms", f"{statistics.median(times):.2f} ms"],
        [f"{name}, 95 % within", "10 ms", f"{times[int(len(times) * 0.95)]:.2f} ms"],
    ]


def length() -> list[list[str]]:
    """A long message with its red flag at the very end, and how the time grows with the length."""
    long = (PROSE * 2000)[:100_000] + FLAG
    found = screen(long).level
    hundred = min(timed(lambda: screen(long)) for _ in range(3))
    ten = min(timed(lambda: screen(long[-10_000:])) for _ in range(3))
    return [
        [
            "100 kB message, red flag at its very end",
            "under 1 s, found",
            f"{hundred:.2f} s, {'found' if found else 'MISSED'}",
        ],
        ["time for 100 kB over time for 10 kB", "about 10 (linear)", f"{hundred / ten:.1f}"],
        [
            "the same for one symptom said over and over, worst",
            "about 10 (linear)",
            f"{max(map(growth, REPEATED)):.1f}",
        ],
    ]


def growth(phrase: str) -> float:
    """How much longer 100 kB of one phrase take than 10 kB of it: every match reads what stands around it."""
    hundred = phrase * (100_000 // len(phrase))
    long = min(timed(lambda: screen(hundred)) for _ in range(2))
    return long / min(timed(lambda: screen(hundred[:10_000])) for _ in range(5))


def memory(texts: Sequence[str]) -> list[str]:
    """How much the process grows over 100,000 messages, each different."""
    for number in range(20_000):
        screen(f"{texts[number % len(texts)][:120]} {number}")
    gc.collect()
    before = resident()
    for number in range(MESSAGES):
        screen(f"{texts[number % len(texts)][:120]} {number + 20_000}")
    gc.collect()
    return ["growth of memory over 100,000 messages", "none", f"{resident() - before:+.1f} MB"]


def determinism(texts: Sequence[str]) -> list[str]:
    """Whether other processes with other hash seeds judge every message of the corpus the same."""
    own = fingerprint(texts)
    others = [
        subprocess.run(
            [sys.executable, "-c", HASHED],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    return ["same judgements in three processes", "yes", "yes" if set(others) == {own} else "NO"]


def fingerprint(texts: Sequence[str]) -> str:
    """A hash over all judgements."""
    return hashlib.sha256(repr([screen(text) for text in texts]).encode()).hexdigest()


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def resident() -> float:
    """Megabytes of memory in use now; the peak where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    sys.exit(main())
