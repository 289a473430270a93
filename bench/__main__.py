"""`make bench`: ours against Rasa's default in one run, the limits of the screen, and docs/performance.md (half an hour)."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from assistant.settings import ROOT
from bench import charts, compare, contenders, emergency, inbox, load, rasa_default, report, stages
from bench.results import Results
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


def measure(folder: Path) -> Results:
    """Everything, one after the other."""
    judged = inbox.measure(folder)
    say(f"inbox: {inbox.MESSAGES:,} messages in {judged.seconds:.0f} s, {judged.memory:.0f} MB")
    ours_training = train_ours(folder)
    say(f"ours: trained in {ours_training:.0f} s")
    (folder / "default").mkdir()
    project = rasa_default.make_project(folder / "default")
    their_training = rasa_default.train(project)
    say(f"default: trained in {their_training:.0f} s")
    ours = compare.measure(contenders.ours(folder / "ours"), ours_training, say)
    theirs = compare.measure(contenders.rasa_default(project), their_training, say)
    found = red_flags(folder)
    return Results(ours, theirs, found, judged, *stages.measure(MODEL))


def red_flags(folder: Path) -> emergency.Emergency:
    """How long they wait."""
    return emergency.measure(contenders.guard_alone(folder / "guard"), contenders.ours(folder / "whole"), say)


def publish(found: Results) -> None:
    """Write the numbers, the images and the document, and print the table."""
    found.save(NUMBERS)
    IMAGES.mkdir(exist_ok=True)
    charts.stages(found.short, found.late, IMAGES / "performance-stages.png")
    charts.by_turn([found.ours, found.theirs], IMAGES / "performance-turns.png")
    charts.by_users([found.ours, found.theirs], IMAGES / "performance-users.png")
    DOCUMENT.write_text(report.write(found), "utf-8")
    for row in report.table(found):
        reached = "yes" if row.reached else "FALLS SHORT"
        say(f"{row.what}: {row.ours} | {row.theirs} | {row.ratio} | {row.bar} | {reached}")


def main() -> int:
    """Returns the exit code: 0 when everything could be measured, whatever came out."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=["red-flags", "inbox"], help="measure this anew; the rest is as it was")
    only = parser.parse_args().only
    load.locust()
    with tempfile.TemporaryDirectory(prefix="spine-triage-bench-") as name:
        found = Results.load(NUMBERS) if only else measure(Path(name))
        if only == "red-flags":
            found.emergency = red_flags(Path(name))
        elif only == "inbox":
            found.inbox = inbox.measure(Path(name))
    publish(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
