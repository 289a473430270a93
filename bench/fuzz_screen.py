"""Fuzz `screen` and `decide` with inputs that grow out of the corpus: `make fuzz` (ten minutes), with atheris.

What is fuzzed: any text, and any list of findings. What must hold: no exception, no input that takes longer than a second,
an emergency that names its text, and a level that one more finding never lowers.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import atheris

import assistant.light_spacy  # noqa: F401, I001 -- before triage, which would import TensorFlow

with atheris.instrument_imports(include=["triage"]):
    from bench.screen_limits import ROOT, write
    from evaluation import corpus
    from triage import Finding, Person, Status, Time, clinical_data, decide, screen

OUT = ROOT / "docs" / "evaluation" / "fuzzing.json"
SECONDS = 600
SLOWEST = 1.0  # seconds for one input of at most LONGEST bytes
LONGEST = 4096
CONCEPTS = sorted({rule.concept for rule in clinical_data().findings})


def one_input(data: bytes) -> None:
    """One fuzzed input: as a text, and as a list of findings."""
    started = time.perf_counter()
    screening = screen(data.decode("utf-8", "surrogateescape"))
    assert (screening.level is None) == (screening.response is None)
    provider = atheris.FuzzedDataProvider(data)
    findings = [_finding(provider) for _ in range(provider.ConsumeIntInRange(0, 8))]
    if findings:
        assert decide(findings).level >= decide(findings[:-1]).level
    assert time.perf_counter() - started < SLOWEST


def _finding(provider: atheris.FuzzedDataProvider) -> Finding:
    def pick(choices: list[object]) -> object:
        return choices[provider.ConsumeIntInRange(0, len(choices) - 1)]

    concept, status, when, who = pick([*CONCEPTS]), pick([*Status]), pick([*Time]), pick([*Person])
    return Finding(concept, status, when, who, "", 0, 0, "fuzzed", "")  # type: ignore[arg-type]


def fuzz(seconds: int) -> None:
    """Fuzz in this process, which the fuzzer ends."""
    screen("")  # builds the reader, which takes its second once
    with tempfile.TemporaryDirectory() as seeds:
        for number, text in enumerate(corpus.texts()):
            (Path(seeds) / str(number)).write_text(text, "utf-8")
        options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, seeds], one_input)
        atheris.Fuzz()


def main() -> int:
    """Fuzz for ten minutes, or as many seconds as the first argument says, and write what came of it; returns the exit code."""
    if sys.argv[1:2] == ["--here"]:
        fuzz(int(sys.argv[2]))
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    command = [sys.executable, "-m", "bench.fuzz_screen", "--here", str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    runs = re.search(r"Done (\d+) runs in (\d+) second", done.stderr)
    if done.returncode or not runs:
        print(done.stderr[-4000:], file=sys.stderr)
        return 1
    row = ["fuzzing screen and decide from the corpus", "no failure", f"{runs[1]} inputs in {runs[2]} s, none failed"]
    write(OUT, [row])
    return 0


if __name__ == "__main__":
    sys.exit(main())
