"""`make bench`: ours against Rasa's default in one run, the limits of the screen, and docs/performance.md (half an hour)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from assistant.settings import ROOT
from bench import charts, compare, contenders, emergency, inbox, load, rasa_default, report, stages
from processes.assistant_server import MODEL

DOCUMENT = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images"
NUMBERS = ROOT / "docs" / "performance" / "results.json"


def say(text: str) -> None:
    """Progress, at once."""
    print(text, flush=True)


def train_ours(folder: Path) -> float:
    """The seconds of a training, whose model goes into `folder` and is not used."""
    began = time.monotonic()
    with (folder / "training.log").open("wb") as log:
        command = [sys.executable, "-m", "assistant.training", "--into", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=log, stderr=log)
    return time.monotonic() - began


def main() -> int:
    """Returns the exit code: 0 when everything could be measured, whatever came out."""
    argparse.ArgumentParser(prog="python -m bench", description=__doc__).parse_args()
    load.locust()
    with tempfile.TemporaryDirectory(prefix="spine-triage-bench-") as name:
        folder = Path(name)
        judged = inbox.measure(folder)  # first: the memory of children that were larger would hide its own
        say(f"inbox: {inbox.OF:,} messages in {judged.seconds:.0f} s, {judged.memory:.0f} MB")
        ours_training = train_ours(folder)
        say(f"ours: trained in {ours_training:.0f} s")
        (folder / "default").mkdir()
        project = rasa_default.make_project(folder / "default")
        their_training = rasa_default.train(project)
        say(f"default: trained in {their_training:.0f} s")
        ours = compare.measure(contenders.ours(folder / "ours"), ours_training, say)
        theirs = compare.measure(contenders.rasa_default(project), their_training, say)
        found = emergency.measure(contenders.guard_alone(folder / "guard"), contenders.ours(folder / "whole"), say)
    short, late = stages.measure(MODEL)
    IMAGES.mkdir(exist_ok=True)
    NUMBERS.parent.mkdir(exist_ok=True)
    charts.stages(short, late, IMAGES / "performance-stages.png")
    charts.by_turn([ours, theirs], IMAGES / "performance-turns.png")
    charts.by_users([ours, theirs], IMAGES / "performance-users.png")
    numbers = {
        "ours": asdict(ours),
        "default": asdict(theirs),
        "emergency": asdict(found),
        "inbox": asdict(judged),
        "stages": [short, late],
    }
    NUMBERS.write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")
    DOCUMENT.write_text(report.write(ours, theirs, found, judged, short, late), "utf-8")
    for row in [*report.rows(ours, theirs), *report.emergency_rows(found), report.inbox_row(judged)]:
        say(
            f"{row.what}: {row.ours} | {row.theirs} | {row.ratio} | {row.bar} | {'yes' if row.reached else 'FALLS SHORT'}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
